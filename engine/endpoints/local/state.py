"""What the endpoint's process tells everybody else: its state file, its lock and its log.

The process holds the life lock as long as it lives. So a state file left behind by a killed process
is never mistaken for a running one, even when its process id or its port has been taken by another.
"""

from __future__ import annotations

import math
import os
import time
from importlib.metadata import version as installed_version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engine import paths
from engine.weights.lock import FileLock

_REVISION = 2
"""Counts up when the process itself changes in a way that an older running one must be replaced."""


class ServerState(BaseModel):
    """The state file; it holds the token, so it is readable by its user only.

    Args:
        pid: the process.
        base_url: ``http://127.0.0.1:PORT`` once the model is loaded, None before.
        token: bearer token of every request.
        model: name of the model.
        model_path: file of the weights.
        version: see :func:`current_version`.
        started_at: seconds since the epoch.
        idle_s: seconds without a request after which the process ends.
    """

    model_config = ConfigDict(frozen=True)

    pid: int
    base_url: str | None = None
    token: str
    model: str
    model_path: str
    version: str
    started_at: float
    idle_s: float


def current_version() -> str:
    """What a process started now would be: a running one of another version is replaced."""
    return f"{_REVISION}+{installed_version('xllamacpp')}"


def log_path() -> Path:
    """The log of the running process, or of the last one."""
    return paths.state_dir() / "local-endpoint.log"


def state_file(folder: Path) -> Path:
    """Where the state lies in the state folder ``folder``."""
    return folder / "local-endpoint.json"


def life_lock(folder: Path) -> FileLock:
    """The lock that the process holds as long as it lives."""
    return FileLock(folder / "local-endpoint.life")


def start_lock(folder: Path) -> FileLock:
    """The lock of whoever is starting the process."""
    return FileLock(folder / "local-endpoint.start")


def read_state(folder: Path) -> ServerState | None:
    """The state file, or None when there is none that can be read."""
    try:
        return ServerState.model_validate_json(state_file(folder).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def write_state(folder: Path, state: ServerState) -> None:
    """Publish ``state`` atomically.

    Raises:
        OSError: the file cannot be written.
    """
    paths.write_private(state_file(folder), state.model_dump_json())


def note_use(folder: Path) -> None:
    """Tell the process that somebody is about to send a request, so that it does not end just now.

    Raises:
        FileNotFoundError: it has ended already.
    """
    os.utime(state_file(folder))


def seconds_since_use(folder: Path) -> float:
    """Seconds since somebody announced a request or the state changed; infinite without a state file."""
    try:
        return max(0.0, time.time() - state_file(folder).stat().st_mtime)
    except OSError:
        return math.inf


def living_state(folder: Path) -> ServerState | None:
    """The state of the process that is alive now, loading or ready; None when there is no process."""
    state = read_state(folder)
    if state is None or not life_lock(folder).held_elsewhere():
        return None
    return state
