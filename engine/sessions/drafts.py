"""Drafts: every version of a session's specification, and the answers that led to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.ir.models import IR, Source
from engine.ir.text import render
from engine.sessions.database import Database, Row
from engine.sessions.errors import NoSuchRecord
from engine.sessions.heads import current_head, record_move
from engine.sessions.records import Draft, DraftInfo, HoleAnswer
from engine.sessions.summary import refresh
from engine.sessions.texts import add_text, require_session

_INFO = """
    SELECT d.id, d.session_id, t.seq, d.parent_id, d.sibling AS became_sibling, t.author, d.source,
        d.reason, d.function, d.holes, t.created_at,
        EXISTS (SELECT 1 FROM proposals p WHERE p.draft_id = d.id) AS proposed
"""
_FROM = " FROM drafts d JOIN texts t ON t.id = d.id "


class Drafts:
    """The drafts of all sessions.

    Args:
        clock: the time, in milliseconds since the Unix epoch.
    """

    def __init__(self, db: Database, clock: Callable[[], int]) -> None:
        self._db = db
        self._clock = clock

    def add(
        self,
        session_id: str,
        ir: IR,
        *,
        parent: int | None,
        ir_text: str | None = None,
        author: str = "",
        source: Source = "human",
        reason: str = "",
        answers: Sequence[HoleAnswer] = (),
        move_head: bool = True,
    ) -> Draft:
        """Add a version of the specification, made from the draft ``parent``.

        When ``parent`` is the head (None when there is none yet), the new draft becomes the head.
        When somebody else has moved the head meanwhile, the new draft is kept as a sibling, the
        head stays, and the result says so in ``became_sibling``.

        Args:
            parent: id of the draft it was made from; None for one made from nothing.
            ir_text: the text form; rendered from ``ir`` when not given.
            answers: the holes of the parent that this draft answers.
            move_head: False for a draft that waits beside the head whoever made it, as a proposal does
                (:mod:`engine.sessions.proposals`); it is no sibling.

        Raises:
            NoSuchRecord: no such session, or the parent is no draft of it.
            NotAllowed: the session is deleted.
        """
        ir_text = render(ir) if ir_text is None else ir_text
        ir_json = ir.model_dump_json()
        now = self._clock()
        with self._db.transaction():
            require_session(self._db, session_id)
            if parent is not None:
                self._require_member(session_id, parent)
            sibling = move_head and parent != current_head(self._db, session_id)
            draft_id = add_text(self._db, session_id, "spec", ir_text, author=author, now_ms=now)
            self._db.insert(
                "drafts",
                {
                    "id": draft_id,
                    "session_id": session_id,
                    "parent_id": parent,
                    "sibling": sibling,
                    "source": source,
                    "reason": reason,
                    "function": ir.signature.name,
                    "holes": len(ir.holes),
                    "ir": ir_json,
                },
            )
            for answer in answers:
                self._db.insert("resolutions", {"draft_id": draft_id, **answer.model_dump()})
            if move_head and not sibling:
                record_move(self._db, session_id, "draft", draft_id, author=author, now_ms=now)
            refresh(self._db, session_id, now)
            return self.get(draft_id)

    def get(self, draft_id: int) -> Draft:
        """The draft with this id.

        Raises:
            NoSuchRecord: there is none.
        """
        row = self._db.row(f"{_INFO}, d.ir, t.body AS ir_text {_FROM} WHERE d.id = ?", (draft_id,))
        if row is None:
            raise NoSuchRecord(f"There is no draft {draft_id}.")
        return _draft(row)

    def head(self, session_id: str) -> Draft | None:
        """The head draft of a session, None before the first draft."""
        draft_id = current_head(self._db, session_id)
        return None if draft_id is None else self.get(draft_id)

    def by_seq(self, session_id: str, seq: int) -> Draft:
        """The draft that people call by its number in the session, from 1.

        Raises:
            NoSuchRecord: there is none.
        """
        draft_id = self._db.scalar(
            "SELECT id FROM texts WHERE session_id = ? AND kind = 'spec' AND seq = ?", (session_id, seq)
        )
        if draft_id is None:
            raise NoSuchRecord(f"Session {session_id} has no draft {seq}.", "Show its history for the numbers.")
        return self.get(draft_id)

    def list(self, session_id: str) -> list[DraftInfo]:
        """All drafts of a session, oldest first, without their content."""
        rows = self._db.rows(f"{_INFO} {_FROM} WHERE d.session_id = ? ORDER BY d.id", (session_id,))
        return [DraftInfo.model_validate(row) for row in rows]

    def answers(self, draft_id: int) -> list[HoleAnswer]:
        """The holes that were answered to make this draft."""
        rows = self._db.rows("SELECT * FROM resolutions WHERE draft_id = ? ORDER BY id", (draft_id,))
        return [HoleAnswer.model_validate(row) for row in rows]

    def _require_member(self, session_id: str, draft_id: int) -> None:
        owner = self._db.scalar("SELECT session_id FROM drafts WHERE id = ?", (draft_id,))
        if owner != session_id:
            raise NoSuchRecord(f"Draft {draft_id} is not a draft of session {session_id}.")


def _draft(row: Row) -> Draft:
    return Draft.model_validate({**row, "ir": IR.model_validate_json(row["ir"])})
