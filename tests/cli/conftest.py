"""The command line in this process and in one of its own, and a server beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.endpoints.profiles import Profiles
from tests.support.chat_server import ChatServer
from tests.support.modal_server import TOKEN, ModalServer, Scenario, modal_server
from tests.support.scripts import body, draft
from tests.support.serving import Servers
from tests.support.terminal import Terminal
from tui.cli import main

ROOT = Path(__file__).parents[2]
LIFT = "import sys; from tui.cli import main; sys.exit(main(sys.argv[1:]))"


class Lift:
    """Calls ``lift`` as a shell would, without one."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        """The exit code, standard output and standard error of ``lift ARGUMENTS…`` in this process."""
        self._capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = self._capfd.readouterr()
        return code, out, err


@pytest.fixture
def lift(capfd: pytest.CaptureFixture[str]) -> Lift:
    return Lift(capfd)


@pytest.fixture
def process() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts ``lift ARGUMENTS…`` in a process of its own; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object, env: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        popen = subprocess.Popen(
            [sys.executable, "-c", LIFT, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            text=True,
            encoding="utf-8",
            **(pipes | options),
        )
        started.append(popen)
        return popen

    yield start
    for popen in started:
        if popen.poll() is None:
            popen.kill()
        popen.communicate()


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Starts ``lift ARGUMENTS…`` on a terminal of its own; it ends with the test."""
    opened: list[Terminal] = []

    def start(*arguments: object, **env: str) -> Terminal:
        opened.append(Terminal([sys.executable, "-c", LIFT, *map(str, arguments)], env=env, cwd=ROOT))
        return opened[-1]

    yield start
    for one in opened:
        one.end()


@pytest.fixture
def serve() -> Iterator[Callable[..., ChatServer]]:
    """Starts a scripted server in a thread; it ends with the test."""
    servers = Servers()
    yield servers.start
    servers.close()


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str | Scenario], ModalServer]]:
    """Starts a deployment on Modal in a scenario, and makes it the current endpoint."""
    monkeypatch.setenv("MODAL_KEY", TOKEN)
    servers = Servers()

    def start(scenario: str | Scenario) -> ModalServer:
        modal = servers.enter(modal_server(scenario, draft(), body()))
        profile = modal.profile()
        Profiles().add(profile.name, **profile.model_dump())
        Profiles().use(profile.name)
        return modal

    yield start
    servers.close()
