"""What people mean when they name a session or a draft."""

from __future__ import annotations

from engine.sessions.errors import NoSuchRecord
from engine.sessions.listing import Filter
from engine.sessions.records import Draft, Session
from engine.sessions.store import SessionStore

LATEST = frozenset({"@", "last"})
"""What stands for the session that was changed last."""


def find_session(store: SessionStore, typed: str, *, deleted: bool = False) -> Session:
    """The session with this id, or the unique start of it; ``@`` or ``last`` for the most recent one.

    Args:
        deleted: ``@`` means the session that was deleted last.

    Raises:
        NoSuchRecord: there is none.
        AmbiguousId: several ids start like that.
    """
    if typed.strip().lower() not in LATEST:
        return store.sessions.find(typed)
    if deleted:
        gone = [(s.deleted_at, s.num, s) for s in store.listing.all(Filter(deleted=True)) if s.deleted_at]
        found = max(gone)[-1] if gone else None
    else:
        found = next(iter(store.listing.page(limit=1).items), None)
    if found is None:
        kind = "deleted session" if deleted else "session yet"
        raise NoSuchRecord(f"There is no {kind}.", 'Begin one: lift session new "what the function should do"')
    return found


def find_draft(store: SessionStore, session_id: str, number: int | None = None) -> Draft:
    """The draft with this number, or the head.

    Raises:
        NoSuchRecord: there is no such draft, or no draft at all.
    """
    if number is not None:
        return store.drafts.by_seq(session_id, number)
    head = store.drafts.head(session_id)
    if head is None:
        raise NoSuchRecord(
            f"Session {session_id} has no specification yet.",
            f"Let the model draft one: lift run --resume {session_id} - or write it: lift session edit {session_id}",
        )
    return head
