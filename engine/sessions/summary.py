"""The summary columns of ``sessions``: what a list shows without reading a session's content."""

from __future__ import annotations

from engine.sessions.database import Database

TITLE_LENGTH = 100
"""Longest title taken from a prompt or a specification, in characters."""

_REFRESH = """
WITH
head AS (
    SELECT id, function, holes,
        substr(replace(trim(ir ->> '$.intent.summary'), char(10), ' '), 1, :title_length) AS summary
    FROM drafts
    WHERE id = (SELECT draft_id FROM head_moves WHERE session_id = :session ORDER BY id DESC LIMIT 1)
),
code AS (
    SELECT coalesce((SELECT code_id FROM choices WHERE run_id = codes.run_id), id) AS id
    FROM codes WHERE draft_id = (SELECT id FROM head) ORDER BY codes.id DESC LIMIT 1
),
verdicts AS (
    SELECT status FROM checks WHERE code_id = (SELECT id FROM code) AND run_id IS (
        SELECT run_id FROM checks WHERE code_id = (SELECT id FROM code) ORDER BY id DESC LIMIT 1
    )
)
UPDATE sessions SET
    updated_at = :now,
    head_id = (SELECT id FROM head),
    function = coalesce((SELECT function FROM head), ''),
    holes_open = coalesce((SELECT holes FROM head), 0),
    title = CASE WHEN title_given THEN title
        ELSE coalesce((SELECT nullif(summary, '') FROM head), title) END,
    draft_count = (SELECT count(*) FROM drafts WHERE session_id = :session),
    checks_passed = (SELECT count(*) FROM verdicts WHERE status = 'passed'),
    checks_failed = (SELECT count(*) FROM verdicts WHERE status IN ('failed', 'error')),
    model = coalesce((
        SELECT model FROM runs WHERE session_id = :session AND model <> '' ORDER BY id DESC LIMIT 1
    ), ''),
    run_status = coalesce((SELECT status FROM runs WHERE session_id = :session ORDER BY id DESC LIMIT 1), ''),
    cost_usd = (SELECT total(cost_usd) FROM runs WHERE session_id = :session)
WHERE id = :session
"""


def refresh(db: Database, session_id: str, now_ms: int) -> None:
    """Recompute the summary of a session, in the transaction that changed its content."""
    db.execute(_REFRESH, {"session": session_id, "now": now_ms, "title_length": TITLE_LENGTH})
