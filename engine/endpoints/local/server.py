"""The process of the embedded endpoint: ``python -m engine.endpoints.local.server``.

It wraps llama.cpp's own HTTP server (``xllamacpp``), publishes where it listens, and ends itself
when nobody has asked for anything within the idle window.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import secrets
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from engine.endpoints.local.activity import IdleClock
from engine.endpoints.local.beginnings import Beginnings, beginnings_folder
from engine.endpoints.local.llama import Server, load
from engine.endpoints.local.state import (
    ServerState,
    current_version,
    life_lock,
    read_state,
    seconds_since_use,
    state_file,
    write_state,
)
from engine.endpoints.local.warm_up import warm_up
from engine.weights.lock import FileLock

_LOCK_PATIENCE_S = 5.0
_LOOK_S = 1.0


def main(arguments: list[str] | None = None) -> int:
    """Load the model, serve until idle or told to stop, and return the exit status."""
    faulthandler.enable()
    options = _parse(arguments)
    folder: Path = options.state_dir
    lock = life_lock(folder)
    if not _acquire(lock):
        sys.stderr.write("another local endpoint is running in this state folder\n")
        return 1
    loading = ServerState(
        pid=os.getpid(),
        token=secrets.token_urlsafe(32),
        model=options.name,
        model_path=str(options.model),
        version=current_version(),
        started_at=time.time(),
        idle_s=options.idle_s,
    )
    write_state(folder, loading)
    # Loading holds the interpreter, so no handler could run: until it is over, SIGTERM simply kills.
    kept = beginnings_folder(folder)
    try:
        server = load(options.model, options.name, loading.token, kept)
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")  # llama.cpp has logged the reason above
        state_file(folder).unlink(missing_ok=True)
        return 1
    beginnings = Beginnings(kept, options.model, server.listening_address, loading.token)
    _serve(server, folder, loading.model_copy(update={"base_url": server.listening_address}), beginnings)
    sys.stderr.write("stopped\n")
    sys.stderr.flush()
    # The server's destructor waits for running requests, up to half a minute; nobody hears them any more.
    os._exit(0)


def _serve(server: Server, folder: Path, ready: ServerState, beginnings: Beginnings) -> None:
    """Publish ``ready`` and stay until told to stop, idle for too long, or without the state file."""
    stop = threading.Event()
    _stop_on_signals(stop)
    restored = beginnings.restore()
    write_state(folder, ready)
    threading.Thread(target=warm_up, args=(server, beginnings, restored), daemon=True).start()
    idle = IdleClock(server.handle_metrics, time.monotonic)
    look_s = min(_LOOK_S, ready.idle_s / 4)
    while not stop.wait(look_s) and read_state(folder) == ready:
        if min(idle.seconds(), seconds_since_use(folder)) >= ready.idle_s:
            break
    if read_state(folder) == ready:
        state_file(folder).unlink(missing_ok=True)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Lift's embedded endpoint (started by Lift itself).")
    parser.add_argument("--model", type=Path, required=True, help="file of the weights (GGUF)")
    parser.add_argument("--name", required=True, help="name of the model")
    parser.add_argument("--state-dir", type=Path, required=True, help="folder of the state file")
    parser.add_argument("--idle-s", type=float, default=600.0, help="end after this many idle seconds")
    return parser.parse_args(arguments)


def _acquire(lock: FileLock) -> bool:
    """Take the life lock; whoever merely looks at it holds it for an instant, so try for a while."""
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while not lock.try_acquire():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _stop_on_signals(stop: threading.Event) -> None:
    def on_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in some terminal is not meant for a shared server
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
