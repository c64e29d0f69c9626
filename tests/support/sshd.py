"""A real ``sshd`` on loopback, with a port, a host key and a user key of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

START_LIMIT_S = 20.0


@dataclass(frozen=True)
class SshServer:
    """A running server.

    Attributes:
        command: the beginning of a command line that logs in; the remote command follows.
        process: the server itself; its children are the connections.
    """

    command: tuple[str, ...]
    process: subprocess.Popen[bytes]


def require_sshd() -> str:
    """The path of ``sshd``; without it the test is skipped, or fails in CI, where it has to run."""
    found = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found and shutil.which("ssh"):
        return found
    message = "no OpenSSH on this machine (Debian: apt-get install openssh-server)"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Run ``sshd`` for the user who runs the tests; it ends with the context."""
    sshd = require_sshd()
    for name in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its own child runs in there
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host_key'}\n"
        f"AuthorizedKeysFile {folder / 'user_key.pub'}\nPidFile none\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nPermitRootLogin prohibit-password\nAcceptEnv *\n"
    )
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen([sshd, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stderr=log, stdout=log)
    try:
        _wait_for(port, process, folder / "sshd.log")
        user = pwd.getpwuid(os.geteuid()).pw_name
        options = {
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "LogLevel": "ERROR",
            "IdentitiesOnly": "yes",
        }
        yield SshServer(
            (
                *("ssh", "-tt", "-F", "none", "-p", str(port), "-i", str(folder / "user_key")),
                *(part for name, value in options.items() for part in ("-o", f"{name}={value}")),
                f"{user}@127.0.0.1",
            ),
            process,
        )
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"sshd did not start:\n{log.read_text()}")
