"""What can go wrong with the session database, and what to do about each.

SQLite reports everything as one of a few exceptions with a result code; :func:`typed` turns
the code into the class a caller can act on. Codes: https://www.sqlite.org/rescode.html
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from engine.errors import StoreError, UsageError


class NewerSchema(StoreError):
    """The file was written by a newer Lift; it is left untouched."""

    kind = "store-newer"

    def __init__(self, path: Path, *, found: int, known: int) -> None:
        super().__init__(
            f"{path} was written by a newer Lift (schema {found}; this one knows up to {known}).",
            "The file was not touched. Update Lift, or open another file with --db PATH.",
        )
        self.found = found
        self.known = known


class NotASessionStore(StoreError):
    """The file belongs to somebody else: not a database, or another program's."""

    kind = "store-foreign"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} is not a session database: {why}.",
            "The file was not touched. Open another one with --db PATH, or set LIFT_DB.",
        )


class StoreLocked(StoreError):
    """Another process kept the database locked for longer than we waited."""

    kind = "store-locked"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is locked by another process; nothing was written.",
            f"Try again in a moment. If it stays locked, find the holder with: fuser {path} (or lsof {path})",
        )


class StoreReadOnly(StoreError):
    """The file or its folder cannot be written."""

    kind = "store-read-only"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} cannot be written: the file, its folder or the file system is read-only.",
            "Give yourself write access to the file and its folder, or open a copy with --db PATH.",
        )


class StoreFull(StoreError):
    """The disk did not take the write; what was committed before is safe."""

    kind = "store-full"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The disk did not take a write to {path}: it is full, over quota or failing.",
            "Nothing that was saved before is lost. Free some space and repeat the last step.",
        )


class StoreCorrupt(StoreError):
    """The file is damaged.

    Args:
        moved_to: where the damaged file was set aside; None when it is still in its place.
    """

    kind = "store-corrupt"

    def __init__(self, path: Path, why: str, *, moved_to: Path | None = None) -> None:
        recover = "recover what is readable with: sqlite3 {} .recover | sqlite3 recovered.db"
        if moved_to is None:
            todo = f"Close every Lift, move the file aside (mv {path} {path}.damaged), then " + (
                recover.format(f"{path}.damaged")
            )
        else:
            todo = (
                f"It was set aside, unchanged, as {moved_to}; the next start begins with an empty "
                f"database. To {recover.format(moved_to)}"
            )
        super().__init__(f"The session database {path} is damaged ({why}).", todo)
        self.why = why
        self.moved_to = moved_to


class StoreMissingFolder(StoreError):
    """The folder of the database does not exist and cannot be made, or is not a folder."""

    kind = "store-folder"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"There is no folder for the session database {path}: {why}.",
            f"Create it with: mkdir -p {path.parent} - or name another file with --db PATH or LIFT_DB.",
        )


class NoSuchRecord(UsageError):
    """A session, draft, code version or run that does not exist was named."""

    kind = "store-unknown"


class AmbiguousId(UsageError):
    """The start of a session id fits several sessions.

    Args:
        matches: the first few ids it fits.
    """

    kind = "store-ambiguous"

    def __init__(self, prefix: str, matches: tuple[str, ...]) -> None:
        super().__init__(
            f"“{prefix}” is the start of several session ids: {', '.join(matches)} …",
            "Type more characters of the one you mean.",
        )
        self.matches = matches


class NothingToUndo(UsageError):
    """There is no earlier (or, for redo, no later) position of the head."""

    kind = "store-undo"


class NotAllowed(UsageError):
    """The operation does not fit the state that the session is in."""

    kind = "store-not-allowed"


_FAILED_WRITES = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)


def typed(error: sqlite3.Error, path: Path) -> StoreError:
    """The :class:`StoreError` that says what ``error``, raised by SQLite on ``path``, means."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    match primary:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreLocked(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return StoreReadOnly(path)
        case sqlite3.SQLITE_FULL:
            return StoreFull(path)
        case sqlite3.SQLITE_IOERR if code in _FAILED_WRITES:
            return StoreFull(path)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreCorrupt(path, str(error))
        case sqlite3.SQLITE_CANTOPEN:
            # With the folder in place, only a missing right to write side files (-wal, -shm) is left.
            if path.parent.is_dir():
                return StoreReadOnly(path)
            return StoreMissingFolder(path, "the folder does not exist")
        case _:
            return StoreError(f"The session database {path} refused an operation: {error}.")


def folder_error(error: OSError, path: Path) -> StoreError:
    """The :class:`StoreError` for a folder of ``path`` that could not be made."""
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StoreReadOnly(path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(path)
    return StoreMissingFolder(path, error.strerror or str(error))
