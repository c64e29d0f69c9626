"""Ending well when the terminal hangs up or the machine shuts down."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable


def end_on_signals(end: Callable[[], object]) -> None:
    """Call ``end`` in the running event loop on SIGHUP and SIGTERM, where the platform has them."""
    loop = asyncio.get_running_loop()
    for name in ("SIGHUP", "SIGTERM"):
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not here, or not in this thread
                loop.add_signal_handler(number, end)
