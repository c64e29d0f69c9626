"""Moving the head of a session: undo, redo, and choosing among drafts."""

from __future__ import annotations

from engine.lifecycle.finding import find_draft
from engine.lifecycle.states import require_editable
from engine.sessions.records import Draft, Session
from engine.sessions.store import SessionStore


def undo(store: SessionStore, session_id: str, *, author: str = "") -> Draft:
    """Go back to the draft before the last change; returns it.

    Raises:
        NothingToUndo: there is none.
        NotAllowed: the session is finalized, abandoned or deleted.
    """
    with store.transaction():
        require_editable(store, session_id)
        return store.drafts.get(store.heads.undo(session_id, author=author))


def redo(store: SessionStore, session_id: str, *, author: str = "") -> Draft:
    """Take the last undo back; returns the draft that is the head now.

    Raises:
        NothingToUndo: nothing was undone since the last change.
        NotAllowed: the session is finalized, abandoned or deleted.
    """
    with store.transaction():
        require_editable(store, session_id)
        return store.drafts.get(store.heads.redo(session_id, author=author))


def select(store: SessionStore, session_id: str, number: int, *, author: str = "") -> Draft:
    """Make the draft with this number the head, for instance a sibling; undo leads back.

    Raises:
        NoSuchRecord: there is no such draft.
        NotAllowed: the session is finalized, abandoned or deleted.
    """
    with store.transaction():
        require_editable(store, session_id)
        draft = find_draft(store, session_id, number)
        store.heads.select(session_id, draft.id, author=author)
        return draft


def fork(
    store: SessionStore, session_id: str, number: int | None = None, *, author: str = "", title: str = ""
) -> Session:
    """Begin a new session from a draft (the head when not given); the old one stays as it is.

    Raises:
        NoSuchRecord: there is no such draft, or none at all.
    """
    return store.sessions.fork(find_draft(store, session_id, number).id, author=author, title=title)
