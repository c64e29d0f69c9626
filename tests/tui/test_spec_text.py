"""The text view of the specification pane: typing, problems in the gutter, saving, the user's own editor, SIGKILL."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets.text_area import Selection

from engine import paths
from engine.ir.text import parse
from engine.lifecycle import editing
from engine.sessions.store import SessionStore
from tests.support.scripts import SPEC
from tests.tui.conftest import NARROW, Workbench, settle
from tests.tui.test_spec_clauses import head, keys, pane, toasts
from tui.unsaved import Journal, Unsaved, read_unsaved
from tui.widgets.spec_text import SpecText

BROKEN = SPEC.replace("ensures(low", "ensures((low")


def text_view(pilot: Pilot[int]) -> SpecText:
    found = pane(pilot).text_view
    assert found is not None
    return found


async def write(pilot: Pilot[int], text: str) -> None:
    """Replace the whole text as typing does."""
    editor = text_view(pilot).editor
    editor.replace(text, (0, 0), editor.document.end)
    await settle(pilot)


def place(pilot: Pilot[int], line: int, column: int) -> None:
    text_view(pilot).editor.selection = Selection.cursor((line - 1, column - 1))


@pytest.mark.covers("spec.view", "text.save", "text.leave", "text.new-line")
async def test_the_text_is_typed_and_saved(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await keys(pilot, "2", "v")
        assert text_view(pilot).text == SPEC
        await keys(pilot, "x")  # a key while reading, not a letter
        assert text_view(pilot).text == SPEC
        await keys(pilot, "enter")
        place(pilot, 3, len("    ensures(low <= result <= high)") + 1)
        await keys(pilot, "enter", *"requires", "left_parenthesis", *"low<=high", "right_parenthesis", "ctrl+s")
        assert head(store, session_id).ir.requires[0].predicate == "low<=high"
        assert head(store, session_id).seq == 2
        assert text_view(pilot).typing
        assert not text_view(pilot).dirty
        await keys(pilot, "escape")
        assert not text_view(pilot).typing
        await keys(pilot, "v")
        assert [line.row.address for line in pane(pilot).clauses.lines][5] == "requires[0]"


async def test_clauses_that_stay_keep_their_provenance(workbench: Workbench, store: SessionStore):
    session = store.sessions.create("Clamp.")
    ir = editing.stamped(parse(SPEC), editing.by_hand("eve"))
    store.drafts.add(session.id, ir, parent=None)
    async with workbench() as pilot:
        await keys(pilot, "2", "v", "enter")
        await write(pilot, SPEC.replace("== 10", "== 9"))
        await keys(pilot, "ctrl+s")
    authors = {address: clause.provenance.author for address, clause in head(store, session.id).ir.clauses()}  # type: ignore[union-attr]
    assert authors["examples[0]"] == "ada"
    assert authors["ensures[0]"] == "eve"


async def test_leaving_saves_what_can_be_read(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        await keys(pilot, "2", "v", "enter")
        await write(pilot, SPEC.replace("15", "16"))
        await keys(pilot, "escape")
        assert head(store, session_id).ir.examples[0].call == "clamp(16, 0, 10)"


async def test_leaving_keeps_what_cannot_be_read(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        await keys(pilot, "2", "v", "enter")
        await write(pilot, BROKEN)
        await keys(pilot, "escape", "v")
        assert head(store, session_id).seq == 1
        assert "line 3" in toasts(pilot)
        assert "changes that are not saved: v shows them" in str(pane(pilot).query_one("#spec-note").render())
        await keys(pilot, "e")  # no clause is edited beside it
        assert pane(pilot).clause_editor is None
        await keys(pilot, "v")
        assert text_view(pilot).text == BROKEN


@pytest.mark.covers("text.next-problem", "text.fix")
async def test_problems_stand_in_the_gutter_and_are_fixed(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        await keys(pilot, "2", "v", "enter")
        await write(pilot, SPEC.replace("<= result", "<= resul").replace("value: int", "value: integer"))
        place(pilot, 2, 1)
        editor = text_view(pilot).editor
        gutters = [editor.render_line(y).text[: editor.gutter_width].rstrip() for y in range(4)]
        assert gutters == ["1✗", "2", "3✗", "4"]
        await keys(pilot, "ctrl+n")
        assert editor.cursor_location == (2, 19)
        said = str(text_view(pilot).query_one("#problem").render())
        assert "`resul` is not known here. Did you mean `result`? ctrl+f writes result" in said
        await keys(pilot, "ctrl+f", "ctrl+n")
        assert editor.cursor_location == (0, 17)
        await keys(pilot, "ctrl+f")
        assert text_view(pilot).text == SPEC
        assert not editor.problems
        assert editor.render_line(0).text[: editor.gutter_width].rstrip() == "1"


@pytest.mark.covers("text.down", "text.up", "text.last")
async def test_reading_moves_with_letters_and_jumps_between_problems(workbench: Workbench, store: SessionStore):
    session = store.sessions.create("Clamp.")
    store.drafts.add(session.id, parse(SPEC.replace("<= result", "<= resul")), parent=None)
    async with workbench() as pilot:
        await keys(pilot, "2", "v", "j", "j", "k")
        editor = text_view(pilot).editor
        assert editor.cursor_location[0] == 1
        await keys(pilot, "G")
        assert editor.cursor_location == editor.document.end
        await keys(pilot, "right_square_bracket")
        assert editor.cursor_location == (2, 19)
        await keys(pilot, "ctrl+f")
        assert head(store, session.id).ir.ensures[0].predicate == "low <= result <= high"


@pytest.mark.covers("text.redo")
async def test_typing_is_undone_and_redone_without_touching_drafts(
    workbench: Workbench, store: SessionStore, session_id: str
):
    async with workbench() as pilot:
        await keys(pilot, "2", "v", "enter", "x", "ctrl+z")
        assert text_view(pilot).text == SPEC
        await keys(pilot, "ctrl+r")
        assert text_view(pilot).text == "x" + SPEC
        assert head(store, session_id).seq == 1


async def test_typing_goes_on_while_a_save_is_under_way(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        await keys(pilot, "2", "v", "enter")
        await write(pilot, SPEC.replace("15", "16"))
        await pilot.press("ctrl+s", "end")
        editor = text_view(pilot).editor
        editor.insert("\n", editor.document.end)
        editor.insert("#", editor.document.end)
        await settle(pilot)
        assert head(store, session_id).seq == 2
        assert text_view(pilot).text.endswith("#")
        assert text_view(pilot).dirty
        await write(pilot, SPEC.replace("15", "17"))
        await keys(pilot, "ctrl+s")
        assert head(store, session_id).ir.examples[0].call == "clamp(17, 0, 10)"
        assert not head(store, session_id).became_sibling


async def test_text_beside_somebody_elses_change_is_kept_and_told(
    workbench: Workbench, store: SessionStore, session_id: str
):
    async with workbench() as pilot:
        await keys(pilot, "2", "v", "enter")
        await write(pilot, SPEC.replace("15", "16"))
        editing.edit_clause(store, session_id, "intent.summary", "Theirs.", author="bob")
        pilot.app.screen.open_session(session_id)  # type: ignore[attr-defined]
        await settle(pilot)
        assert text_view(pilot).text == SPEC.replace("15", "16")
        assert "has changed since you began" in str(pane(pilot).query_one("#spec-note").render())
        await keys(pilot, "ctrl+s")
        assert store.drafts.by_seq(session_id, 3).became_sibling
        assert "kept as draft 3 beside the head" in toasts(pilot)


async def test_a_session_without_a_draft_is_written_by_hand(workbench: Workbench, store: SessionStore):
    session = store.sessions.create("Clamp a value.")
    async with workbench() as pilot:
        await keys(pilot, "2", "v")
        assert text_view(pilot).typing
        assert '"""Clamp a value."""' in text_view(pilot).text
        await write(pilot, SPEC)
        await keys(pilot, "escape")
        assert head(store, session.id).ir_text == SPEC


# What is not saved ---------------------------------------------------------------------------


async def test_what_is_typed_survives_the_terminal(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        await keys(pilot, "2", "v", "enter", "x")
        assert read_unsaved(session_id, None) == Unsaved("x" + SPEC, head(store, session_id).id)
    async with workbench() as pilot:  # as after SIGKILL: nothing but the file and the store
        assert text_view(pilot).text == "x" + SPEC
        assert "typed this and not saved it: ctrl+s saves" in str(pane(pilot).query_one("#spec-note").render())
        await write(pilot, SPEC.replace("15", "16"))
        await keys(pilot, "2", "ctrl+s")
        assert head(store, session_id).ir.examples[0].call == "clamp(16, 0, 10)"
    assert not (paths.state_dir() / "unsaved" / f"{session_id}.json").exists()


async def test_a_clause_being_typed_survives_too(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        pane(pilot).go_to("ensures[0]")
        await keys(pilot, "2", "e", "space", "1")
    async with workbench() as pilot:
        editor = pane(pilot).clause_editor
        assert editor is not None
        assert (editor.address, editor.text) == ("ensures[0]", "low <= result <= high 1")
        assert "enter saves it" in str(pane(pilot).query_one("#spec-note").render())
        await keys(pilot, "2", "backspace", "backspace", *" + 1", "enter")
        assert head(store, session_id).ir.ensures[0].predicate == "low <= result <= high + 1"
    assert read_unsaved(session_id, None) is None


@pytest.mark.covers("spec.drop")
async def test_what_is_typed_can_be_dropped(workbench: Workbench, store: SessionStore, session_id: str):
    async with workbench() as pilot:
        await keys(pilot, "2", "x")
        assert "Everything is saved" in toasts(pilot)
        await keys(pilot, "v", "enter")
        await write(pilot, BROKEN)
        await keys(pilot, "escape", "x", "n")
        assert text_view(pilot).text == BROKEN
        await keys(pilot, "x", "y")
        assert text_view(pilot).text == SPEC
    assert read_unsaved(session_id, None) is None


async def test_another_session_does_not_get_the_text(workbench: Workbench, store: SessionStore, session_id: str):
    other = store.sessions.create("Another.")
    store.drafts.add(other.id, parse(SPEC.replace("clamp", "other")), parent=None)
    async with workbench() as pilot:
        screen = pilot.app.screen
        screen.open_session(session_id)  # type: ignore[attr-defined]
        await keys(pilot, "2", "v", "enter")
        await write(pilot, BROKEN)
        screen.open_session(other.id)  # type: ignore[attr-defined]
        await settle(pilot)
        assert text_view(pilot).text == SPEC.replace("clamp", "other")
        assert not text_view(pilot).typing
        screen.open_session(session_id)  # type: ignore[attr-defined]
        await settle(pilot)
        assert text_view(pilot).text == BROKEN
        assert read_unsaved(other.id, None) is None


async def test_a_clause_of_an_older_draft_is_given_back_as_it_was(
    workbench: Workbench, store: SessionStore, session_id: str
):
    journal = Journal()
    journal.keep(session_id, Unsaved("result >= low", head(store, session_id).id, "ensures[0]"))
    journal.flush()
    editing.remove_clause(store, session_id, "ensures[0]", author="bob")
    async with workbench() as pilot:
        await keys(pilot, "2", "enter")
        mine = store.drafts.by_seq(session_id, 3)
        assert mine.became_sibling
        assert mine.ir.ensures[0].predicate == "result >= low"
        assert "beside the head" in toasts(pilot)


# The user's own editor -----------------------------------------------------------------------


@pytest.fixture
def own_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Sets ``$EDITOR`` to a program that replaces one text by another; the app hands the terminal over in name only."""

    def use(old: str, new: str, status: int = 0) -> None:
        program = tmp_path / "editor.py"
        program.write_text(
            "import pathlib, sys\np = pathlib.Path(sys.argv[1])\n"
            f"p.write_text(p.read_text().replace({old!r}, {new!r}))\nsys.exit({status})\n"
        )
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("EDITOR", f"{sys.executable} {program}")
        monkeypatch.setattr("textual.app.App.suspend", lambda _: contextlib.nullcontext())

    return use


