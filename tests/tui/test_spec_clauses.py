"""The clauses of the specification pane: moving, editing in place, adding, removing, undoing."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from engine.ir.text import parse
from engine.lifecycle import editing
from engine.lifecycle.states import finalize
from engine.sessions.records import Draft
from engine.sessions.store import SessionStore
from tests.support.scripts import SPEC
from tests.tui.conftest import MEDIUM, NARROW, Workbench, settle
from tui.widgets.clause_editor import ClauseField
from tui.widgets.spec_pane import SpecPane

LONG = '''\
def clamp(value: int, low: int, high: int) -> int:
    """Clamp a value between two bounds."""
    requires(low <= high)
    requires(low >= 0, "never negative, because the callers count things and a count below nothing is no count at all")
    ensures(low <= result <= high)
    ensures(resul >= 0)
    example(clamp(15, 0, 10) == 10)
    example(clamp(5, 0, 10) == 5)
    example(clamp(-5, 0, 10) == 0)
'''


def pane(pilot: Pilot[int]) -> SpecPane:
    return pilot.app.screen_stack[0].query_one(SpecPane)


def addresses(pilot: Pilot[int]) -> list[str]:
    return [line.row.address for line in pane(pilot).clauses.lines]


def address(pilot: Pilot[int]) -> str:
    row = pane(pilot).clauses.row
    assert row is not None
    return row.address


def head(store: SessionStore, session_id: str) -> Draft:
    draft = store.drafts.head(session_id)
    assert draft is not None
    return draft


def toasts(pilot: Pilot[int]) -> str:
    return "\n".join(f"{note.title} {note.message}" for note in pilot.app._notifications)


async def keys(pilot: Pilot[int], *pressed: str) -> None:
    for key in pressed:
        await pilot.press(key)
        await settle(pilot)


async def type_over(pilot: Pilot[int], text: str) -> None:
    """Replace what is in the clause's field."""
    field = pilot.app.screen.query_one(ClauseField)
    field.text = text
    await settle(pilot)


@pytest.fixture
def long_id(store: SessionStore) -> str:
    session = store.sessions.create("Clamp a value between low and high.")
    store.drafts.add(session.id, parse(LONG), parent=None, source="agent")
    return session.id


@pytest.mark.covers(
    "clauses.down", "clauses.up", "clauses.first", "clauses.last", "clauses.page-down", "clauses.page-up"
)
async def test_the_cursor_moves_through_all_clauses(workbench: Workbench, long_id: str):
    async with workbench(size=NARROW) as pilot:
        await keys(pilot, "2")
        rows = addresses(pilot)
        assert rows[0] == "intent"
        assert rows[-1] == "examples[2]"
        assert len(rows) == 12
        await keys(pilot, "j", "down")
        assert address(pilot) == rows[2]
        await keys(pilot, "k", "up", "up")
        assert address(pilot) == rows[0]
        await keys(pilot, "G")
        assert address(pilot) == rows[-1]
        await keys(pilot, "home", "pagedown")
        assert address(pilot) not in (rows[0], rows[1])
        await keys(pilot, "end", "pageup")
        assert address(pilot) not in (rows[-1], rows[-2])


async def test_a_long_clause_is_wrapped_and_all_of_it_stands_there(workbench: Workbench, long_id: str):
    async with workbench(size=MEDIUM) as pilot:
        await keys(pilot, "2")
        line = next(line for line in pane(pilot).clauses.lines if line.row.address == "requires[1]")
        shown = line.render()
        assert "a count below nothing is no count at all" in " ".join(shown.plain.split())
        assert shown.plain.count("\n") + 1 == line.size.height
        assert max(len(text) for text in shown.plain.split("\n")) <= line.size.width


@pytest.mark.covers("spec.next-problem", "spec.previous-problem", "spec.fix")
async def test_problems_are_marked_reached_and_fixed(workbench: Workbench, store: SessionStore, long_id: str):
    async with workbench() as pilot:
        await keys(pilot, "2", "right_square_bracket")
        assert address(pilot) == "ensures[1]"
        assert "✗ `resul` is not known here. Did you mean `result`?" in pane(pilot).clauses.lines[8].render().plain
        await keys(pilot, "home", "left_square_bracket")
        assert address(pilot) == "ensures[1]"
        await keys(pilot, "ctrl+f")
        assert head(store, long_id).ir.ensures[1].predicate == "result >= 0"
        assert head(store, long_id).ir.ensures[1].provenance.source == "human"  # type: ignore[union-attr]
        await keys(pilot, "right_square_bracket")
        assert "no problem" in toasts(pilot)


