"""Awaiting something slow in a thread and an event loop of its own, so that drawing never waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def apart(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Await ``make()`` in another thread; cancelling this cancels it there and waits for its end.

    Raises:
        Exception: what the coroutine raises.
    """
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = []
    lock = threading.Lock()
    unwanted = False

    async def run() -> T:
        task = asyncio.ensure_future(make())
        with lock:
            loops.append((asyncio.get_running_loop(), task))
            if unwanted:
                task.cancel()
        return await task

    thread = asyncio.ensure_future(asyncio.to_thread(asyncio.run, run()))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        with lock:
            unwanted = True
            for loop, task in loops:
                with contextlib.suppress(RuntimeError):  # it has just come to its end
                    loop.call_soon_threadsafe(task.cancel)
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await thread
        raise
