"""Searching in the list of sessions."""

from __future__ import annotations

import pytest

from engine.sessions.store import SessionStore
from tests.tui.conftest import NARROW, WIDE, Workbench, settle
from tests.tui.listing import (
    bench,
    drawn,
    opened,
    pane,
    press,
    rows,
    summary,
    under_cursor,
)

# Search --------------------------------------------------------------------------------------------


@pytest.mark.covers("sessions.search", "sessions.leave-search")
async def test_search_finds_while_typing_and_escape_gives_the_list_back(workbench: Workbench, ids):
    async with workbench() as pilot:
        await press(pilot, "2", "slash")
        assert pane(pilot).field.has_focus
        await press(pilot, "g", "a", "m")
        assert [pane(pilot).sessions.number] == list(rows(pilot).order)
        assert under_cursor(pilot) == "gamma"
        assert summary(pilot) == "1 found · in all sessions"
        assert opened(pilot) == "epsilon"  # nothing opens while typing
        await press(pilot, "q")  # a letter, in here
        assert "Nothing found for “gamq”" in " ".join(drawn(pilot))
        await press(pilot, "escape")
        assert len(rows(pilot).order) == 5
        assert rows(pilot).has_focus
        assert not pane(pilot).field.display
        assert under_cursor(pilot) == "epsilon"


async def test_enter_in_a_search_opens_and_the_hits_stay_until_escape(workbench: Workbench, ids):
    async with workbench() as pilot:
        await press(pilot, "slash", *"prompt")
        await press(pilot, "down", "down")
        assert opened(pilot) == under_cursor(pilot) == "gamma"
        await press(pilot, "down", "enter")
        assert opened(pilot) == "beta"
        assert bench(pilot).query_one("#spec").has_class("-active")
        await press(pilot, "1")
        assert len(rows(pilot).order) == 5
        assert summary(pilot).startswith("5 found")
        await press(pilot, "escape")
        assert summary(pilot).startswith("5 sessions")
        assert under_cursor(pilot) == "beta"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_matched_words_are_marked_and_in_sight(workbench: Workbench, store: SessionStore, size):
    store.sessions.create("some words before it, many of them indeed, and then: needle, and more after it", title="t")
    async with workbench(size=size) as pilot:
        await press(pilot, "slash", *"need")
        line = next(line for line in drawn(pilot) if "needle" in line)
        y = drawn(pilot).index(line)
        marked = [segment.text for segment in rows(pilot).render_line(y) if segment.style and segment.style.underline]
        assert marked == ["needle"]


async def test_more_hits_come_when_the_last_one_is_in_sight(workbench: Workbench, store: SessionStore):
    with store.transaction():
        for number in range(130):
            store.sessions.create(f"common word {number}")
    async with workbench(size=NARROW) as pilot:
        await press(pilot, "slash", *"common")
        assert summary(pilot).startswith("50+ found")
        await press(pilot, "enter", "1")
        for _ in range(20):  # each end asks for the next hits, which may come only after it was pressed again
            await press(pilot, "end")
            if summary(pilot).startswith("130 found"):
                break
        assert summary(pilot).startswith("130 found")
        assert sorted(rows(pilot).order) == list(range(1, 131))


async def test_a_late_answer_to_an_older_search_is_dropped(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await press(pilot, "slash", *"gamma")
        late = pane(pilot).Found("g", store.search.page("alpha"), "new")
        pane(pilot).post_message(late)
        await settle(pilot)
        assert under_cursor(pilot) == "gamma"


async def test_an_emptied_search_shows_the_whole_list(workbench: Workbench, ids):
    async with workbench() as pilot:
        await press(pilot, "slash", "g", "backspace")
        assert len(rows(pilot).order) == 5


async def test_what_is_deleted_leaves_the_hits(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await press(pilot, "slash", *"prompt", "enter", "1")
        title = under_cursor(pilot)
        assert title == opened(pilot)
        await press(pilot, "D")
        assert summary(pilot).startswith("4 found")
        assert title != under_cursor(pilot) == opened(pilot)
        await press(pilot, "u")
        assert title == under_cursor(pilot) == opened(pilot)
        assert summary(pilot).startswith("5 sessions")
