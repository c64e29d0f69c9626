"""Keeping the traceback of an unexpected failure where a maintainer can find it."""

from __future__ import annotations

import traceback
from pathlib import Path

from engine import paths


def write_crash_report(error: Exception) -> Path:
    """Write the traceback of ``error`` to the state folder and return the file's path.

    Raises:
        OSError: the state folder cannot be written.
    """
    path = paths.state_dir() / "crash.log"
    paths.write_private(path, "".join(traceback.format_exception(error)))
    return path
