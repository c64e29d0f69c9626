"""The session store: one SQLite file, opened, migrated and divided into its parts."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from engine import paths
from engine.sessions.codes import Codes
from engine.sessions.database import BUSY_TIMEOUT_S, Database
from engine.sessions.drafts import Drafts
from engine.sessions.errors import NoSuchRecord, StoreCorrupt, StoreReadOnly
from engine.sessions.heads import Heads
from engine.sessions.history import Entry, history
from engine.sessions.lifecycle import Sessions
from engine.sessions.listing import Listing
from engine.sessions.migrations import SCHEMA_VERSION, migrate
from engine.sessions.opening import inspect, prepare_place, set_aside
from engine.sessions.proposals import Proposals
from engine.sessions.records import Stats
from engine.sessions.runs import Runs
from engine.sessions.search import Search
from engine.sessions.spending import Spending


def default_db_path() -> Path:
    """The database that is opened unless another is named; ``LIFT_DB`` overrides."""
    override = os.environ.get("LIFT_DB")
    return Path(override).expanduser() if override else paths.data_dir() / "sessions.db"


def now_ms() -> int:
    """The time, in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


class SessionStore:
    """All sessions in the database file ``path``; a context manager.

    Opening creates the file and its folder, brings an older file up to date, refuses a newer one,
    and marks runs whose process has died as interrupted. It may be used from any thread.

    Attributes:
        sessions: creation, names, tags, states, forks, deletion.
        drafts: versions of the specification.
        heads: which draft is current; undo and redo.
        proposals: drafts that a refinement proposes, and what was decided about them.
        codes: versions of the code, and verdicts on them.
        runs: what the pipeline did, streamed and measured.
        listing: pages of sessions, sorted and filtered.
        search: full-text search.
        spending: the time that endpoints spent.

    Args:
        path: the database file.
        read_only: open an existing file without the right to write.
        busy_timeout_s: how long to wait for another process's lock, in seconds.
        clock: the time, in milliseconds since the Unix epoch.

    Raises:
        NewerSchema: a newer Lift wrote the file; it was not touched.
        NotASessionStore: the file belongs to another program; it was not touched.
        StoreCorrupt: the file is damaged; it was set aside, and nothing was overwritten.
        StoreError: it cannot be opened or brought up to date for another reason.
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self.path = path
        if read_only and not path.exists():
            raise NoSuchRecord(f"There is no session database {path}.", "Open it once without read-only.")
        if not read_only:
            prepare_place(path)
        inspect(path)
        self._db = Database(path, read_only=read_only, busy_timeout_s=busy_timeout_s)
        self.drafts = Drafts(self._db, clock)
        self.sessions = Sessions(self._db, clock, self.drafts)
        self.heads = Heads(self._db, clock)
        self.proposals = Proposals(self._db, clock, self.drafts)
        self.codes = Codes(self._db, clock)
        self.runs = Runs(self._db, clock)
        self.listing = Listing(self._db)
        self.search = Search(self._db)
        self.spending = Spending(self._db)
        try:
            self._bring_up_to_date()
        except StoreCorrupt as error:
            self.close()
            raise set_aside(path, error.why) from error
        except BaseException:
            self.close()
            raise

    def _bring_up_to_date(self) -> None:
        if self._db.read_only:
            if self._db.scalar("PRAGMA user_version") < SCHEMA_VERSION:
                raise StoreReadOnly(self.path)  # it would have to be migrated first
            return
        migrate(self._db)
        self.runs.mark_interrupted()

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        self._db.close()

    def __enter__(self) -> SessionStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def transaction(self, *, durable: bool = True) -> AbstractContextManager[None]:
        """Several operations as one: all of them are saved, or none.

        Args:
            durable: wait until they have reached the disk.
        """
        return self._db.transaction(durable=durable)

    def history(self, session_id: str) -> list[Entry]:
        """Everything that happened to a session, oldest first."""
        return history(self._db, session_id)

    def data_version(self) -> int:
        """A number that changes whenever any process has written; poll it to refresh cheaply."""
        return self._db.data_version()

    def damage(self) -> list[str]:
        """What SQLite's checks of the file, the foreign keys and the search index find; empty when all is well.

        Reads the whole file.
        """
        found = [str(row["integrity_check"]) for row in self._db.rows("PRAGMA integrity_check")]
        orphans = [f"orphan in {row['table']}: {row}" for row in self._db.rows("PRAGMA foreign_key_check")]
        if not self._db.read_only:
            try:
                self._db.execute("INSERT INTO texts_index (texts_index, rank) VALUES ('integrity-check', 1)")
            except StoreCorrupt as error:
                found.append(f"the search index disagrees with the texts: {error.why}")
        return [line for line in found if line != "ok"] + orphans

    def stats(self) -> Stats:
        """How much there is in the store."""
        with self._db.snapshot():
            counts = self._db.row(
                """
                SELECT (SELECT count(*) FROM sessions WHERE deleted_at IS NULL) AS sessions,
                    (SELECT count(*) FROM sessions WHERE deleted_at IS NOT NULL) AS deleted,
                    (SELECT count(*) FROM drafts) AS drafts,
                    (SELECT count(*) FROM codes) AS codes,
                    (SELECT count(*) FROM runs) AS runs
                """
            )
        log = self.path.with_name(self.path.name + "-wal")
        return Stats.model_validate(
            {
                **(counts or {}),
                "file_bytes": self.path.stat().st_size,
                "log_bytes": log.stat().st_size if log.exists() else 0,
            }
        )
