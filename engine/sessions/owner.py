"""Whether the process that began a run still lives.

A pid alone does not tell: it may have been given to another process since. The time at which the
process started, together with the boot and the pid namespace it counts in, does.
"""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    """A process: its pid, when it started, and the host, boot and pid namespace it lives in."""

    pid: int
    birth: str
    machine: str


def this_process() -> Owner:
    """The process that asks."""
    return Owner(os.getpid(), _birth(os.getpid()), _machine())


def is_alive(owner: Owner) -> bool | None:
    """Whether ``owner`` still runs; None when that cannot be told from here."""
    if owner.machine != _machine():
        host, boot, _ = _parts(owner.machine)
        here, boot_now, _ = _parts(_machine())
        return False if host == here and boot != boot_now else None
    if not owner.birth:
        return None
    return _birth(owner.pid) == owner.birth


def _machine() -> str:
    boot = _read("/proc/sys/kernel/random/boot_id")
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return f"{platform.node()}/{boot}/{namespace}"


def _parts(machine: str) -> tuple[str, str, str]:
    host, boot, namespace = machine.split("/", 2)
    return host, boot, namespace


def _birth(pid: int) -> str:
    """When a process started, as text that only ever equals itself; empty when it does not run."""
    if Path("/proc/self/stat").exists():
        # Field 22, in clock ticks since boot; the command name before it may hold anything but ")".
        fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        return fields[19] if len(fields) > 19 and fields[0] not in ("Z", "X") else ""
    try:
        answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip()


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
