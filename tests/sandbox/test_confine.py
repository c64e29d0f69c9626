"""Escape attempts: each is made by real code in a real sandbox, and each must fail."""

from __future__ import annotations

import os
import socket
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import SandboxUnavailable
from engine.sandbox import confine
from engine.sandbox.codec import decode
from engine.sandbox.limits import Limits
from engine.sandbox.trial import Outcome, Subject, Trial
from tests.support.confinement import needs_confinement

pytestmark = needs_confinement
LIMITS = Limits(wall_s=3.0, memory_bytes=256 * 2**20)
DENIED = "denied"
PRELUDE = """
import ctypes, os, resource, signal, socket, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)

def syscall(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

"""


@pytest.fixture(params=["this kernel", "oldest kernel"], autouse=True)
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once as it is, and once without what Landlock learned after its third version."""
    if request.param == "this kernel":
        return
    policy = confine.policy

    def degraded(limits: Limits) -> Any:
        sandbox = policy(limits)
        sandbox.disable, sandbox.allow_degraded = sandbox.allow_degraded, []
        return sandbox

    monkeypatch.setattr(confine, "policy", degraded)


async def attempt(body: str) -> Any:
    """What ``body`` returns in the sandbox, or ``DENIED`` when the system refused."""
    [result] = await attempts(body)
    return result


async def attempts(*bodies: str) -> list[Any]:
    """What each of ``bodies`` returns, one after the other in one sandbox."""
    outcomes = await outcomes_of(*bodies)
    assert [outcome for outcome in outcomes if outcome.kind != "value"] == []
    return [decode(outcome.value) for outcome in outcomes]


async def outcome_of(body: str, limits: Limits = LIMITS) -> Outcome:
    [outcome] = await outcomes_of(body, limits=limits)
    return outcome


async def outcomes_of(*bodies: str, limits: Limits = LIMITS) -> list[Outcome]:
    functions = [
        f"def f{index}():\n    try:\n{textwrap.indent(textwrap.dedent(body), ' ' * 8)}\n"
        f"    except PermissionError: return {DENIED!r}\n"
        for index, body in enumerate(bodies)
    ]
    async with Trial(Subject(PRELUDE + "\n".join(functions), "f0", "def f0(): ..."), limits) as trial:
        loaded = await trial.load()
        assert loaded.kind == "value", loaded
        return [await trial.call(f"f{index}()") for index in range(len(bodies))]


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "secret.txt"
    path.write_text("secret")
    return path


def folder(path: Path) -> list[str]:
    return [entry.name for entry in path.parent.iterdir()]


def metadata(path: Path) -> tuple[float, ...]:
    status = path.stat()
    return status.st_size, status.st_mode, status.st_uid, status.st_mtime, status.st_nlink


async def all_denied(*bodies: str) -> None:
    results = await attempts(*(f"return {body}" for body in bodies))
    assert dict(zip(bodies, results, strict=True)) == dict.fromkeys(bodies, DENIED)


async def test_no_file_of_the_user_can_be_read(secret: Path) -> None:
    own = Path(confine.__file__)
    await all_denied(
        f"open({str(secret)!r}).read()",
        f"os.listdir({str(secret.parent)!r})",
        f"os.listdir({str(Path.home())!r})",
        f"open({str(own)!r}).read()",
        "os.listdir('/')",
        "os.listdir('.')",
    )


async def test_no_file_of_the_system_can_be_read() -> None:
    paths = ("/etc/passwd", "/etc/group", "/proc/self/environ", "/proc/1/cmdline", "/dev/tty", "/proc/net/tcp")
    await all_denied(*(f"open({path!r}).read()" for path in paths))


async def test_the_parent_cannot_be_read() -> None:
    names = ("environ", "mem", "maps", "cmdline", "fd/0")
    await all_denied(*(f"open(f'/proc/{{os.getppid()}}/{name}', 'rb').read(1)" for name in names))
    await all_denied(*(f"open('/proc/{os.getpid()}/{name}', 'rb').read(1)" for name in names))


async def test_nothing_can_be_written(secret: Path) -> None:
    new = str(secret.parent / "new")
    await all_denied(
        f"open({new!r}, 'w')",
        f"os.mkdir({new!r})",
        f"os.mkfifo({new!r})",
        f"os.symlink('/etc/passwd', {new!r})",
        f"os.link({str(secret)!r}, {new!r})",
        "open('/tmp/lift-test', 'w')",
        "open('/dev/shm/lift-test', 'w')",
        "open('/dev/null', 'w')",
    )
    assert folder(secret) == ["secret.txt"]


async def test_no_file_can_be_changed(secret: Path) -> None:
    path, before = str(secret), metadata(secret)
    await all_denied(
        f"os.open({path!r}, os.O_WRONLY)",
        f"os.open({path!r}, os.O_RDONLY | os.O_TRUNC)",
        f"os.truncate({path!r}, 0)",
        f"os.unlink({path!r})",
        f"os.rename({path!r}, {path!r} + '2')",
        f"os.chmod({path!r}, 0o777)",
        f"os.chown({path!r}, 12345, 12345)",
        f"os.utime({path!r}, (0, 0))",
        f"os.setxattr({path!r}, 'user.x', b'x')",
        f"syscall(libc.chmod({path.encode()!r}, 0o777))",
        f"syscall(libc.utimes({path.encode()!r}, None))",
    )
    assert metadata(secret) == before


async def test_the_interpreter_itself_cannot_be_changed() -> None:
    await all_denied("open(os.__file__, 'a')", "os.chmod(os.__file__, 0o777)")


@pytest.fixture(params=["tcp", "udp", "unix", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A listening socket, and the code that reaches it."""
    if request.param in ("tcp", "udp"):
        kind = socket.SOCK_STREAM if request.param == "tcp" else socket.SOCK_DGRAM
        server = socket.socket(socket.AF_INET, kind)
        server.bind(("127.0.0.1", 0))
        address: Any = server.getsockname()
    else:
        server = socket.socket(socket.AF_UNIX)
        address = str(tmp_path / "s") if request.param == "unix" else f"\0lift-test-{os.getpid()}"
        server.bind(address)
    if server.type == socket.SOCK_STREAM:
        server.listen()
    server.settimeout(0.2)
    family, kind_name = int(server.family), int(server.type)
    yield server, f"s = socket.socket({family}, {kind_name})\ns.connect({address!r})\ns.send(b'x')\nreturn 'sent'"
    server.close()


