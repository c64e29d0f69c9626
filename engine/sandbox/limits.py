"""How much generated code may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on generated code; whatever goes beyond one is stopped and reported.

    Attributes:
        wall_s: seconds one call may take.
        total_s: seconds all calls of one trial may take together.
        cpu_s: processor seconds one process may use, all its calls together.
        memory_bytes: address space of one process (``RLIMIT_AS``); a bare interpreter needs about 30 MiB.
        processes: processes that may exist at once, the interpreter itself included.
        output_bytes: bytes one call may print, and bytes its encoded result may have.
    """

    wall_s: float = 5.0
    total_s: float = 60.0
    cpu_s: int = 20
    memory_bytes: int = 512 * 2**20
    processes: int = 1
    output_bytes: int = 2**20
