"""The workbench in a process of its own, on a real terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.endpoints.profiles import Profiles
from engine.ir.text import parse
from engine.sessions.store import SessionStore
from tests.support.chat_server import Answer, ChatServer
from tests.support.scripts import PROMPT, SPEC
from tests.support.serving import Servers
from tests.support.terminal import Terminal

ROOT = Path(__file__).parents[2]
WORKBENCH = (sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main(sys.argv[1:]))")

Opener = Callable[..., Terminal]


@pytest.fixture
def db(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the test's own database, which the workbench opens too."""
    path = own_home / "sessions.db"
    monkeypatch.setenv("LIFT_DB", str(path))
    return path


@pytest.fixture
def session_id(db: Path) -> str:
    """A session with a prompt and the specification of ``clamp``; the newest one."""
    with SessionStore(db) as store:
        session = store.sessions.create(PROMPT)
        store.drafts.add(session.id, parse(SPEC), parent=None, source="agent")
    return session.id


@pytest.fixture
def workbench(db: Path) -> Iterator[Opener]:
    """Opens workbenches on terminals: ``workbench(size=(80, 24))``; they end with the test."""
    opened: list[Terminal] = []

    def start(*arguments: str, size: tuple[int, int] = (80, 24), **env: str) -> Terminal:
        opened.append(Terminal([*WORKBENCH, *arguments], size=size, env=env, cwd=ROOT))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.end()


@pytest.fixture
def endpoint() -> Iterator[Callable[..., ChatServer]]:
    """Makes a scripted server the current endpoint; it ends with the test."""
    servers = Servers()

    def start(*answers: Answer) -> ChatServer:
        server = servers.start(*answers)
        profiles = Profiles()
        profiles.add("scripted", url=server.url, model="scripted", flavor="llama.cpp")
        profiles.use("scripted")
        return server

    yield start
    servers.close()
