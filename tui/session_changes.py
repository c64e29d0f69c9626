"""Changes of a session as the list makes them; each knows how to take itself back.

All functions here run on the desk (:mod:`tui.desk`), in one transaction each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.sessions.records import Session
    from engine.sessions.store import SessionStore


@dataclass(frozen=True)
class Change:
    """Something that was done to a session.

    Attributes:
        session: its record, after the change.
        note: what happened, for the user.
        undo: takes it back; may raise what the store raises.
        undone: what to tell the user then.
    """

    session: Session
    note: str
    undo: Callable[[SessionStore], Session]
    undone: str


Maker = Callable[["SessionStore", str, str], Change]
"""Changes a session: gets the store, the session's id and the author's name."""


def rename(title: str) -> Maker:
    """Give a session another title.

    Raises, when called:
        NotAllowed: the title is empty, or the session is deleted.
    """

    def make(store: SessionStore, session_id: str, author: str) -> Change:
        with store.transaction():
            before = store.sessions.get(session_id)
            after = store.sessions.rename(session_id, title, author=author)
        return Change(
            after,
            f"Renamed; it was “{before.title}”.",
            lambda store: store.sessions.rename(session_id, before.title, author=author),
            f"It is “{before.title}” again.",
        )

    return make


def retag(tags: Sequence[str]) -> Maker:
    """Let a session have exactly these tags.

    Raises, when called:
        NotAllowed: a tag is not one word of the characters that are allowed, or the session is deleted.
    """

    def make(store: SessionStore, session_id: str, author: str) -> Change:
        before = store.sessions.get(session_id).tags
        after = _set_tags(store, session_id, tags, author)
        return Change(
            after,
            f"Tags: {' '.join(after.tags) or 'none'}.",
            lambda store: _set_tags(store, session_id, before, author),
            f"Tags: {' '.join(before) or 'none'}, as before.",
        )

    return make


def delete_or_restore(store: SessionStore, session_id: str, author: str) -> Change:
    """Delete a session, or bring a deleted one back."""
    with store.transaction():
        deleted = store.sessions.get(session_id).deleted_at is not None
        away = lambda store: store.sessions.delete(session_id, author=author)  # noqa: E731
        back = lambda store: store.sessions.undelete(session_id, author=author)  # noqa: E731
        if deleted:
            after = back(store)
            return Change(after, f"“{after.title}” is back.", away, f"“{after.title}” is deleted again.")
        after = away(store)
        return Change(after, f"Deleted “{after.title}”. u brings it back.", back, f"“{after.title}” is back.")


def abandon_or_reopen(store: SessionStore, session_id: str, author: str) -> Change:
    """Put a session aside, or take one up again that was.

    Raises:
        NotAllowed: it is deleted.
    """
    from engine.lifecycle import states

    with store.transaction():
        before = store.sessions.get(session_id).state
        change = states.reopen if before == "abandoned" else states.abandon
        after = change(store, session_id, author=author)
    return Change(
        after,
        f"“{after.title}” is {'open again' if before == 'abandoned' else 'abandoned'}.",
        lambda store: store.sessions.set_state(session_id, before, author=author),
        f"“{after.title}” is {'open' if before == 'draft' else before} again.",
    )


def fork(store: SessionStore, session_id: str, author: str) -> Change:
    """Begin a new session from the head of another.

    Raises:
        NoSuchRecord: it has no specification yet.
    """
    from engine.lifecycle import moving

    made = moving.fork(store, session_id, author=author)
    return Change(
        made,
        f"Forked as {made.id}.",
        lambda store: store.sessions.delete(made.id, author=author),
        f"The fork {made.id} is deleted.",
    )


def _set_tags(store: SessionStore, session_id: str, tags: Sequence[str], author: str) -> Session:
    with store.transaction():
        session = store.sessions.get(session_id)
        for tag in session.tags:
            if tag not in tags:
                session = store.sessions.untag(session_id, tag, author=author)
        for tag in tags:
            if tag not in session.tags:
                session = store.sessions.tag(session_id, tag, author=author)
        return session
