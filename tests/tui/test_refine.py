"""Refining: a wish in plain English, the proposal it brings, and deciding about it change by change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.content import Content
from textual.widgets import Static

from engine.ir.models import Provenance
from engine.ir.text import parse
from engine.lifecycle.editing import edit_clause
from engine.lifecycle.refinement import find_proposal
from engine.sessions.store import SessionStore
from engine.stages.draft_wire import from_ir
from tests.support.chat_server import Answer
from tests.support.scripts import SPEC, compact
from tests.tui.conftest import MEDIUM, NARROW, WIDE, Workbench, scripted, settle
from tui.screens.ask import Answer as Field
from tui.screens.ask import AskScreen
from tui.screens.proposal import Changes, ProposalScreen
from tui.screens.workbench import WorkbenchScreen
from tui.widgets.notices import Notices
from tui.widgets.status_bar import StatusBar

BASE = parse(SPEC)
WISH = "floats too"
REFINED = Answer(
    compact(
        from_ir(BASE)
        | {
            "raises": [{"exception": "ValueError", "condition": "low > high"}],
            "ensures": ["low <= result <= high", "result in (value, low, high)"],
            "returns": "float",
        }
    )
)
"""Three changes: the signature (which a person wrote), a postcondition, an exception."""


@pytest.fixture
def session_id(store: SessionStore) -> str:
    """A session whose signature a person wrote, and the model the rest."""
    session = store.sessions.create("Clamp a value between low and high.")
    ir = BASE.model_copy(deep=True)
    for _, clause in ir.clauses():
        clause.provenance = Provenance(source="agent")
    ir.signature.provenance = Provenance(source="human")
    store.drafts.add(session.id, ir, parent=None)
    return session.id


def head(store: SessionStore, session_id: str):
    draft = store.drafts.head(session_id)
    assert draft is not None
    return draft


def rows(pilot) -> list[str]:
    return [str(option.prompt) for option in pilot.app.screen.query_one(Changes).options]


def ticks(pilot) -> list[bool]:
    return [row.startswith("[x]") for row in rows(pilot)]


def notes(pilot) -> str:
    return "\n".join(notification.message for notification in pilot.app._notifications)


async def press(pilot, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def wish(pilot, text: str = WISH) -> None:
    pilot.app.screen.set_focus(None)
    await press(pilot, "r", *(key if key != " " else "space" for key in text), "enter")


@pytest.fixture
def refined(workbench: Workbench):
    """The workbench with the proposal on the screen."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def opened(size=MEDIUM):
        async with scripted(REFINED), workbench(size=size) as pilot:
            await wish(pilot)
            assert isinstance(pilot.app.screen, ProposalScreen)
            yield pilot

    return opened


@pytest.mark.covers("session.refine")
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_wish_brings_a_proposal_line_by_line(refined, store, session_id, size):
    async with refined(size) as pilot:
        signature, ensures, raises = rows(pilot)
        assert signature.splitlines()[1:] == [
            "         - def clamp -> int",
            "         + def clamp -> float",
            "       ! a person wrote this; tick it to accept",
        ]
        assert "2 + ensures(result in (value, low, high))" in ensures
        assert "3 + raises(ValueError, low > high)" in raises
        assert ticks(pilot) == [False, True, True], "a person's clause is not touched unasked"
        assert head(store, session_id).seq == 1


@pytest.mark.covers("proposal.apply")
async def test_what_is_ticked_is_applied_and_what_is_left_out_is_told(refined, store, session_id):
    async with refined() as pilot:
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, WorkbenchScreen)
        assert "Applied 2, 3: draft 3." in notes(pilot)
        assert "Left out: 1 (1 would change what a person wrote)." in notes(pilot)
    draft = head(store, session_id)
    assert (draft.seq, draft.author, draft.reason) == (3, "ada", WISH)
    assert (draft.ir.signature.returns, len(draft.ir.ensures), len(draft.ir.raises)) == ("int", 2, 1)
    (decision,) = store.proposals.decisions(store.proposals.list(session_id)[0])
    assert decision.changes == (2, 3)


@pytest.mark.covers("proposal.toggle")
async def test_changes_are_ticked_one_by_one(refined, store, session_id):
    async with refined() as pilot:
        await press(pilot, "space", "j", "space")
        assert ticks(pilot) == [True, False, True]
        await press(pilot, "down", "space", "space", "enter")
    draft = head(store, session_id)
    assert (draft.ir.signature.returns, len(draft.ir.ensures), len(draft.ir.raises)) == ("float", 1, 1)


@pytest.mark.covers("proposal.all", "proposal.none")
async def test_all_and_none(refined, store, session_id):
    async with refined() as pilot:
        await press(pilot, "n")
        assert ticks(pilot) == [False] * 3
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ProposalScreen), "nothing is nothing to apply"
        assert head(store, session_id).seq == 1
        await press(pilot, "a")
        assert ticks(pilot) == [True] * 3
        await press(pilot, "enter")
    assert head(store, session_id).ir.content() == find_proposal(store, session_id, 2).draft.ir.content()


@pytest.mark.covers("proposal.reject")
async def test_a_proposal_can_be_turned_down(refined, store, session_id):
    async with refined() as pilot:
        await press(pilot, "x")
        assert isinstance(pilot.app.screen, WorkbenchScreen)
        assert not pilot.app.screen.query_one(Notices).display
        await press(pilot, "p")
        assert isinstance(pilot.app.screen, WorkbenchScreen)
        assert "Nothing is proposed" in notes(pilot)
    assert head(store, session_id).seq == 1
    (decision,) = store.proposals.decisions(store.proposals.list(session_id)[0])
    assert (decision.draft_id, decision.author) == (None, "ada")


