"""Where Lift keeps its files, by the platform's conventions (XDG on Linux).

Every folder Lift creates is private to the user (mode 0700), because it holds tokens,
prompts and code.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

APP = "lift"


def config_dir() -> Path:
    """Settings and endpoint profiles; ``LIFT_CONFIG_HOME`` overrides."""
    return _override("LIFT_CONFIG_HOME") or platformdirs.user_config_path(APP)


def data_dir() -> Path:
    """The session database; ``LIFT_DATA_HOME`` overrides."""
    return _override("LIFT_DATA_HOME") or platformdirs.user_data_path(APP)


def cache_dir() -> Path:
    """Model weights and anything else that can be fetched again; ``LIFT_CACHE_HOME`` overrides."""
    return _override("LIFT_CACHE_HOME") or platformdirs.user_cache_path(APP)


def state_dir() -> Path:
    """Logs and the local endpoint's state file; ``LIFT_STATE_HOME`` overrides."""
    return _override("LIFT_STATE_HOME") or platformdirs.user_state_path(APP)


def _override(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser() if value else None


def private_dir(path: Path) -> Path:
    """Create ``path`` and its parents, readable by this user only, and return it.

    Raises:
        OSError: the folder cannot be created.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write_private(path: Path, text: str) -> None:
    """Replace ``path`` with ``text`` (UTF-8) atomically, mode 0600.

    A reader sees the old file or the new one, never half of either.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    private_dir(path.parent)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