async def test_no_socket_reaches_anything(listener: tuple[socket.socket, str]) -> None:
    server, code = listener
    assert await attempt(code) == DENIED
    with pytest.raises(TimeoutError):
        server.accept() if server.type == socket.SOCK_STREAM else server.recvfrom(1)


async def test_there_is_no_socket_at_all() -> None:
    families = ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK")
    await all_denied(*(f"socket.socket(socket.{family})" for family in families), "syscall(libc.socket(2, 1, 0))")
    assert await attempt("a, b = socket.socketpair()\na.send(b'x')\nreturn b.recv(1)") == b"x"


async def test_no_program_can_be_run() -> None:
    code = "try: os.execv('/bin/sh', ['sh', '-c', 'echo out'])\nexcept PermissionError: return 'no'"
    assert await attempt(code) == "no"
    outcome = await outcome_of("return subprocess.run(['/bin/sh', '-c', 'echo out'])")
    assert outcome.kind == "raised"


async def test_a_fork_bomb_does_not_go_off() -> None:
    outcome = await outcome_of("while True: os.fork()")
    assert outcome.kind == "raised"
    assert outcome.raised is not None
    assert outcome.raised.matches("BlockingIOError")
    outcome = await outcome_of("return os.posix_spawn(sys.executable, [sys.executable], {})")
    assert outcome.kind == "raised" or decode(outcome.value) == DENIED


async def test_no_process_can_be_signalled() -> None:
    targets = ("os.getppid()", str(os.getpid()), "-1", "1", "0")
    await all_denied(
        *(f"os.kill({target}, signal.SIGKILL)" for target in targets),
        "os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)",
        "signal.pidfd_send_signal(os.pidfd_open(os.getppid()), signal.SIGKILL)",
    )


