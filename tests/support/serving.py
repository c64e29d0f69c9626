"""Scripted servers in a thread, for tests and benchmarks that run no event loop of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from typing import Any, TypeVar

from tests.support.chat_server import Answer, ChatServer, chat_server

T = TypeVar("T")


class Servers:
    """Starts scripted servers on one event loop in a thread; :meth:`close` ends them all."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._stack = AsyncExitStack()

    def start(self, *answers: Answer, **options: Any) -> ChatServer:
        """Run a server; see :func:`tests.support.chat_server.chat_server`."""
        return self.enter(chat_server(*answers, **options))

    def enter(self, server: AbstractAsyncContextManager[T]) -> T:
        """Run any server that is an asynchronous context; it ends with the others."""
        return asyncio.run_coroutine_threadsafe(self._stack.enter_async_context(server), self._loop).result(10)

    def close(self) -> None:
        """End the servers, the connections they still hold, and the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        await self._stack.aclose()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def serving(*answers: Answer, **options: Any) -> Iterator[ChatServer]:
    """One server, for the length of the context."""
    servers = Servers()
    try:
        yield servers.start(*answers, **options)
    finally:
        servers.close()
