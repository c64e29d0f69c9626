"""The connection to the database file: one per thread, with transactions and typed errors."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, overload

import sqlite_utils

from engine.sessions.errors import StoreError, typed

Row = dict[str, Any]
Params = Sequence[object] | Mapping[str, object]

BUSY_TIMEOUT_S = 5.0
"""How long to wait for another process's lock before giving up, in seconds."""

CACHE_KIB = 16_384
"""How much of the file a connection keeps in memory at most, in KiB."""


class Database:
    """The database file ``path`` in WAL mode, usable from any thread.

    An acknowledged transaction survives the death of the process, and of the power: commits are
    synced to disk (``synchronous=FULL``, about half a millisecond on an SSD) unless a transaction
    is opened with ``durable=False``, which gives up the second guarantee but never consistency.

    Args:
        path: the file; its folder must exist.
        read_only: open without the right to write.
        busy_timeout_s: how long to wait for another process's lock, in seconds.
    """

    def __init__(self, path: Path, *, read_only: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.path = path
        self.read_only = read_only
        self._busy_timeout_s = busy_timeout_s
        self._local = threading.local()
        self._all: weakref.WeakSet[sqlite_utils.Database] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._watcher: sqlite_utils.Database | None = None
        self._closed = False

    @property
    def connection(self) -> sqlite_utils.Database:
        """This thread's connection, opened on first use.

        Raises:
            StoreError: the file cannot be opened, or the database was closed.
        """
        connection: sqlite_utils.Database | None = getattr(self._local, "connection", None)
        if connection is None:
            with self._lock, self._errors():
                connection = self._local.connection = self._connect()
        return connection

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            self._closed = True
            connections = list(self._all)
        for connection in connections:
            connection.close()

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Generator[None, None, None]:
        """Everything inside is committed together, or not at all; may be nested.

        The write lock is taken at once (``BEGIN IMMEDIATE``), so that what is read inside still
        holds when it is written.

        Args:
            durable: wait until the commit has reached the disk.

        Raises:
            StoreError: the transaction could not be begun or committed.
        """
        connection = self.connection
        with self._errors():
            if connection.conn.in_transaction:
                with connection.atomic():
                    yield
                return
            run(connection, f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            run(connection, "BEGIN IMMEDIATE")
            try:
                yield
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def snapshot(self) -> Generator[None, None, None]:
        """All reads inside see the same state of the database."""
        connection = self.connection
        with self._errors(), connection.atomic():
            yield

    def execute(self, sql: str, params: Params = ()) -> sqlite3.Cursor:
        """Run one statement on this thread's connection."""
        connection = self.connection
        with self._errors():
            return run(connection, sql, params)

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """The rows that a query returns, as dictionaries."""
        connection = self.connection
        with self._errors():
            return list(_query(connection, sql, params))

    def row(self, sql: str, params: Params = ()) -> Row | None:
        """The first row that a query returns, if any."""
        return next(iter(self.rows(sql, params)), None)

    def scalar(self, sql: str, params: Params = ()) -> Any:
        """The first column of the first row that a query returns, or None."""
        with self._errors():
            row = self.execute(sql, params).fetchone()
        return row[0] if row else None

    def insert(self, table: str, values: Mapping[str, object]) -> int:
        """Insert a row and return its rowid (meaningless for a table without rowids)."""
        connection = self.connection
        with self._errors():
            return connection.table(table).insert(_storable(values)).last_rowid or 0

    def data_version(self) -> int:
        """A number that changes whenever anybody has committed a write; costs microseconds.

        SQLite counts per connection, so this has one of its own, which never writes.
        """
        with self._lock, self._errors():
            if self._watcher is None:
                self._watcher = self._connect()
            return int(run(self._watcher, "PRAGMA data_version").fetchone()[0])

    def _connect(self) -> sqlite_utils.Database:
        """A new connection; the caller holds the lock."""
        if self._closed:
            raise StoreError(f"The session database {self.path} has been closed.")
        if not self.read_only:
            connection = self._open("rwc")
        else:
            try:
                connection = self._open("ro")
            except sqlite3.OperationalError as error:
                no_side_files = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
                if not no_side_files or self.path.with_name(self.path.name + "-wal").exists():
                    raise
                # WAL needs side files, which cannot be made in a read-only folder; but where nobody
                # has left any, nobody is writing, and the file can be read as it lies there.
                connection = self._open("ro&immutable=1")
        self._all.add(connection)
        return connection

    def _open(self, mode: str) -> sqlite_utils.Database:
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        # Threads keep to their own connections, but close() has to reach all of them.
        raw = sqlite3.connect(uri, uri=True, timeout=self._busy_timeout_s, check_same_thread=False)
        try:
            connection = sqlite_utils.Database(raw, execute_plugins=False)
            run(connection, "PRAGMA foreign_keys=ON")
            run(connection, f"PRAGMA cache_size={-CACHE_KIB}")
            if not self.read_only:
                connection.enable_wal()
            run(connection, "PRAGMA schema_version").fetchone()  # reads the file: errors show now
        except sqlite3.Error:
            raw.close()
            raise
        return connection

    @contextmanager
    def _errors(self) -> Generator[None, None, None]:
        try:
            yield
        except sqlite3.Error as error:
            raise typed(error, self.path) from error


def run(connection: sqlite_utils.Database, sql: str, params: Params = ()) -> sqlite3.Cursor:
    """``connection.execute`` with types, for what runs on a bare connection."""
    execute: Callable[[str, Params], sqlite3.Cursor] = connection.execute  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAssignmentType]
    return execute(sql, _storable(params))


def _query(connection: sqlite_utils.Database, sql: str, params: Params) -> Iterable[Row]:
    query: Callable[[str, Params], Iterable[Row]] = connection.query  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAssignmentType]
    return query(sql, _storable(params))


@overload
def _storable(params: Mapping[str, object]) -> dict[str, object]: ...
@overload
def _storable(params: Sequence[object]) -> list[object]: ...
@overload
def _storable(params: Params) -> dict[str, object] | list[object]: ...
def _storable(params: Params) -> dict[str, object] | list[object]:
    """``params`` with question marks for lone surrogates, which UTF-8, and so SQLite, cannot hold."""
    if isinstance(params, Mapping):
        return {name: _encodable(value) for name, value in params.items()}
    return [_encodable(value) for value in params]


def _encodable(value: object) -> object:
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
