"""Bringing a database file to the schema that this Lift knows.

The steps are sqlite-utils migrations: each is applied in one transaction with its record. On top
of that, all pending steps run under one write lock, so that two processes that open an old file
at once do not both migrate it, and ``PRAGMA user_version`` (the number of steps) is set in the
same transaction, so that an older Lift recognises a newer file from its header alone.
"""

from __future__ import annotations

import sqlite3
from importlib import resources

import sqlite_utils
from sqlite_utils import Migrations

from engine.sessions.database import Database, run

APPLICATION_ID = 0x4C494654
"""Marks the file as ours (``PRAGMA application_id``): the letters LIFT."""


_OF_TEXT = "(SELECT session_id FROM texts WHERE id = old.{})"
_OF_RUN = "(SELECT session_id FROM runs WHERE id = old.run_id)"
_OF_CHECK = "(SELECT t.session_id FROM checks c JOIN texts t ON t.id = c.code_id WHERE c.id = old.check_id)"


def migrations() -> Migrations:
    """The migrations, in order. Released ones never change; a new one is added at the end."""
    ordered = Migrations("lift")

    @ordered(name="001_sessions")
    def sessions(db: sqlite_utils.Database) -> None:  # pyright: ignore[reportUnusedFunction]
        _script(db, "001_sessions")
        _seal(db, "texts", "old.session_id")
        _seal(db, "prompts", _OF_TEXT.format("id"))
        _seal(db, "drafts", "old.session_id")
        _seal(db, "resolutions", _OF_TEXT.format("draft_id"))
        _seal(db, "head_moves", "old.session_id")
        _seal(db, "events", "old.session_id")
        run(
            db,
            """
            CREATE TRIGGER sessions_kept BEFORE DELETE ON sessions WHEN old.deleted_at IS NULL
            BEGIN SELECT raise(ABORT, 'only a deleted session can be purged'); END
            """,
        )

    @ordered(name="002_runs")
    def runs(db: sqlite_utils.Database) -> None:  # pyright: ignore[reportUnusedFunction]
        _script(db, "002_runs")
        _seal(db, "spans", _OF_RUN)
        _seal(db, "usage", _OF_RUN)
        _seal(db, "codes", _OF_TEXT.format("id"))
        _seal(db, "checks", _OF_TEXT.format("code_id"))

    @ordered(name="003_search")
    def search(db: sqlite_utils.Database) -> None:  # pyright: ignore[reportUnusedFunction]
        _script(db, "003_search")

    @ordered(name="004_proposals")
    def proposals(db: sqlite_utils.Database) -> None:  # pyright: ignore[reportUnusedFunction]
        _script(db, "004_proposals")
        _seal(db, "proposals", _OF_TEXT.format("draft_id"))
        _seal(db, "decisions", _OF_TEXT.format("proposal_id"))
        _seal(db, "assists", _OF_RUN)

    @ordered(name="005_evidence")
    def evidence(db: sqlite_utils.Database) -> None:  # pyright: ignore[reportUnusedFunction]
        _script(db, "005_evidence")
        _seal(db, "evidence", _OF_CHECK)
        _seal(db, "repairs", _OF_TEXT.format("code_id"))
        _seal(db, "choices", _OF_RUN)

    return ordered


SCHEMA_VERSION = 5
"""How many migrations there are; what ``PRAGMA user_version`` of an up-to-date file says."""


def migrate(database: Database, *, upto: int = SCHEMA_VERSION) -> None:
    """Apply the pending migrations, all or none of them; costs one pragma when there are none.

    Args:
        upto: the schema version to stop at (for tests).

    Raises:
        StoreError: the file cannot be written, or is locked.
    """
    if database.scalar("PRAGMA user_version") >= upto:
        return
    with database.transaction():
        version: int = database.scalar("PRAGMA user_version")  # again, now under the lock
        if version >= upto:
            return
        ordered = migrations()
        later = [step.name for step in ordered.pending(database.connection)][upto - version :]
        ordered.apply(database.connection, stop_before=later)
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {upto}")


def _script(db: sqlite_utils.Database, name: str) -> None:
    """Run a file of statements inside the migration's transaction (sqlite3's own way would commit it)."""
    statement = ""
    source = resources.files("engine.sessions").joinpath("sql", f"{name}.sql").read_text("utf-8")
    for line in source.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            run(db, statement)
            statement = ""


def _seal(db: sqlite_utils.Database, table: str, session: str) -> None:
    """Make ``table`` append-only: its rows never change, and go only when their whole session goes.

    Args:
        session: SQL for the id of the session that the row ``old`` belongs to.
    """
    run(
        db,
        f"""
        CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table}
        BEGIN SELECT raise(ABORT, '{table} is append-only'); END
        """,
    )
    run(
        db,
        f"""
        CREATE TRIGGER {table}_kept BEFORE DELETE ON {table}
        WHEN EXISTS (SELECT 1 FROM sessions WHERE id = {session})
        BEGIN SELECT raise(ABORT, '{table} is append-only'); END
        """,
    )
