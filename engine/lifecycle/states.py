"""The states of a session: draft, finalized, abandoned."""

from __future__ import annotations

from engine.ir.validate import validate
from engine.lifecycle.errors import StillOpen
from engine.lifecycle.finding import find_draft
from engine.sessions.errors import NotAllowed
from engine.sessions.records import Session
from engine.sessions.store import SessionStore


def require_editable(store: SessionStore, session_id: str) -> Session:
    """The session, if its specification may be changed.

    Raises:
        NoSuchRecord: there is no such session.
        NotAllowed: it is finalized, abandoned or deleted.
    """
    session = store.sessions.get(session_id)
    if session.deleted_at is not None:
        raise NotAllowed(f"Session {session_id} is deleted.", f"Bring it back: lift session undelete {session_id}")
    if session.state != "draft":
        raise NotAllowed(f"Session {session_id} is {session.state}.", f"Reopen it: lift session reopen {session_id}")
    return session


def finalize(store: SessionStore, session_id: str, *, author: str = "", reason: str = "") -> Session:
    """Sign the head draft off; from then on the session cannot be edited until it is reopened.

    Raises:
        StillOpen: it has open holes or errors; each is named.
        NoSuchRecord: there is no specification yet.
        NotAllowed: the session is finalized already, abandoned or deleted.
    """
    with store.transaction():
        require_editable(store, session_id)
        ir = find_draft(store, session_id).ir
        problems = [problem for problem in validate(ir) if problem.severity == "error"]
        if ir.holes or problems:
            raise StillOpen(session_id, ir.holes, problems)
        return store.sessions.set_state(session_id, "finalized", author=author, reason=reason)


def reopen(store: SessionStore, session_id: str, *, author: str = "", reason: str = "") -> Session:
    """Make a finalized or abandoned session editable again.

    Raises:
        NotAllowed: it is open, or deleted.
    """
    with store.transaction():
        if store.sessions.get(session_id).state == "draft":
            raise NotAllowed(f"Session {session_id} is open already.", f"Edit it: lift session edit {session_id}")
        return store.sessions.set_state(session_id, "draft", author=author, reason=reason)


def abandon(store: SessionStore, session_id: str, *, author: str = "", reason: str = "") -> Session:
    """Put a session aside without deleting it; :func:`reopen` takes it up again.

    Raises:
        NotAllowed: it is abandoned already, or deleted.
    """
    with store.transaction():
        if store.sessions.get(session_id).state == "abandoned":
            raise NotAllowed(f"Session {session_id} is abandoned already.", f"lift session reopen {session_id}")
        return store.sessions.set_state(session_id, "abandoned", author=author, reason=reason)
