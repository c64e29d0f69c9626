"""What changed between drafts, and the history of a session: who changed what, when and why."""

from __future__ import annotations

from dataclasses import dataclass

from engine.ir.diff import Change, diff
from engine.lifecycle.finding import find_draft
from engine.sessions.errors import NoSuchRecord
from engine.sessions.history import Entry
from engine.sessions.records import Draft
from engine.sessions.store import SessionStore


@dataclass(frozen=True)
class Comparison:
    """Two drafts of one session and what turns the one into the other."""

    old: Draft
    new: Draft
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Step:
    """One entry of the history; for a draft, what changed against the one it was made from."""

    entry: Entry
    changes: tuple[Change, ...] = ()


def compare(store: SessionStore, session_id: str, old: int | None = None, new: int | None = None) -> Comparison:
    """Compare two drafts by their numbers.

    Args:
        old: the draft to compare with; the one that ``new`` was made from when not given.
        new: the head when not given.

    Raises:
        NoSuchRecord: there is no such draft, or nothing to compare with.
    """
    after = find_draft(store, session_id, new)
    if old is not None:
        before = find_draft(store, session_id, old)
    elif after.parent_id is not None:
        before = store.drafts.get(after.parent_id)
    else:
        raise NoSuchRecord(
            f"Draft {after.seq} of session {session_id} was made from nothing.", "Name two drafts to compare: OLD NEW"
        )
    return Comparison(before, after, tuple(diff(before.ir, after.ir)))


def steps(store: SessionStore, session_id: str) -> list[Step]:
    """The history of a session, oldest first, with the changes that each draft made."""
    entries = store.history(session_id)
    drafts: dict[int, Draft] = {}
    found: list[Step] = []
    for entry in entries:
        changes: tuple[Change, ...] = ()
        if entry.kind == "spec":
            draft = drafts[entry.ref] = store.drafts.get(entry.ref)
            parent = drafts.get(draft.parent_id) if draft.parent_id is not None else None
            changes = tuple(diff(parent.ir, draft.ir)) if parent is not None else ()
        found.append(Step(entry, changes))
    return found
