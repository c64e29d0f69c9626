"""Proposals: drafts that a refinement proposes, and what people decide about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.ir.models import IR
from engine.sessions.database import Database
from engine.sessions.drafts import Drafts
from engine.sessions.errors import NoSuchRecord
from engine.sessions.records import Decision, Draft


class Proposals:
    """The proposals of all sessions.

    A proposal is a draft that never becomes the head by itself; accepting it makes another draft
    of the changes that were chosen.

    Args:
        clock: the time, in milliseconds since the Unix epoch.
    """

    def __init__(self, db: Database, clock: Callable[[], int], drafts: Drafts) -> None:
        self._db = db
        self._clock = clock
        self._drafts = drafts

    def add(
        self,
        session_id: str,
        ir: IR,
        *,
        base: int,
        ir_text: str | None = None,
        author: str = "",
        reason: str = "",
        run_id: int | None = None,
    ) -> Draft:
        """Add what a refinement proposes to make of the draft ``base``; the head stays where it is.

        Args:
            reason: what was asked for.

        Raises:
            NoSuchRecord: no such session, or ``base`` is no draft of it.
            NotAllowed: the session is deleted.
        """
        with self._db.transaction():
            draft = self._drafts.add(
                session_id,
                ir,
                parent=base,
                ir_text=ir_text,
                author=author,
                source="refinement",
                reason=reason,
                move_head=False,
            )
            self._db.insert("proposals", {"draft_id": draft.id, "run_id": run_id})
            return self._drafts.get(draft.id)

    def list(self, session_id: str, *, undecided: bool = False) -> list[int]:
        """Ids of a session's proposals, oldest first.

        Args:
            undecided: leave out those that were accepted or rejected.
        """
        rows = self._db.rows(
            """
            SELECT p.draft_id AS id FROM proposals p JOIN drafts d ON d.id = p.draft_id
            WHERE d.session_id = ? AND (NOT ? OR NOT EXISTS (SELECT 1 FROM decisions WHERE proposal_id = p.draft_id))
            ORDER BY p.draft_id
            """,
            (session_id, undecided),
        )
        return [row["id"] for row in rows]

    def decide(
        self,
        proposal_id: int,
        *,
        draft_id: int | None,
        changes: Iterable[int] = (),
        reason: str = "",
        author: str = "",
    ) -> Decision:
        """Note that a proposal was accepted, into the draft ``draft_id``, or rejected (None).

        Args:
            changes: numbers of the changes that were accepted, from 1.

        Raises:
            NoSuchRecord: there is no such proposal.
        """
        with self._db.transaction():
            if self._db.scalar("SELECT 1 FROM proposals WHERE draft_id = ?", (proposal_id,)) is None:
                raise NoSuchRecord(f"Draft {proposal_id} is no proposal.")
            self._db.insert(
                "decisions",
                {
                    "proposal_id": proposal_id,
                    "draft_id": draft_id,
                    "changes": ",".join(map(str, sorted(changes))),
                    "reason": reason,
                    "author": author,
                    "created_at": self._clock(),
                },
            )
            return self.decisions(proposal_id)[-1]

    def decisions(self, proposal_id: int) -> list[Decision]:
        """What was decided about a proposal, oldest first; the last decision counts."""
        rows = self._db.rows("SELECT * FROM decisions WHERE proposal_id = ? ORDER BY id", (proposal_id,))
        return [Decision.model_validate(row) for row in rows]