@pytest.mark.covers("spec.editor", "text.editor")
async def test_the_own_editor_comes_back_with_the_change(
    workbench: Workbench, store: SessionStore, session_id: str, own_editor
):
    own_editor("15", "16")
    async with workbench() as pilot:
        await keys(pilot, "2", "ctrl+e")
        assert head(store, session_id).ir.examples[0].call == "clamp(16, 0, 10)"
        own_editor("16", "17")
        await keys(pilot, "enter", "ctrl+e")  # while typing
        assert head(store, session_id).ir.examples[0].call == "clamp(17, 0, 10)"
        own_editor("nothing", "to replace")
        await keys(pilot, "ctrl+e")
        assert "Nothing was changed" in toasts(pilot)


async def test_a_mistake_made_in_the_own_editor_is_kept(
    workbench: Workbench, store: SessionStore, session_id: str, own_editor
):
    own_editor("ensures(low", "ensures((low")
    async with workbench() as pilot:
        await keys(pilot, "2", "ctrl+e")
        assert head(store, session_id).seq == 1
        assert text_view(pilot).text == BROKEN
        assert text_view(pilot).editor.problems[0].line == 3
        assert read_unsaved(session_id, None) == Unsaved(BROKEN, head(store, session_id).id)


async def test_an_editor_that_fails_is_told(workbench: Workbench, store: SessionStore, session_id: str, own_editor):
    own_editor("15", "16", status=3)
    async with workbench() as pilot:
        await keys(pilot, "2", "ctrl+e")
        assert head(store, session_id).seq == 1
        assert "editor did not work" in toasts(pilot)
