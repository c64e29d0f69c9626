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
    SELECT c.id, t.session_id, t.seq, c.draft_id, c.run_id, t.author, t.body AS code, t.created_at
    FROM codes c JOIN texts t ON t.id = c.id
"""


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
        """The newest code of a draft, if there is any."""
        row = self._db.row(f"{_SELECT} WHERE c.draft_id = ? ORDER BY c.id DESC LIMIT 1", (draft_id,))
        return Code.model_validate(row) if row else None

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
                self._db.insert("checks", {"code_id": code_id, "run_id": run_id, **fields})
            refresh(self._db, session_id, self._clock())

    def checks(self, code_id: int, *, all_runs: bool = False) -> list[StoredCheck]:
        """The verdicts of the newest run (or of all runs) on a version of the code, in order."""
        rows = self._db.rows("SELECT * FROM checks WHERE code_id = ? ORDER BY id", (code_id,))
        if rows and not all_runs:
            rows = [row for row in rows if row["run_id"] == rows[-1]["run_id"]]
        return [StoredCheck.model_validate(row) for row in rows]