async def test_no_process_can_be_traced_or_tuned() -> None:
    attach = 16
    await all_denied(
        f"syscall(libc.ptrace({attach}, os.getppid(), 0, 0))",
        "syscall(libc.process_vm_readv(os.getppid(), 0, 0, 0, 0, 0))",
        "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
        "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
        "os.sched_setaffinity(os.getppid(), {0})",
    )


async def test_the_limits_cannot_be_raised() -> None:
    body = """
    try: resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    except ValueError: pass
    else: return "raised"
    return len(bytearray(2**30))
    """
    assert (await outcome_of(body)).kind == "memory"


async def test_it_cannot_leave_its_process_group_or_change_the_machine() -> None:
    new_user, new_mount = 0x10000000, 0x00020000
    await all_denied(
        "os.setsid()",
        "os.setpgid(0, os.getpgid(os.getppid()))",
        f"syscall(libc.unshare({new_user}))",
        f"syscall(libc.unshare({new_mount}))",
        "syscall(libc.mount(b'x', b'/tmp', b'tmpfs', 0, 0))",
        "os.chroot('/tmp')",
        "time.clock_settime(time.CLOCK_REALTIME, time.time())",
    )


async def test_threads_end_with_the_call_that_times_out() -> None:
    code = """
    def spin():
        while True: pass
    for _ in range(8): threading.Thread(target=spin).start()
    spin()
    """
    outcome = await outcome_of(code, replace(LIMITS, wall_s=0.5))
    assert outcome.kind == "timeout"


async def test_closing_every_descriptor_is_an_exit_or_a_crash() -> None:
    outcome = await outcome_of("os.closerange(0, 100)\ntime.sleep(99)")
    assert outcome.kind in ("crashed", "exited")


def test_probe_finds_confinement() -> None:
    found = confine.probe()
    assert found.available
    assert "Landlock ABI" in found.detail


def test_probe_reports_a_policy_that_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = confine.policy

    def hollow(limits: Limits) -> Any:
        sandbox = policy(limits)
        sandbox.fs_readable = ["/"]
        sandbox.extra_deny_syscalls = []
        return sandbox

    monkeypatch.setattr(confine, "policy", hollow)
    found = confine.probe()
    assert not found.available
    assert "the root folder can be read" in found.detail


async def test_a_leaky_confinement_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = confine.policy

    def hollow(limits: Limits) -> Any:
        sandbox = policy(limits)
        sandbox.fs_readable = ["/"]
        return sandbox

    monkeypatch.setattr(confine, "policy", hollow)
    async with Trial(Subject("print('ran')", "f", "def f(): ..."), LIMITS) as trial:
        with pytest.raises(SandboxUnavailable, match="root folder"):
            await trial.load()


@pytest.mark.parametrize(
    ("target", "value", "message"),
    [
        ("sys.platform", "darwin", "cannot be confined"),
        ("platform.machine", lambda: "mips", "mips processors"),
        ("importlib.util.find_spec", lambda name: None, "sandlock is not installed"),
        ("_abi", lambda: 0, "no Landlock"),
        ("_abi", lambda: 2, "Landlock ABI 2"),
    ],
)
def test_where_nothing_confines_lift_refuses(
    target: str, value: Any, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{confine.__name__}.{target}", value)
    found = confine.probe()
    assert not found.available
    assert message in found.detail
    with pytest.raises(SandboxUnavailable) as caught:
        confine.spawn(LIMITS)
    assert "--unsafe-run" in caught.value.todo


def test_only_the_interpreter_is_readable() -> None:
    home = Path.home()
    for path in confine.readable_paths():
        assert path not in (Path("/"), home, Path(sys.prefix), Path.cwd())
        assert not home.is_relative_to(path)
        assert not Path(confine.__file__).is_relative_to(path) or "site-packages" in confine.__file__


def test_the_environment_has_no_secrets() -> None:
    assert set(confine.ENVIRONMENT) == {"LANG", "TZ", "MALLOC_ARENA_MAX"}
