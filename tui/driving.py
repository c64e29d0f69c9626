"""Driving one run of the pipeline from the command line, with signals that stop it well."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore
    from engine.stages.jobs import RunRequest
    from tui.presenters import Presenter


def on_terminal() -> bool:
    """Whether standard output is a terminal that can be drawn on."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def asks() -> bool:
    """Whether a person can be asked: both ends are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def drive(request: RunRequest, store: SessionStore, presenter: Presenter) -> int:
    """Run ``request``, showing every event; returns the exit code."""
    return asyncio.run(_drive(request, store, presenter))


async def _drive(request: RunRequest, store: SessionStore, presenter: Presenter) -> int:
    from engine.endpoints.connect import new_client
    from engine.stages.pipeline import Run
    from tui.presenters import exit_code

    code = 0
    async with new_client() as client:
        run = Run(request, store, client)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, run.cancel)
        with presenter:
            async with aclosing(run.events()) as events:
                async for event in events:
                    presenter.show(event)
                    if event.type == "run-finished":
                        code = exit_code(event)
    return code
