"""What is looked at before a database file is opened for writing.

Only the first hundred bytes are read (https://www.sqlite.org/fileformat.html#the_database_header),
so that a file that is not ours, or that a newer Lift wrote, is refused without being touched.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from engine import paths
from engine.sessions.errors import (
    NewerSchema,
    NotASessionStore,
    StoreCorrupt,
    StoreMissingFolder,
    StoreReadOnly,
    folder_error,
    typed,
)
from engine.sessions.migrations import APPLICATION_ID, SCHEMA_VERSION

_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\x00"


def prepare_place(path: Path) -> None:
    """Make the folder of ``path`` and, where there is none yet, an empty file only its owner may read.

    Raises:
        StoreError: they cannot be made.
    """
    try:
        paths.private_dir(path.parent)
        if not path.exists():
            path.touch(mode=0o600)
    except OSError as error:
        raise folder_error(error, path) from error
    if path.is_dir():
        raise StoreMissingFolder(path, "the name belongs to a folder")


def inspect(path: Path) -> None:
    """Refuse a file that this Lift must not write to.

    Raises:
        NewerSchema: a newer Lift wrote it.
        NotASessionStore: it belongs to another program.
        StoreCorrupt: it should be a database but is not; it has been set aside.
        StoreReadOnly: it cannot be read.
    """
    header = _header(path)
    if not header:
        return  # missing or empty: a new database
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        # Without a header only the name tells our damaged file from somebody's text file.
        if path.suffix == ".db":
            raise set_aside(path, "it does not begin like a database")
        raise NotASessionStore(path, "it does not begin like a database")
    pages = int.from_bytes(header[28:32], "big")
    version = int.from_bytes(header[60:64], "big")
    application = int.from_bytes(header[68:72], "big")
    if path.with_name(path.name + "-wal").exists():
        version, application = _pragmas(path)
    elif path.stat().st_size < pages * _page_size(header):
        # Only with no log beside it: while one is being copied in, the file may lag behind its header.
        raise set_aside(path, "its end is missing")
    blank = pages <= 1 and not version and not application  # killed before its first migration
    if application != APPLICATION_ID and not blank:
        raise NotASessionStore(path, "it belongs to another program")
    if version > SCHEMA_VERSION:
        raise NewerSchema(path, found=version, known=SCHEMA_VERSION)


def set_aside(path: Path, why: str) -> StoreCorrupt:
    """Rename the damaged file (with its side files) and return the error that tells so."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    target = path.with_name(f"{path.name}.damaged-{stamp}")
    counter = 1
    while target.exists():
        counter += 1
        target = path.with_name(f"{path.name}.damaged-{stamp}-{counter}")
    try:
        for suffix in ("", "-wal", "-shm"):
            source = path.with_name(path.name + suffix)
            if source.exists():
                source.rename(target.with_name(target.name + suffix))
    except OSError:
        return StoreCorrupt(path, why)
    return StoreCorrupt(path, why, moved_to=target)


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEADER_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StoreReadOnly(path) from error


def _page_size(header: bytes) -> int:
    size = int.from_bytes(header[16:18], "big")
    return 65536 if size == 1 else size


def _pragmas(path: Path) -> tuple[int, int]:
    """Schema version and application id, with what the write-ahead log says; writes nothing."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            return version, connection.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.DatabaseError as error:
        failure = typed(error, path)
        raise (set_aside(path, str(error)) if isinstance(failure, StoreCorrupt) else failure) from error
