"""Opening the session database; on the very first run it begins as a copy of the starter database.

The starter is a file of real recorded sessions that comes with Lift. It is only ever copied,
never opened, so that running from a checkout leaves the tracked file as it is.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import shutil
from pathlib import Path

import engine
from engine import paths
from engine.sessions.store import SessionStore, default_db_path


def open_store(db: Path | None = None) -> SessionStore:
    """Open the database ``db``, or else that of ``LIFT_DB``, or else the user's own.

    Raises:
        StoreError: it cannot be opened; see :class:`~engine.sessions.store.SessionStore`.
    """
    path = db or default_db_path()
    if db is None and not os.environ.get("LIFT_DB"):
        install(path)
    return SessionStore(path)


def starter_path() -> Path | None:
    """The starter database: at the top of a checkout, inside an installed package; None without one."""
    checkout = Path(engine.__file__).parent.parent
    candidates = [Path(__file__).with_name("starter.db")]
    if (checkout / "pyproject.toml").is_file():
        candidates.insert(0, checkout / "sessions.db")
    return next((path for path in candidates if path.is_file()), None)


def install(path: Path) -> bool:
    """Copy the starter database to ``path`` if nothing was ever there; returns whether it did.

    What cannot be copied is left out: the samples are a courtesy, and if the place cannot be
    written, opening the database says so better.
    """
    source = starter_path()
    if source is None:
        return False
    try:
        paths.private_dir(path.parent)
        if any(path.parent.glob(f"{path.name}*")):  # the database, its log, or one that was set aside
            return False
        return _copy(source, path)
    except OSError:
        return False


def _copy(source: Path, target: Path) -> bool:
    """Make ``target`` a copy that is there whole or not at all; False if somebody else was first."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with source.open("rb") as original, _private(temporary) as copy:
            shutil.copyfileobj(original, copy)
            copy.flush()
            os.fsync(copy.fileno())
        target.hardlink_to(temporary)  # unlike a rename, this never replaces a file
    except FileExistsError:
        return False
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
    return True


def _private(path: Path) -> io.BufferedWriter:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
