"""What generated code is confined by, and whether this machine can do it.

On Linux ``sandlock`` applies Landlock and seccomp to the child before it starts: no file outside the
interpreter can be read, nothing can be written, no other process can be reached, and there is no
network. It needs no root. Elsewhere there is nothing of the kind, and Lift refuses.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol, cast

from engine.errors import SandboxUnavailable
from engine.sandbox.boot import boot_line, command
from engine.sandbox.limits import Limits


class Result(Protocol):
    """How a confined process ended, as sandlock has it."""

    reason: int
    exit_code: int
    signal: int


class Process(Protocol):
    """A confined process, as sandlock has it; the pipes are unbuffered."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]

    @property
    def pid(self) -> int | None:
        """Its process id, while it runs."""
        ...

    def kill(self) -> None:
        """Kill its process group; nothing happens once it has been waited for."""
        ...

    def wait(self, timeout: float | None = None) -> Result:
        """Wait until it ends; kill it after ``timeout`` seconds."""
        ...


MIN_LANDLOCK_ABI = 3
"""Linux 6.2, the first that controls truncation. What later versions add (signals, abstract sockets,
TCP) is denied by seccomp instead, on every kernel alike."""

ENVIRONMENT = {"LANG": "C.UTF-8", "TZ": "UTC", "MALLOC_ARENA_MAX": "2"}
"""All that a child sees of the environment. glibc's arenas would each reserve 64 MiB of address space."""

_SOCKET_NUMBERS = {"x86_64": 41, "aarch64": 198, "riscv64": 198}
"""The number of ``socket(2)``; from the kernel's unistd.h and its syscall_64.tbl."""

