"""How many threads to compute with: one per physical core that this process may really use."""

from __future__ import annotations

import os
from pathlib import Path

_TOPOLOGY = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def compute_threads() -> int | None:
    """``LIFT_LOCAL_THREADS``, or the physical cores in reach; None to let llama.cpp decide.

    Two threads on the two halves of one core, or more threads than the container's quota, are slower
    than fewer: llama.cpp's threads wait for each other many times per token.
    """
    wanted = os.environ.get("LIFT_LOCAL_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    cores = _physical_cores()
    quota = _quota()
    known = [count for count in (cores, quota) if count is not None]
    return max(1, min(known)) if known else None


def _physical_cores() -> int | None:
    """Distinct cores among the processors this process is allowed on (Linux only)."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    siblings: set[str] = set()
    for cpu in os.sched_getaffinity(0):
        try:
            siblings.add((_TOPOLOGY / f"cpu{cpu}/topology/thread_siblings_list").read_text())
        except OSError:
            siblings.add(str(cpu))
    return len(siblings)


def _quota() -> int | None:
    """Whole processors that the control group grants (cgroup v2), or None without a limit."""
    try:
        limit, period = _QUOTA.read_text().split()
        return int(limit) // int(period)
    except (OSError, ValueError):
        return None
