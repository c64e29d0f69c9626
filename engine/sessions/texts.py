"""The texts of a session: prompts, drafts in their text form, and code, numbered per kind."""

from __future__ import annotations

from engine.sessions.database import Database
from engine.sessions.errors import NoSuchRecord, NotAllowed
from engine.sessions.records import TextKind


def add_text(db: Database, session_id: str, kind: TextKind, body: str, *, author: str, now_ms: int) -> int:
    """Store a text inside the caller's transaction and return its id."""
    seq: int = db.scalar(
        "SELECT coalesce(max(seq), 0) + 1 FROM texts WHERE session_id = ? AND kind = ?", (session_id, kind)
    )
    return db.insert(
        "texts",
        {
            "session_id": session_id,
            "kind": kind,
            "seq": seq,
            "author": author,
            "body": body,
            "created_at": now_ms,
        },
    )


def require_session(db: Database, session_id: str, *, deleted: bool = False) -> None:
    """Make sure that the session is there, and not deleted (or, with ``deleted``, that it is).

    Raises:
        NoSuchRecord: there is no such session.
        NotAllowed: it is deleted (or is not).
    """
    row = db.row("SELECT deleted_at IS NOT NULL AS gone FROM sessions WHERE id = ?", (session_id,))
    if row is None:
        raise NoSuchRecord(f"There is no session {session_id}.", "List the sessions to find its id.")
    if row["gone"] and not deleted:
        raise NotAllowed(f"Session {session_id} is deleted.", "Bring it back first: undelete it.")
    if deleted and not row["gone"]:
        raise NotAllowed(f"Session {session_id} is not deleted.", "Delete it first.")
