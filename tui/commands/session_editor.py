"""Editing the text form in the user's own editor, without ever losing what was typed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from engine.errors import LiftError, SpecSyntaxError, UsageError
from engine.lifecycle.editing import Edited, edit_text
from engine.lifecycle.states import require_editable
from engine.sessions.records import Session
from tui.external_editor import first_text, open_editor, write_file

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore


def edit_in_editor(
    store: SessionStore, session: Session, base: int | None, *, author: str, reason: str, ask: bool
) -> Edited:
    """Let the user edit the draft ``base`` and save what comes back.

    The text lies in a file of its own until it is saved. A mistake in it is named with its place;
    on a terminal the editor can be opened again.

    Args:
        base: id of the draft to edit; None for a session without any.
        ask: whether questions may be asked.

    Raises:
        UsageError: the text has a mistake; the message says where the text is kept.
        LiftError: it could not be saved; where the text is kept is printed.
    """
    require_editable(store, session.id)
    draft = store.drafts.get(base) if base is not None else None
    before = draft.ir_text if draft else first_text(session.title)
    path = write_file(session.id, before)
    again = f"lift session edit {session.id} --file {path}" + (f" --base {draft.seq}" if draft else "")
    kept = f"Your text is kept. Correct it and save it with: {again}"
    while True:
        try:
            text = open_editor(path)
            if draft is None and text == before:
                path.unlink()
                raise UsageError("Nothing was written, so nothing was saved.")
            edited = edit_text(store, session.id, text, base=base, author=author, reason=reason)
        except SpecSyntaxError as error:
            if ask and sys.stdin.isatty() and sys.stdout.isatty():
                click.echo(f"{error}", err=True)
                if click.confirm("Open it again?", default=True):
                    continue
            raise UsageError(f"{path}: {error}", kept) from None
        except LiftError:
            if path.exists():
                click.echo(kept, err=True)
            raise
        path.unlink()
        return edited
