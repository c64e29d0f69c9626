"""Starting the endpoint's process, and saying why it did not start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO

import engine
from engine.endpoints.local.state import log_path
from engine.errors import LocalEndpointFailed

_SPINS = "10000"
"""How long an OpenMP thread spins at a barrier before it sleeps. GNU's default spins for so long that other
programs on the same cores cut decoding to a tenth; measured on two cores with four busy programs:
0.5 tokens/s with the default, up to 7 with this; no loss on an idle machine."""
_QUOTED_LINES = 8


def launch(model_path: Path, name: str, folder: Path, idle_s: float) -> subprocess.Popen[bytes]:
    """Start the process, detached: neither Ctrl-C nor the end of the terminal reaches it.

    Raises:
        LocalEndpointFailed: the process cannot be created.
    """
    command = [sys.executable, "-P", "-m", "engine.endpoints.local.server"]
    command += ["--model", str(model_path), "--name", name, "--state-dir", str(folder), "--idle-s", str(idle_s)]
    try:
        with _fresh_log() as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,  # never the user's folder: it may hold modules of the same names, or be unmounted
                env=_environment(),
                start_new_session=True,
            )
    except OSError as error:
        raise LocalEndpointFailed(
            f"The embedded model cannot be started: {error}.", "See `lift doctor` for what this machine lacks."
        ) from error
    threading.Thread(target=process.wait, daemon=True).start()  # collects its exit status, whenever that is
    return process


def died(process: subprocess.Popen[bytes]) -> LocalEndpointFailed:
    """The error for a process that ended before it was ready, with the end of its log."""
    status = process.returncode
    if status == -signal.SIGKILL:
        how = "was killed, most likely because the machine has too little free memory (it needs about 2 GB)"
    elif status < 0:
        how = f"was ended by signal {-status}"
    else:
        how = f"ended with status {status}"
    return LocalEndpointFailed(
        f"The embedded model {how} while loading.\n{log_tail()}",
        f"The whole log is {log_path()}. `lift model verify` checks the weights; `lift doctor` checks the machine.",
    )


def log_tail() -> str:
    """The last lines of the log."""
    try:
        lines = log_path().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"  {line}" for line in lines[-_QUOTED_LINES:])


def _fresh_log() -> BinaryIO:
    """An empty log, readable by this user only; the last run's is kept beside it."""
    log = log_path()
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600), "ab")


def _environment() -> dict[str, str]:
    root = str(Path(engine.__file__).parent.parent)
    there = os.environ.get("PYTHONPATH")
    ours = {"PYTHONPATH": os.pathsep.join([root, there] if there else [root]), "GOMP_SPINCOUNT": _SPINS}
    if "OMP_WAIT_POLICY" in os.environ or "GOMP_SPINCOUNT" in os.environ:
        del ours["GOMP_SPINCOUNT"]
    return {**os.environ, **ours}
