"""The machine that a benchmark ran on; neither its name nor its owner's."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Machine(BaseModel):
    """What decides how fast it is.

    Attributes:
        cpu: the processor's name, as the system tells it.
        cores: processors that this process may use.
        memory_gib: main memory, in GiB; 0 where the system does not tell.
    """

    model_config = ConfigDict(frozen=True)

    system: str
    cpu: str
    cores: int
    memory_gib: float
    python: str

    def __str__(self) -> str:
        memory = f", {self.memory_gib:.0f} GiB of memory" if self.memory_gib else ""
        return f"{self.cpu}, {self.cores} cores{memory}; {self.system}, Python {self.python}"


def this_machine() -> Machine:
    """The machine that this process runs on."""
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        cpu=_cpu(),
        cores=_cores(),
        memory_gib=round(_memory_bytes() / 2**30, 1),
        python=platform.python_version(),
    )


def lift_version() -> str:
    """The installed version of Lift; empty when it runs from nowhere that is installed."""
    try:
        return version("lift-workbench")
    except PackageNotFoundError:
        return ""


def peak_memory_mib() -> float:
    """The most memory that this process has held at once, in MiB; 0 where the platform does not tell."""
    try:
        import resource
    except ImportError:  # not a Unix
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10  # bytes there, KiB elsewhere


def load_average() -> float | None:
    """How many processes wanted a processor at once, over the last minute; None where the system does not tell."""
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):
        return None


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def _cpu() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        told = ""
    named = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return " ".join(named[1].split()) if named else platform.processor() or platform.machine()
