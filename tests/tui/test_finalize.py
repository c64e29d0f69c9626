"""Finalizing and reopening, and the list of what is left to do."""

from __future__ import annotations

import pytest

from engine.ir.text import parse
from engine.sessions.store import SessionStore
from tests.support.scripts import SPEC
from tests.tui.conftest import MEDIUM, NARROW, Workbench, settle
from tui.messages import ClauseWanted
from tui.screens.ask import ConfirmScreen
from tui.screens.holes import HoleDeck
from tui.screens.still_open import StillOpenScreen, Things
from tui.screens.workbench import WorkbenchScreen
from tui.widgets.notices import Notices
from tui.widgets.status_bar import StatusBar

UNFINISHED = SPEC.replace("low <= result", "lwo <= result") + '    hole("nan", ask="What about [NaN]?")\n'


async def press(pilot, *keys: str) -> None:
    pilot.app.screen.set_focus(pilot.app.screen.focused if pilot.app.screen.is_modal else None)
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


@pytest.fixture
def unfinished(store: SessionStore) -> str:
    session = store.sessions.create("clamp")
    store.drafts.add(session.id, parse(UNFINISHED), parent=None)
    return session.id


@pytest.mark.covers("session.finalize", "confirm.yes", "confirm.no")
async def test_finalize_and_reopen(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await press(pilot, "F")
        assert store.sessions.get(session_id).state == "finalized"
        assert "finalized" in pilot.app.screen.query_one(StatusBar).render().plain
        strip = pilot.app.screen.query_one(Notices)
        assert strip.display
        assert str(strip.content).startswith("F  to reopen")
        await press(pilot, "F")
        assert isinstance(pilot.app.screen, ConfirmScreen)
        await press(pilot, "n")
        assert store.sessions.get(session_id).state == "finalized"
        await press(pilot, "F", "y")
        assert store.sessions.get(session_id).state == "draft"
        assert not strip.display
    states = [(event.value, event.author) for event in store.sessions.events(session_id) if event.kind == "state"]
    assert states == [("finalized", "ada"), ("draft", "ada")]


async def test_an_abandoned_session_is_reopened_too(workbench: Workbench, store, session_id):
    store.sessions.set_state(session_id, "abandoned")
    async with workbench(size=NARROW) as pilot:
        await press(pilot, "F", "enter")
    assert store.sessions.get(session_id).state == "draft"


@pytest.mark.covers("open.go")
async def test_what_is_left_is_listed_and_enter_goes_to_the_question(workbench: Workbench, store, unfinished):
    async with workbench(size=NARROW) as pilot:
        await press(pilot, "F")
        assert isinstance(pilot.app.screen, StillOpenScreen)
        rows = [str(option.prompt) for option in pilot.app.screen.query_one(Things).options]
        assert rows == [
            "? question: What about [NaN]?",
            "! error: ensures[0]: `lwo` is not known here. Did you mean `low`?",
        ]
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, HoleDeck)
        assert pilot.app.screen.hole is not None
        assert pilot.app.screen.hole.identifier == "nan"
    assert store.sessions.get(unfinished).state == "draft"


async def test_enter_goes_to_the_clause(workbench: Workbench, unfinished, monkeypatch):
    wanted: list[str] = []
    monkeypatch.setattr(
        WorkbenchScreen, "on_clause_wanted", lambda _, message: wanted.append(ClauseWanted.__name__ + message.address)
    )
    async with workbench(size=MEDIUM) as pilot:
        await press(pilot, "F", "j", "enter")
        assert isinstance(pilot.app.screen, WorkbenchScreen)
        assert wanted == ["ClauseWantedensures[0]"]


@pytest.mark.covers("open.close")
async def test_escape_stays(workbench: Workbench, store, unfinished):
    async with workbench(size=NARROW) as pilot:
        await press(pilot, "F", "escape")
        assert isinstance(pilot.app.screen, WorkbenchScreen)
    assert store.sessions.get(unfinished).state == "draft"


async def test_without_a_specification_there_is_nothing_to_sign(workbench: Workbench, store):
    session = store.sessions.create("clamp")
    async with workbench(size=NARROW) as pilot:
        await press(pilot, "F")
        assert "no specification" in pilot.app.failures[0][1].what
    assert store.sessions.get(session.id).state == "draft"


async def test_without_a_session_every_key_says_what_to_do(workbench: Workbench, store, monkeypatch):
    monkeypatch.setattr("engine.lifecycle.starter.starter_path", lambda: None)
    async with workbench(size=NARROW) as pilot:
        for key in ("F", "R", "r", "o"):
            await press(pilot, key)
        said = [notification.message for notification in pilot.app._notifications]
        assert [message.endswith("No session is open. Press n to begin one.") for message in said] == [True] * 4
