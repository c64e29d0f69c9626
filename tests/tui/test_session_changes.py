"""Changing sessions from the list, and beginning new ones."""

from __future__ import annotations

import json

import pytest
from textual.widgets import Static

from engine.sessions.store import SessionStore
from tests.support.scripts import BODY, PROMPT, SPEC, body, draft
from tests.tui.conftest import Workbench, scripted
from tests.tui.listing import (
    bench,
    choose,
    drawn,
    go,
    opened,
    press,
    rows,
    type_text,
    under_cursor,
)
from tui.app import LiftApp
from tui.screens.ask import Answer, AskScreen
from tui.screens.new_session import NewSessionScreen
from tui.screens.tags import TagsScreen

# Changing ------------------------------------------------------------------------------------------


@pytest.mark.covers("sessions.rename", "sessions.undo")
async def test_rename_and_undo(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await go(pilot, "beta")
        await press(pilot, "e")
        assert isinstance(pilot.app.screen, AskScreen)
        await type_text(pilot, "better")
        await press(pilot, "enter")
        assert store.sessions.get(ids[1]).title == "better"
        assert under_cursor(pilot) == opened(pilot) == "better"
        await press(pilot, "u")
        assert store.sessions.get(ids[1]).title == "beta"
        assert under_cursor(pilot) == opened(pilot) == "beta"


@pytest.mark.covers("sessions.tags", "tags.complete")
async def test_tags_are_set_with_completion_and_undone(workbench: Workbench, store: SessionStore, ids):
    store.sessions.tag(ids[0], "numbers")
    store.sessions.tag(ids[1], "old")
    async with workbench() as pilot:
        await go(pilot, "beta")
        await press(pilot, "t")
        assert isinstance(pilot.app.screen, TagsScreen)
        assert "numbers" in str(pilot.app.screen.query_one("#offer", Static).content)
        await press(pilot, "backspace", "backspace", "backspace", "backspace", *"num", "tab")
        assert pilot.app.screen.query_one(Answer).text == "numbers "
        await press(pilot, *"new", "enter")
        assert store.sessions.get(ids[1]).tags == ("new", "numbers")
        await press(pilot, "u")
        assert store.sessions.get(ids[1]).tags == ("old",)


async def test_a_tag_that_is_none_is_given_back(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await go(pilot, "beta")
        await press(pilot, "t", *"good b?d", "enter")
        assert store.sessions.get(ids[1]).tags == ()  # all or none
        assert isinstance(pilot.app, LiftApp)
        assert "cannot be a tag" in pilot.app.failures[-1][1].what
        assert pilot.app.screen.query_one(Answer).text.strip() == "good b?d"
        await press(pilot, "escape")


@pytest.mark.covers("sessions.delete")
async def test_delete_opens_the_next_session_and_undo_brings_it_back(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await go(pilot, "beta")
        await press(pilot, "D")
        assert store.sessions.get(ids[1]).deleted_at is not None
        assert under_cursor(pilot) == opened(pilot) == "alpha"
        await press(pilot, "D")
        assert under_cursor(pilot) == opened(pilot) == "gamma"
        await press(pilot, "u")
        assert under_cursor(pilot) == opened(pilot) == "alpha"
        await press(pilot, "u")
        assert under_cursor(pilot) == opened(pilot) == "beta"
        assert store.stats().deleted == 0


async def test_deleting_the_last_session_leaves_none_open(workbench: Workbench, store: SessionStore):
    session = store.sessions.create("x", title="only")
    async with workbench() as pilot:
        await press(pilot, "1", "D")
        assert bench(pilot).view is None
        assert "Press n to begin one." in " ".join(drawn(pilot))
        await press(pilot, "u")
        assert opened(pilot) == "only"
        assert store.sessions.get(session.id).deleted_at is None


async def test_a_deleted_session_comes_back_from_the_deleted_ones(workbench: Workbench, store: SessionStore, ids):
    store.sessions.delete(ids[0])
    async with workbench() as pilot:
        await press(pilot, "1", "f")
        await choose(pilot, "the deleted sessions")
        await press(pilot, "escape", "D")
        assert store.sessions.get(ids[0]).deleted_at is None


@pytest.mark.covers("sessions.fork")
async def test_fork_opens_the_new_session_and_undo_takes_it_away(workbench: Workbench, store: SessionStore, session_id):
    async with workbench() as pilot:
        await press(pilot, "1", "c")
        view = bench(pilot).view
        assert view is not None
        assert view.session.id != session_id
        assert view.session.forked_from == store.drafts.head(session_id).id  # type: ignore[union-attr]
        assert rows(pilot).number == view.session.num
        await press(pilot, "u")
        assert store.sessions.get(view.session.id).deleted_at is not None
        assert bench(pilot).view.session.id == session_id  # type: ignore[union-attr]


async def test_a_session_without_a_specification_cannot_be_forked(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await press(pilot, "1", "c")
        assert isinstance(pilot.app, LiftApp)
        assert len(pilot.app.failures) == 1
        assert store.stats().sessions == 5


@pytest.mark.covers("sessions.abandon")
async def test_abandon_reopen_and_undo(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await go(pilot, "beta")
        for key, state in (("A", "abandoned"), ("A", "draft"), ("u", "abandoned"), ("u", "draft"), ("u", "draft")):
            await press(pilot, key)
            assert store.sessions.get(ids[1]).state == state
            assert bench(pilot).view.session.state == state  # type: ignore[union-attr]


async def test_a_change_of_a_session_that_is_gone_fails_with_a_message(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await go(pilot, "beta")
        store.sessions.delete(ids[1])
        store.sessions.purge(ids[1])
        await press(pilot, "D")
        assert isinstance(pilot.app, LiftApp)
        assert ids[1] in pilot.app.failures[-1][1].what


# New sessions --------------------------------------------------------------------------------------


@pytest.mark.covers("session.new")
async def test_a_prompt_becomes_a_session_that_is_generated(workbench: Workbench, store: SessionStore, ids):
    async with scripted(draft(), body()), workbench() as pilot:
        await press(pilot, "2", "n")
        assert isinstance(pilot.app.screen, NewSessionScreen)
        await type_text(pilot, f"{PROMPT}\nBoth bounds count.")
        await press(pilot, "enter")
        view = bench(pilot).view
        assert view is not None
        assert view.prompt == f"{PROMPT}\nBoth bounds count."
        assert view.code is not None
        assert BODY.strip() in view.code.code
        assert rows(pilot).number == view.session.num
        assert bench(pilot).query_one("#spec").has_class("-active")
        assert isinstance(pilot.app, LiftApp)
        assert pilot.app.memory.get("new_session") == ""


async def test_a_pasted_specification_becomes_a_session_and_its_code_is_written(workbench: Workbench):
    async with scripted(body()), workbench() as pilot:
        await press(pilot, "n")
        await type_text(pilot, SPEC)
        await press(pilot, "enter")
        view = bench(pilot).view
        assert view is not None
        assert view.session.origin == "spec"
        assert view.session.checks_failed == 0
        assert view.code is not None


async def test_pasted_code_becomes_a_session_without_a_run(workbench: Workbench):
    async with workbench() as pilot:
        await press(pilot, "n")
        await type_text(pilot, "def double(x: int) -> int:\n    return 2 * x\n")
        await press(pilot, "enter")
        view = bench(pilot).view
        assert view is not None
        assert (view.session.origin, view.session.function, view.runs) == ("code", "double", ())
        assert view.code is not None


async def test_a_specification_with_a_mistake_is_given_back(workbench: Workbench, store: SessionStore):
    wrong = SPEC.replace("ensures(", "ensures((")
    async with workbench() as pilot:
        await press(pilot, "n")
        await type_text(pilot, wrong)
        await press(pilot, "enter")
        assert isinstance(pilot.app, LiftApp)
        assert len(pilot.app.failures) == 1
        assert isinstance(pilot.app.screen, NewSessionScreen)
        assert pilot.app.screen.query_one(Answer).text == wrong.strip()
        assert store.stats().sessions == 0
        await press(pilot, "escape")


async def test_a_prompt_survives_escape_and_the_end_of_the_program(workbench: Workbench, own_home, store: SessionStore):
    async with workbench() as pilot:
        await press(pilot, "n", *"half")  # and the terminal dies
        file = own_home / "lift-state" / "workbench.json"
        while not file.exists() or "new_session" not in file.read_text(encoding="utf-8"):
            await pilot.pause(0.01)  # it is written by a thread of its own
        assert json.loads(file.read_text(encoding="utf-8"))["new_session"] == "half"
    async with workbench() as pilot:
        await press(pilot, "n")
        assert pilot.app.screen.query_one(Answer).text == "half"
        await press(pilot, *" a", "escape", "n")
        assert pilot.app.screen.query_one(Answer).text == "half a"
        await press(pilot, "escape")
    assert store.stats().sessions == 0


async def test_a_prompt_is_saved_even_when_no_endpoint_answers(workbench: Workbench, store: SessionStore):
    async with scripted() as server:
        pass  # the endpoint is configured, and gone
    assert server.url
    async with workbench() as pilot:
        await press(pilot, "n", *"Do it.", "enter")
        view = bench(pilot).view
        assert view is not None
        assert view.prompt == "Do it."
        assert isinstance(pilot.app, LiftApp)
        assert pilot.app.failures
