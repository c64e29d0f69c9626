"""What the specification pane asks of the store: jobs for :meth:`tui.widgets.pane.Pane.edit`.

Each returns a :class:`Saved`. They run on the desk's thread, never on the one that draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.ir.addresses import index_of, list_of
from engine.lifecycle import editing, moving
from tui.clause_forms import add_form, form, set_form
from tui.diagnostics import clause_diagnostics
from tui.unsaved import Journal, Unsaved
from tui.wording import printable

if TYPE_CHECKING:
    from engine.ir.models import IR
    from engine.sessions.store import SessionStore

Job = Callable[["SessionStore", str, str], "Saved"]


@dataclass(frozen=True)
class Saved:
    """What became of an edit.

    Attributes:
        session_id: the session that was edited.
        draft: id of the draft that says what the user wrote.
        note: what to tell the user; empty when the screen shows it anyway.
        unsaved: the text that is saved now, if one was being edited.
        address: the clause to go to.
    """

    session_id: str
    draft: int
    note: str = ""
    unsaved: Unsaved | None = None
    address: str = ""


def save_unsaved(journal: Journal, unsaved: Unsaved) -> Job:
    """Save what was typed, be it the whole specification or one clause."""

    def job(store: SessionStore, session_id: str, author: str) -> Saved:
        if unsaved.address:
            change = add_form if unsaved.adding else set_form
            provenance = editing.by_hand(author)
            edited = editing.edit(
                store,
                session_id,
                lambda ir: change(ir, unsaved.address, unsaved.text, provenance),
                base=unsaved.base,
                author=author,
                reason="",
            )
        else:
            edited = editing.edit_text(store, session_id, unsaved.text, base=unsaved.base, author=author)
        journal.saved(session_id, unsaved)
        return Saved(session_id, edited.draft.id, _note(edited), unsaved, unsaved.address)

    return job


def remove_clause(base: int, address: str) -> Job:
    """Remove one clause."""

    def job(store: SessionStore, session_id: str, author: str) -> Saved:
        edited = editing.remove_clause(store, session_id, address, base=base, author=author)
        gone = printable(editing.summary(edited.changes))
        return Saved(session_id, edited.draft.id, _note(edited) or f"{_sentence(gone)} Press u to take it back.")

    return job


def move_clause(base: int, address: str, step: int) -> Job:
    """Move one clause up (-1) or down (1) in its list; at the end of it, nothing happens."""

    def job(store: SessionStore, session_id: str, author: str) -> Saved:
        field, index = list_of(address), index_of(address) + step
        ir: IR = store.drafts.get(base).ir
        if not 0 <= index < len(ir.lists()[field]):
            return Saved(session_id, base, address=address)
        edited = editing.move_clause(store, session_id, address, index, base=base, author=author)
        return Saved(session_id, edited.draft.id, _note(edited), address=f"{field}[{index}]")

    return job


def fix_clause(base: int, address: str) -> Job:
    """Carry out what the suggestions for a clause say, where one names a replacement."""

    def job(store: SessionStore, session_id: str, author: str) -> Saved:
        ir: IR = store.drafts.get(base).ir
        found = clause_diagnostics(ir, address, form(ir, address), adding=False)
        fix = next((diagnostic.fix for diagnostic in found if diagnostic.fix is not None), None)
        if fix is None:
            return Saved(
                session_id, base, "There is nothing to fix, or the suggestion leaves it to you.", None, address
            )
        text, provenance = fix.text, editing.by_hand(author)
        edited = editing.edit(
            store, session_id, lambda old: set_form(old, address, text, provenance), base=base, author=author, reason=""
        )
        return Saved(session_id, edited.draft.id, _note(edited), address=address)

    return job


def undo(store: SessionStore, session_id: str, author: str) -> Saved:
    """Go back to the draft before the last change."""
    left = store.drafts.head(session_id)
    draft = moving.undo(store, session_id, author=author)
    what = printable(left.reason) if left is not None and left.reason else "the last change"
    return Saved(session_id, draft.id, f"Undone: {_sentence(what)} Draft {draft.seq} is the head again.")


def redo(store: SessionStore, session_id: str, author: str) -> Saved:
    """Take the last undo back."""
    draft = moving.redo(store, session_id, author=author)
    what = printable(draft.reason) or "the change"
    return Saved(session_id, draft.id, f"Done again: {_sentence(what)} Draft {draft.seq} is the head.")


def _note(edited: editing.Edited) -> str:
    if edited.became_sibling:
        return (
            f"Somebody else has changed the session meanwhile. Yours is kept as draft {edited.draft.seq} beside the "
            f"head: press d to compare the two and to take yours."
        )
    return "" if edited.changes else "It says the same as before, so nothing was saved."


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."