@pytest.mark.covers("spec.edit", "clause.save")
@pytest.mark.parametrize("key", ["enter", "e"])
async def test_a_clause_is_edited_in_place(workbench: Workbench, store: SessionStore, session_id: str, key: str):
    async with workbench() as pilot:
        await keys(pilot, "2", "j", "j", "j", "j", "j", key)
        field = pilot.app.screen.query_one(ClauseField)
        assert field.text == "low <= result <= high"
        await keys(pilot, "backspace", "backspace", "backspace", "backspace", *"hihg", "enter")
        assert head(store, session_id).ir.ensures[0].predicate == "low <= result <= hihg"
        assert head(store, session_id).author == "ada"
        assert not pilot.app.screen.query(ClauseField)
        assert address(pilot) == "ensures[0]"
        assert "Did you mean `high`?" in pane(pilot).clauses.lines[5].render().plain


@pytest.mark.covers("clause.fix")
async def test_a_clause_is_checked_while_it_is_typed(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        pane(pilot).go_to("ensures[0]")
        await keys(pilot, "2", "e")
        await type_over(pilot, "low = result")
        said = str(pilot.app.screen.query_one("#found").render())
        assert "does not compare" in said
        assert "ctrl+f writes low == result" in said
        await keys(pilot, "ctrl+f")
        assert pilot.app.screen.query_one(ClauseField).text == "low == result"
        assert "✗" not in str(pilot.app.screen.query_one("#found").render())
        assert head(store, session_id).seq == 1


async def test_what_is_no_clause_is_not_saved_and_not_lost(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        pane(pilot).go_to("ensures[0]")
        await keys(pilot, "2", "e")
        await type_over(pilot, "low <= (result")
        await keys(pilot, "enter")
        assert head(store, session_id).seq == 1
        assert pilot.app.screen.query_one(ClauseField).text == "low <= (result"
        assert "never closed" in toasts(pilot)


@pytest.mark.covers("clause.give-up", "clause.new-line")
async def test_escape_leaves_the_clause_as_it_was(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        await keys(pilot, "2", "e", "x", "ctrl+j", "y", "escape")
        assert not pilot.app.screen.query(ClauseField)
        assert pane(pilot).clauses.has_focus
        assert store.drafts.head(session_id).seq == 1  # type: ignore[union-attr]
        await keys(pilot, "e", "ctrl+j", "ctrl+j", *"Why", "enter")
        assert head(store, session_id).ir.intent.rationale == "Why"


@pytest.mark.covers(
    "spec.add", "kind.give-up", "kind.down", "kind.up", "kind.parameter", "kind.requires", "kind.ensures",
    "kind.raises", "kind.effect", "kind.example", "kind.hole",
)  # fmt: skip
async def test_a_clause_of_each_kind_can_be_added(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await keys(pilot, "2", "a", "escape")
        assert not pilot.app.screen.query(ClauseField)
        texts = {
            "q": "low <= high", "r": "ValueError, low > high", "f": "writes the log file", "x": "clamp(1, 2, 3) == 2",
            "h": '"nan", ask="Reject NaN?"', "p": 'strict: bool = False, "whether to raise"', "e": "result <= high",
        }  # fmt: skip
        for letter, text in texts.items():
            await keys(pilot, "a", letter)
            await type_over(pilot, text)
            await keys(pilot, "enter")
        ir = head(store, session_id).ir
        assert ir.requires[0].predicate == "low <= high"
        assert ir.raises[0].condition == "low > high"
        assert ir.effects[0].description == "writes the log file"
        assert ir.examples[1].result == "2"
        assert ir.holes[0].description == "Reject NaN?"
        assert ir.signature.parameters[3].description == "whether to raise"
        assert ir.ensures[1].predicate == "result <= high"
        assert head(store, session_id).seq == 8
        await keys(pilot, "home", "a", "j", "k", "enter")  # the list begins at ensures
        assert pane(pilot).clause_editor.kind == "ensures"  # type: ignore[union-attr]


async def test_a_new_clause_goes_below_the_one_under_the_cursor(
    workbench: Workbench, store: SessionStore, long_id: str
):
    async with workbench() as pilot:
        pane(pilot).go_to("examples[0]")
        await keys(pilot, "2", "a", "x")
        await type_over(pilot, "clamp(7, 0, 10) == 7")
        await keys(pilot, "enter")
        assert [example.result for example in head(store, long_id).ir.examples] == ["10", "7", "5", "0"]
        assert address(pilot) == "examples[1]"


@pytest.mark.covers("spec.delete", "spec.move-down", "spec.move-up", "draft.undo", "draft.redo")
async def test_removing_moving_undo_and_redo(workbench: Workbench, store: SessionStore, long_id: str):
    def results() -> list[str]:
        return [example.result for example in head(store, long_id).ir.examples]

    async with workbench() as pilot:
        pane(pilot).go_to("examples[0]")
        await keys(pilot, "2", "J")
        assert (results(), address(pilot)) == (["5", "10", "0"], "examples[1]")
        await keys(pilot, "K", "K")
        assert (results(), address(pilot)) == (["10", "5", "0"], "examples[0]")
        await keys(pilot, "D")
        assert results() == ["5", "0"]
        assert "removed example(clamp(15, 0, 10) == 10). Press u" in toasts(pilot)
        await keys(pilot, "u")
        assert results() == ["10", "5", "0"]
        assert "Undone: removed example(clamp(15, 0, 10) == 10)." in toasts(pilot)
        await keys(pilot, "ctrl+r")
        assert results() == ["5", "0"]
        assert "Done again: removed" in toasts(pilot)
        assert addresses(pilot)[-1] == "examples[1]"
        await keys(pilot, "u", "u", "u", "u")
        assert results() == ["10", "5", "0"]
        assert "nothing to undo" in toasts(pilot)


async def test_keys_that_come_faster_than_the_store_build_on_each_other(
    workbench: Workbench, store: SessionStore, long_id: str
):
    async with workbench() as pilot:
        pane(pilot).go_to("examples[0]")
        await keys(pilot, "2")
        await pilot.press("J", "J", "D")
        await settle(pilot)
        assert [example.result for example in head(store, long_id).ir.examples] == ["5", "0"]
        assert not any(draft.became_sibling for draft in store.drafts.list(long_id))
        pane(pilot).go_to("ensures[0]")
        await keys(pilot, "e", "space", "plus", "1")
        await pilot.press("enter", "enter")
        await settle(pilot)
        assert head(store, long_id).ir.ensures[0].predicate == "low <= result <= high +1"
        assert not any(draft.became_sibling for draft in store.drafts.list(long_id))


async def test_intent_and_header_cannot_be_removed(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        await keys(pilot, "2", "D", "j", "K")
        assert head(store, session_id).seq == 1
        assert "intent can be edited" in toasts(pilot)
        assert "signature has its place" in toasts(pilot)


async def test_an_edit_beside_somebody_elses_is_kept_and_told(
    workbench: Workbench, store: SessionStore, session_id: str
):
    async with workbench() as pilot:
        pane(pilot).go_to("ensures[0]")
        await keys(pilot, "2", "e")
        await type_over(pilot, "result >= low")
        editing.edit_clause(store, session_id, "intent.summary", "Theirs.", author="bob")
        await keys(pilot, "enter")
        assert head(store, session_id).ir.intent.summary == "Theirs."
        mine = store.drafts.by_seq(session_id, 3)
        assert mine.became_sibling
        assert mine.ir.ensures[0].predicate == "result >= low"
        assert "kept as draft 3 beside the head" in toasts(pilot)


async def test_a_live_refresh_leaves_what_is_typed_alone(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        pane(pilot).go_to("ensures[0]")
        await keys(pilot, "2", "e")
        await type_over(pilot, "result >= low")
        editing.edit_clause(store, session_id, "intent.summary", "Theirs.", author="bob")
        pilot.app.screen.open_session(session_id)  # type: ignore[attr-defined]
        await settle(pilot)
        assert pane(pilot).clauses.lines[0].row.text == "Theirs."
        assert pilot.app.screen.query_one(ClauseField).text == "result >= low"
        assert pilot.app.screen.query_one(ClauseField).has_focus


async def test_a_finalized_session_is_not_edited(workbench: Workbench, store: SessionStore, session_id: str):
    finalize(store, session_id)
    async with workbench() as pilot:
        await keys(pilot, "2", "e", "D", "a", "v", "enter")
        assert not pilot.app.screen.query(ClauseField)
        assert pilot.app.screen is pilot.app.screen_stack[0]
        assert not pane(pilot).text_view.typing  # type: ignore[union-attr]
        assert "Press F to reopen it" in toasts(pilot)
        assert head(store, session_id).seq == 1


@pytest.mark.covers("spec.head")
async def test_an_older_draft_is_only_shown(workbench: Workbench, store: SessionStore, session_id: str):
    editing.edit_clause(store, session_id, "intent.summary", "Newer.")
    async with workbench() as pilot:
        pilot.app.screen.open_session(session_id, 1)  # type: ignore[attr-defined]
        await keys(pilot, "2", "e")
        assert not pilot.app.screen.query(ClauseField)
        assert "draft 1, not the newest. b shows" in str(pane(pilot).query_one("#spec-note").render())
        await keys(pilot, "b")
        assert pane(pilot).clauses.lines[0].row.text == "Newer."
        assert not pane(pilot).query_one("#spec-note").display


async def test_an_empty_pane_names_the_next_key(workbench: Workbench, store: SessionStore):
    session = store.sessions.create("Clamp.")
    async with workbench() as pilot:
        pilot.app.screen.open_session(session.id)  # type: ignore[attr-defined]
        await keys(pilot, "2")
        assert "Press g" in str(pane(pilot).query_one("#spec-empty").render())
        assert pane(pilot).has_focus_within


async def test_the_pane_copies_the_text_form(workbench: Workbench, session_id: str):
    async with workbench() as pilot:
        await keys(pilot, "2")
        assert pane(pilot).copy_text() == SPEC
