"""The history of a session: who changed what, when and why, in one list."""

from __future__ import annotations

from typing import Literal

from engine.sessions.database import Database
from engine.sessions.records import Record, Time

EntryKind = Literal[
    "create", "prompt", "spec", "code", "select", "undo", "redo", "run",
    "state", "title", "tag", "untag", "delete", "undelete", "accept", "reject",
]  # fmt: skip


class Entry(Record):
    """One thing that happened.

    ``ref`` is the id of the row it is about (a draft for moves of the head) and ``number`` the
    number that people know it by, where there is one. ``detail`` is the value or the state.
    """

    at: Time
    kind: EntryKind
    ref: int
    number: int | None
    author: str
    detail: str
    reason: str


_HISTORY = """
SELECT t.created_at AS at, t.kind, t.id AS ref, t.seq AS number, t.author,
    coalesce(
        d.source || CASE WHEN d.sibling THEN ' sibling' WHEN p.draft_id IS NOT NULL THEN ' proposal' ELSE '' END, ''
    ) AS detail,
    coalesce(d.reason, '') AS reason, 1 AS rank
FROM texts t LEFT JOIN drafts d ON d.id = t.id LEFT JOIN proposals p ON p.draft_id = t.id
WHERE t.session_id = :id AND t.kind <> 'title'
UNION ALL
SELECT m.created_at, m.kind, m.draft_id, t.seq, m.author, '', '', 2
FROM head_moves m JOIN texts t ON t.id = m.draft_id WHERE m.session_id = :id AND m.kind <> 'draft'
UNION ALL
SELECT c.created_at, iif(c.draft_id IS NULL, 'reject', 'accept'), c.proposal_id, t.seq, c.author, c.changes, c.reason, 2
FROM decisions c JOIN texts t ON t.id = c.proposal_id WHERE t.session_id = :id
UNION ALL
SELECT created_at, kind, id, NULL, author, value, reason, CASE kind WHEN 'create' THEN 0 ELSE 2 END
FROM events WHERE session_id = :id
UNION ALL
SELECT started_at, 'run', id, NULL, model, kind || ' ' || status, coalesce(error ->> '$.what', ''), 1
FROM runs WHERE session_id = :id
ORDER BY at, rank, ref
"""


def history(db: Database, session_id: str) -> list[Entry]:
    """Everything that happened to a session, oldest first."""
    return [Entry.model_validate(row) for row in db.rows(_HISTORY, {"id": session_id})]