@pytest.mark.covers("proposal.close", "session.proposal")
async def test_a_proposal_waits_even_over_a_restart(refined, workbench: Workbench, store, session_id):
    async with refined() as pilot:
        await press(pilot, "escape")
        strip = pilot.app.screen.query_one(Notices)
        assert strip.display
        assert "p  to review 3 proposed changes: “floats too”" in str(strip.content)
    async with workbench() as pilot:
        pilot.app.screen.set_focus(None)
        await press(pilot, "p", "enter")
    assert head(store, session_id).seq == 3


async def test_a_proposal_for_an_older_draft_says_so(workbench: Workbench, refined, store, session_id):
    async with refined() as pilot:
        await press(pilot, "escape")
        edit_clause(store, session_id, "intent.summary", "Clamp it.", author="bob")
        pilot.app.screen.open_session(session_id)
        await settle(pilot)
        await press(pilot, "p")
        base = pilot.app.screen.query_one("#base", Static)
        assert base.display
        assert "made for draft 1; meanwhile draft 3 is the current one" in str(base.content)
        await press(pilot, "enter")
        assert "stands beside the current draft" in notes(pilot)
    assert head(store, session_id).seq == 3


async def test_problems_after_an_acceptance_are_told(workbench: Workbench, store, session_id):
    """The exception speaks of a parameter that only another change would add."""
    wanted = from_ir(BASE) | {
        "parameters": [*from_ir(BASE)["parameters"], {"name": "strict", "type": "bool"}],
        "raises": [{"exception": "ValueError", "condition": "strict and low > high"}],
    }
    async with scripted(Answer(compact(wanted))), workbench(size=MEDIUM) as pilot:
        await wish(pilot)
        index = next(number for number, row in enumerate(rows(pilot)) if "raises(" in row)
        await press(pilot, "n", *["j"] * index, "space", "enter")
        assert "error: raises[0]: `strict` is not known here" in notes(pilot)
    assert head(store, session_id).seq == 3


async def test_a_refinement_without_changes_says_so(workbench: Workbench, store, session_id):
    async with scripted(Answer(compact(from_ir(BASE)))), workbench(size=NARROW) as pilot:
        await wish(pilot)
        assert isinstance(pilot.app.screen, WorkbenchScreen)
        assert "Nothing would change" in notes(pilot)
    assert store.proposals.list(session_id) == []


async def test_a_wish_that_failed_is_offered_again(workbench: Workbench, store, session_id):
    async with scripted(Answer(status=500, body="{}"), REFINED), workbench(size=NARROW) as pilot:
        await wish(pilot)
        assert isinstance(pilot.app.screen, WorkbenchScreen)
        assert pilot.app.failures
        await press(pilot, "r")
        assert pilot.app.screen.query_one(Field).text == WISH
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ProposalScreen)
        await press(pilot, "escape", "r")
        assert pilot.app.screen.query_one(Field).text == "", "what has been answered is not offered again"


async def test_no_wish_is_no_run(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        pilot.app.screen.set_focus(None)
        await press(pilot, "r", "enter")
        assert isinstance(pilot.app.screen, AskScreen)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, WorkbenchScreen)
    assert store.runs.list(session_id) == []


async def test_while_it_streams_the_top_line_says_so_and_another_wish_has_to_wait(workbench: Workbench, session_id):
    async with scripted(replace(REFINED, silent_after=14)), workbench(size=MEDIUM) as pilot:
        pilot.app.screen.set_focus(None)
        await press(pilot, "r", "x")
        await pilot.press("enter")
        bar = pilot.app.screen_stack[0].query_one(StatusBar)
        while "refine: decode" not in bar.render().plain:
            await pilot.pause(0.02)
        assert "esc stops" in bar.render().plain
        await pilot.press("r")
        await pilot.pause()
        assert isinstance(pilot.app.screen, WorkbenchScreen)
        await press(pilot, "escape")
        assert "refine" not in bar.render().plain
        assert "R  to go on: you stopped the last run while changing the specification" in str(
            pilot.app.screen.query_one(Notices).content
        )


@pytest.mark.parametrize("key", ["r", "o"])
@pytest.mark.parametrize(
    ("prepare", "told"),
    [("finalized", "Press F to reopen it."), ("no draft", "Press g to let the model draft one.")],
)
async def test_what_cannot_be_done_says_what_can(workbench: Workbench, store, key, prepare, told):
    session = store.sessions.create("clamp")
    if prepare == "finalized":
        store.drafts.add(session.id, BASE, parent=None)
        store.sessions.set_state(session.id, "finalized")
    async with workbench(size=NARROW) as pilot:
        pilot.app.screen.set_focus(None)
        await press(pilot, key)
        assert isinstance(pilot.app.screen, WorkbenchScreen)
        assert told in notes(pilot)


@pytest.mark.covers("session.help")
async def test_help_opens_over_the_proposal(refined, session_id):
    async with refined() as pilot:
        await press(pilot, "question_mark")
        assert not isinstance(pilot.app.screen, ProposalScreen)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ProposalScreen)


async def test_a_wish_is_never_markup(workbench: Workbench, store, session_id):
    async with scripted(REFINED), workbench(size=NARROW) as pilot:
        await wish(pilot, "[b]x[/")
        instruction = pilot.app.screen.query_one("#instruction", Static).content
        assert isinstance(instruction, Content)
        assert instruction.plain == "“[b]x[/”"
