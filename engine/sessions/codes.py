"""Code versions and the verdicts on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.sessions.database import Database
from engine.sessions.errors import NoSuchRecord
from engine.sessions.records import Code, StoredCheck
from engine.sessions.summary import refresh
from engine.sessions.texts import add_text, require_session
from engine.stages.events import CheckResult

_SELECT = """
    SELECT c.id, t.session_id, t.seq, c.draft_id, c.run_id, t.author, t.body AS code, t.created_at,
        r.failed_id AS repairs_id, coalesce(r.attempt, 0) AS attempt, coalesce(r.reason, '') AS reason,
        EXISTS (SELECT 1 FROM choices WHERE code_id = c.id) AS chosen
    FROM codes c JOIN texts t ON t.id = c.id LEFT JOIN repairs r ON r.code_id = c.id
"""

_EVIDENCE = ("expected", "actual", "counterexample", "line")


class Codes:
    """The code versions of all sessions.

    Args:
        clock: the time, in milliseconds since the Unix epoch.
    """

    def __init__(self, db: Database, clock: Callable[[], int]) -> None:
        self._db = db
        self._clock = clock

    def add(self, draft_id: int, code: str, *, author: str = "", run_id: int | None = None) -> Code:
        """Add a version of the code that implements the draft ``draft_id``.

        Raises:
            NoSuchRecord: there is no such draft.
            NotAllowed: the session is deleted.
        """
        now = self._clock()
        with self._db.transaction():
            session_id = self._db.scalar("SELECT session_id FROM drafts WHERE id = ?", (draft_id,))
            if session_id is None:
                raise NoSuchRecord(f"There is no draft {draft_id}.")
            require_session(self._db, session_id)
            code_id = add_text(self._db, session_id, "code", code, author=author, now_ms=now)
            self._db.insert("codes", {"id": code_id, "draft_id": draft_id, "run_id": run_id})
            refresh(self._db, session_id, now)
            return self.get(code_id)

    def add_repair(
        self,
        failed_id: int,
        code: str,
        *,
        attempt: int,
        draft_id: int | None = None,
        reason: str = "",
        author: str = "",
        run_id: int | None = None,
    ) -> Code:
        """Add a version that was written because the version ``failed_id`` failed.

        Args:
            draft_id: the draft that it implements; that of the failed version when not given.
            attempt: its number in the run, from 1.
            reason: what failed, in words.

        Raises:
            NoSuchRecord: there is no such version.
            NotAllowed: the session is deleted.
        """
        with self._db.transaction():
            added = self.add(draft_id or self.get(failed_id).draft_id, code, author=author, run_id=run_id)
            row = {"code_id": added.id, "failed_id": failed_id, "attempt": attempt, "reason": reason}
            self._db.insert("repairs", row)
            return self.get(added.id)

    def choose(self, run_id: int, code_id: int, *, reason: str = "") -> None:
        """Settle on one of the versions that a run wrote: it is then the draft's :meth:`latest`.

        Raises:
            NoSuchRecord: the run has written no such version.
        """
        with self._db.transaction():
            code = self.get(code_id)
            if code.run_id != run_id:
                raise NoSuchRecord(f"Run {run_id} has not written the code version {code_id}.")
            self._db.insert("choices", {"run_id": run_id, "code_id": code_id, "reason": reason})
            refresh(self._db, code.session_id, self._clock())

    def get(self, code_id: int) -> Code:
        """The code version with this id.

        Raises:
            NoSuchRecord: there is none.
        """
        row = self._db.row(f"{_SELECT} WHERE c.id = ?", (code_id,))
        if row is None:
            raise NoSuchRecord(f"There is no code version {code_id}.")
        return Code.model_validate(row)

    def latest(self, draft_id: int) -> Code | None:
        """The newest code of a draft, if there is any; of a run that wrote several, the one it settled on."""
        newest = self._db.row("SELECT id, run_id FROM codes WHERE draft_id = ? ORDER BY id DESC LIMIT 1", (draft_id,))
        if newest is None:
            return None
        return self.get(self.chosen(newest["run_id"]) or newest["id"])

    def chosen(self, run_id: int | None) -> int | None:
        """Id of the version that a run settled on; None for a run that had no choice to make."""
        return self._db.scalar("SELECT code_id FROM choices WHERE run_id = ?", (run_id,))

    def list(self, session_id: str) -> list[Code]:
        """All code versions of a session, oldest first."""
        rows = self._db.rows(f"{_SELECT} WHERE t.session_id = ? AND t.kind = 'code' ORDER BY c.id", (session_id,))
        return [Code.model_validate(row) for row in rows]

    def add_checks(self, code_id: int, results: Iterable[CheckResult], *, run_id: int | None = None) -> None:
        """Add verdicts on a version of the code; those of the newest run count in the summary.

        Raises:
            NoSuchRecord: there is no such code version.
        """
        with self._db.transaction(durable=False):
            session_id = self._db.scalar("SELECT session_id FROM texts WHERE id = ? AND kind = 'code'", (code_id,))
            if session_id is None:
                raise NoSuchRecord(f"There is no code version {code_id}.")
            for result in results:
                fields = result.model_dump(include=set(CheckResult.model_fields))
                evidence = {name: fields.pop(name) for name in _EVIDENCE}
                check_id = self._db.insert("checks", {"code_id": code_id, "run_id": run_id, **fields})
                if any(evidence.values()):
                    self._db.insert("evidence", {"check_id": check_id, **evidence})
            refresh(self._db, session_id, self._clock())

    def checks(self, code_id: int, *, all_runs: bool = False) -> list[StoredCheck]:
        """The verdicts of the newest run (or of all runs) on a version of the code, in order."""
        rows = self._db.rows(
            """
            SELECT c.*, coalesce(e.expected, '') AS expected, coalesce(e.actual, '') AS actual,
                coalesce(e.counterexample, '') AS counterexample, e.line
            FROM checks c LEFT JOIN evidence e ON e.check_id = c.id WHERE c.code_id = ? ORDER BY c.id
            """,
            (code_id,),
        )
        if rows and not all_runs:
            rows = [row for row in rows if row["run_id"] == rows[-1]["run_id"]]
        return [StoredCheck.model_validate(row) for row in rows]