_SIGNALS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal")
_METADATA = (
    *("fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "utimensat", "truncate"),
    *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"),
)
_PROCESSES = (
    *("pidfd_open", "pidfd_getfd", "setrlimit", "prlimit64", "setpriority", "ioprio_set", "process_madvise"),
    *("sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"),
    *("kcmp", "move_pages", "migrate_pages"),
)
_MACHINE = (
    *("clock_settime", "settimeofday", "adjtimex", "clock_adjtime", "syslog", "sync", "syncfs", "vhangup"),
    *("chroot", "mount_setattr", "open_tree", "move_mount", "fsopen", "fsmount"),
)
_KERNEL_OBJECTS = ("memfd_create", "memfd_secret", "mq_open", "inotify_init1", "inotify_add_watch", "fanotify_init")
_DENIED = (*_SIGNALS, *_METADATA, *_PROCESSES, *_MACHINE, *_KERNEL_OBJECTS)
"""What Landlock leaves open and sandlock does not block by itself: signals, files' metadata and events,
other processes' limits and memory, and, for root, the clock and the mounts."""

_DENIED_X86_64 = ("chmod", "chown", "lchown", "utime", "utimes", "futimesat", "inotify_init")
"""The same under names that only older architectures have."""

_SELF_TEST_S = 10.0
_TODO = "Use Linux 6.2 or newer with Landlock, or pass --unsafe-run to run generated code without confinement."


@dataclass(frozen=True, slots=True)
class Confinement:
    """Whether generated code can be confined here, and why or how."""

    available: bool
    detail: str


def probe() -> Confinement:
    """Start a confined interpreter and let it try to get out. Blocks for about 50 ms."""
    try:
        process = spawn(Limits())
    except SandboxUnavailable as error:
        return Confinement(False, error.what)
    with process.stdin, process.stdout, process.stderr:
        # A pipe holds at least 64 KiB, more than the boot line, so neither write nor wait can block.
        process.stdin.write(boot_line("worker", {"confined": True, "socket_number": socket_number()}))
        process.wait(_SELF_TEST_S)
        answer = process.stdout.read(2**16)
        complaint = process.stderr.read(2**16).decode(errors="replace").strip()
    try:
        leaks: list[str] = json.loads(answer)["leaks"]
    except (ValueError, KeyError):
        why = complaint.rpartition("\n")[2]
        return Confinement(False, f"the confined interpreter does not start: {why}".rstrip(": "))
    if leaks:
        return Confinement(False, "confinement leaks: " + ", ".join(leaks))
    return Confinement(True, f"sandlock {_version()}, Landlock ABI {_abi()}")


def spawn(limits: Limits) -> Process:
    """A confined interpreter that waits for its boot line on a pipe.

    Raises:
        SandboxUnavailable: this machine cannot confine it.
    """
    _require_support()
    from sandlock import SandlockError, StdioMode  # pyright: ignore[reportMissingTypeStubs]

    piped = StdioMode.PIPED
    try:
        process = cast("Process", policy(limits).popen(command(), piped, piped, piped))
    except (SandlockError, RuntimeError, OSError) as error:
        raise SandboxUnavailable(f"Generated code cannot be confined here: {error}.", _TODO) from error
    _limit(process, limits)
    return process


def policy(limits: Limits) -> Any:
    """The confinement, a ``sandlock.Sandbox``; the module's docstring and constants say what it denies."""
    from sandlock import Protection, Sandbox  # pyright: ignore[reportMissingTypeStubs]

    denied = [*_DENIED, *(_DENIED_X86_64 if platform.machine() == "x86_64" else ())]
    return Sandbox(
        fs_readable=[str(path) for path in readable_paths()],
        extra_deny_syscalls=denied,
        max_processes=limits.processes,
        no_coredump=True,
        clean_env=True,
        env=ENVIRONMENT,
        cwd="/",
        allow_degraded=[
            Protection.NET_TCP,
            Protection.FS_IOCTL_DEV,
            Protection.SIGNAL_SCOPE,
            Protection.ABSTRACT_UNIX_SOCKET_SCOPE,
        ],
    )


def readable_paths() -> list[Path]:
    """The interpreter, its standard library and the shared libraries it is linked with.

    The interpreter may live in a home folder (pyenv, uv, conda): its own ``lib`` is then all that can
    be read of that folder.
    """
    return sorted({path for path in _interpreter_paths() if path.exists()})


def socket_number() -> int:
    """The number of the system call ``socket`` on this machine; sandlock supports no other machine."""
    return _SOCKET_NUMBERS[platform.machine()]


def _interpreter_paths() -> Iterator[Path]:
    yield Path(os.path.realpath(sys.executable))
    for prefix in {sys.base_prefix, sys.base_exec_prefix}:
        yield from (Path(prefix, folder) for folder in ("lib", "lib64"))
    yield from map(Path, ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/nix/store"))
    yield from map(Path, ("/usr/share/zoneinfo", "/dev/null", "/dev/urandom"))


def _limit(process: Process, limits: Limits) -> None:
    """Set the kernel's limits from outside, where the child cannot raise them again."""
    import resource

    pid = process.pid
    if pid is None:
        return
    with contextlib.suppress(ProcessLookupError):  # gone already; the missing answer tells
        for name, value in rlimits(limits).items():
            number = getattr(resource, name)
            inherited = resource.prlimit(pid, number)[1]
            # The hard processor limit kills; the soft one, a second earlier, says why.
            hard = value + 1 if name == "RLIMIT_CPU" else value
            if inherited != resource.RLIM_INFINITY:
                hard = min(hard, inherited)
            resource.prlimit(pid, number, (min(value, hard), hard))


def rlimits(limits: Limits) -> dict[str, int]:
    """The limits that the kernel enforces, by the names of the ``resource`` module."""
    return {
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_CPU": limits.cpu_s,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 64,
    }


def _require_support() -> None:
    if sys.platform != "linux":
        what = f"Generated code cannot be confined on {platform.system()}."
        raise SandboxUnavailable(what, _TODO)
    if platform.machine() not in _SOCKET_NUMBERS:
        raise SandboxUnavailable(f"Generated code cannot be confined on {platform.machine()} processors.", _TODO)
    if importlib.util.find_spec("sandlock") is None:
        what = "Generated code cannot be confined: the package sandlock is not installed."
        raise SandboxUnavailable(what, "Install it with `pip install sandlock`, or pass --unsafe-run.")
    abi = _abi()
    if abi < MIN_LANDLOCK_ABI:
        has = f"offers Landlock ABI {abi}" if abi > 0 else "has no Landlock"
        what = f"Generated code cannot be confined: this kernel {has}, and ABI {MIN_LANDLOCK_ABI} is needed."
        raise SandboxUnavailable(what, _TODO)


def _abi() -> int:
    import sandlock  # pyright: ignore[reportMissingTypeStubs]

    return sandlock.landlock_abi_version()


def _version() -> str:
    import sandlock  # pyright: ignore[reportMissingTypeStubs]

    return sandlock.__version__
