"""Comparing drafts."""

from __future__ import annotations

import pytest

from engine.lifecycle import editing
from engine.sessions.store import SessionStore
from tests.tui.conftest import NARROW, Workbench, settle
from tests.tui.test_spec_clauses import head, keys, pane, toasts
from tui.screens.diff import DiffScreen


@pytest.fixture
def drafts(store: SessionStore, session_id: str) -> str:
    """A session with four drafts; the last one is a sibling of the third."""
    editing.add_clause(store, session_id, "examples", "clamp(5, 0, 10) == 5")
    second = editing.edit_clause(store, session_id, "ensures[0]", "low <= result")
    editing.move_clause(store, session_id, "examples[1]", 0)
    editing.edit_clause(store, session_id, "intent.summary", "Beside.", base=second.draft.id, author="bob")
    return session_id


def shown(pilot) -> str:
    return str(pilot.app.screen.query_one("#changes").render())


@pytest.mark.covers("draft.diff", "diff.new-later", "diff.new-earlier", "diff.old-later", "diff.old-earlier")
@pytest.mark.parametrize("keys_of_new", [("h", "l"), ("left", "right")])
async def test_any_two_drafts_are_compared(workbench: Workbench, drafts: str, keys_of_new: tuple[str, str]):
    earlier, later = keys_of_new
    async with workbench(size=NARROW) as pilot:
        await keys(pilot, "d")
        screen = pilot.app.screen
        assert isinstance(screen, DiffScreen)
        assert (screen.old, screen.new) == (3, 4)
        assert "> moved example(clamp(15, 0, 10) == 10) from place 1 to 2" in shown(pilot)
        await keys(pilot, "left_square_bracket", "left_square_bracket", earlier)
        assert (screen.old, screen.new) == (1, 3)
        assert shown(pilot).splitlines() == [
            "  1 ~ ensures[0]",
            "      - ensures(low <= result <= high)",
            "      + ensures(low <= result)",
            "  2 + example(clamp(5, 0, 10) == 5)",
        ]
        await keys(pilot, later, later, later)
        assert screen.new == 5
        assert "beside the head · bob" in str(screen.query_one("#new").render())
        await keys(pilot, *["right_square_bracket"] * 5)
        assert screen.old == 5
        assert shown(pilot) == "It is the same draft."


@pytest.mark.covers("diff.open", "page.close")
async def test_the_newer_draft_is_opened(workbench: Workbench, drafts: str):
    async with workbench() as pilot:
        await keys(pilot, "d", "escape")
        assert pilot.app.screen is pilot.app.screen_stack[0]
        await keys(pilot, "d", "h", "h", "enter")
        assert pilot.app.screen is pilot.app.screen_stack[0]
        view = pane(pilot).view
        assert view is not None
        assert view.draft is not None
        assert (view.draft.seq, view.is_head) == (2, False)


@pytest.mark.covers("diff.select")
async def test_a_draft_beside_the_head_becomes_the_head(workbench: Workbench, store: SessionStore, drafts: str):
    async with workbench() as pilot:
        await keys(pilot, "d", "l", "S")
        assert head(store, drafts).ir.intent.summary == "Beside."
        assert pane(pilot).clauses.lines[0].row.text == "Beside."
        await keys(pilot, "2", "u")
        assert head(store, drafts).seq == 4


async def test_the_comparison_is_copied_as_text(workbench: Workbench, drafts: str):
    async with workbench() as pilot:
        await keys(pilot, "d", "y")
        assert pilot.app.screen.copy_text() == (  # type: ignore[attr-defined]
            f"Session {drafts}: draft 3 to draft 4\n  1 > moved example(clamp(15, 0, 10) == 10) from place 1 to 2"
        )
        assert pilot.app.clipboard == pilot.app.screen.copy_text()  # type: ignore[attr-defined]


async def test_one_draft_is_nothing_to_compare(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        await keys(pilot, "d")
        assert "only one draft" in toasts(pilot)
    session = store.sessions.create("Empty.")
    async with workbench() as pilot:
        pilot.app.screen.open_session(session.id)  # type: ignore[attr-defined]
        await settle(pilot)
        await keys(pilot, "2", "d", "u", "ctrl+r")
        assert toasts(pilot).count("There is no specification yet") == 3
