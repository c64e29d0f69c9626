"""The workbench under test: its own database and folders, a scripted endpoint, a fixed size."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerCancelled

from engine.endpoints.profiles import Profiles
from engine.ir.text import parse
from engine.sessions.store import SessionStore
from tests.support.chat_server import Answer, ChatServer, chat_server
from tests.support.scripts import SPEC
from tui.app import LiftApp

WIDE, MEDIUM, NARROW = (200, 50), (120, 30), (80, 24)

TITLES = ("alpha", "beta", "gamma", "delta", "epsilon")
"""The titles of the sessions of ``ids``."""

Workbench = Callable[..., AbstractAsyncContextManager[Pilot[int]]]

_paint = Screen._compositor_refresh


@pytest.fixture
def painting_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paint what has changed when all is settled (:func:`settle`), not 60 times a second.

    Nobody looks at a screen without a terminal before that, and painting was a third of what these tests took.
    """

    def put_off(screen: Screen[object]) -> None:
        if screen is screen.app.screen:
            screen._dirty_widgets.clear()
        else:
            _paint(screen)

    monkeypatch.setattr(Screen, "_compositor_refresh", put_off)


@pytest.fixture
def db(own_home: Path) -> Path:
    """The path of the test's own database."""
    return own_home / "sessions.db"


@pytest.fixture
def store(db: Path):
    """The store that the workbench will open, to fill it and to look into it."""
    with SessionStore(db) as opened:
        yield opened


@pytest.fixture
def session_id(store: SessionStore) -> str:
    """A session with a prompt and the specification of ``clamp``."""
    session = store.sessions.create("Clamp a value between low and high.")
    store.drafts.add(session.id, parse(SPEC), parent=None, source="agent")
    return session.id


@pytest.fixture
def ids(store: SessionStore) -> list[str]:
    """Five sessions, the last one the newest."""
    return [store.sessions.create(f"{title} prompt", title=title).id for title in TITLES]


@pytest.fixture
def workbench(db: Path, painting_waits: None, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """Opens the workbench: ``async with workbench(size=NARROW) as pilot``."""
    monkeypatch.setenv("USER", "ada")

    @asynccontextmanager
    async def opened(*, size: tuple[int, int] = WIDE, notifications: bool = False) -> AsyncIterator[Pilot[int]]:
        app = LiftApp(db=db)
        async with app.run_test(size=size, notifications=notifications) as pilot:
            await settle(pilot)
            yield pilot

    return opened


@asynccontextmanager
async def scripted(*answers: Answer, opinion: bool = False) -> AsyncIterator[ChatServer]:
    """A scripted endpoint that is the current one; it may be asked for second opinions."""
    async with chat_server(*answers) as server:
        profiles = Profiles()
        profiles.add("scripted", url=server.url, model="scripted", flavor="llama.cpp", second_opinion=opinion)
        profiles.use("scripted")
        yield server


async def settle(pilot: Pilot[int]) -> None:
    """Wait until the workers and the messages they post are done, and a run, if there is one, is over."""
    app = pilot.app
    assert isinstance(app, LiftApp)
    await pilot.pause()
    while True:
        with contextlib.suppress(WorkerCancelled):  # another one has overtaken it, or its screen is closed
            await app.workers.wait_for_complete()
        await pilot.pause()
        if not app.busy and not any(worker.is_running for worker in app.workers):
            await pilot.pause()
            _paint(app.screen)
            return
        await pilot.pause(0.02)
