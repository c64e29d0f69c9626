"""A home of the demo's own: its database, its settings and what it remembers, gone when it ends."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDERS = ("LIFT_CONFIG_HOME", "LIFT_DATA_HOME", "LIFT_STATE_HOME")
"""The variables that say where Lift keeps what is the user's (:mod:`engine.paths`)."""

DATABASE = "LIFT_DB"


@contextmanager
def private_home() -> Iterator[Path]:
    """Let Lift keep everything in a folder that is removed at the end; gives the path of the session database.

    The samples that come with Lift are in it, as on a first start.

    Raises:
        OSError: there is no room for it.
    """
    from engine.lifecycle.starter import install

    before = {name: os.environ.get(name) for name in (*FOLDERS, DATABASE)}
    with tempfile.TemporaryDirectory(prefix="lift-demo-") as folder:
        os.environ.pop(DATABASE, None)
        os.environ.update(dict.fromkeys(FOLDERS, folder))
        try:
            db = Path(folder) / "sessions.db"
            install(db)
            yield db
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
