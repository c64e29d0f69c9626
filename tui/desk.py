"""The desk: the workbench's way to the session store, off the thread that draws.

Two threads work for it. The first does what belongs to the open session, in the order in which it
was asked for, so that edits never overtake each other; the second lists and searches, so that a
slow search never delays an edit. Nothing here imports the engine before the first job.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore

T = TypeVar("T")

Job = Callable[["SessionStore"], T]


class Desk:
    """The session store, opened by the first job that needs it.

    Args:
        db: the database; the user's own when not given.
        author: the name that the user's edits carry.
    """

    def __init__(self, db: Path | None = None, *, author: str = "") -> None:
        self.author = author
        self._db = db
        self._store: SessionStore | None = None
        self._lock = threading.Lock()
        self._edits = ThreadPoolExecutor(1, "lift-edits")
        self._lists = ThreadPoolExecutor(1, "lift-lists")

    async def edit(self, job: Job[T]) -> T:
        """Do ``job`` after all edits asked for before it, even when nobody waits for it any more.

        Raises:
            LiftError: what the job raises, or the store cannot be opened.
        """
        return await asyncio.shield(self._do(self._edits, job))

    async def look(self, job: Job[T]) -> T:
        """Do ``job``, which only reads, beside the edits.

        Raises:
            LiftError: what the job raises, or the store cannot be opened.
        """
        return await self._do(self._lists, job)

    def store(self) -> SessionStore:
        """The store itself, for a thread of one's own (a run); blocks while it is opened.

        Raises:
            StoreError: it cannot be opened.
        """
        with self._lock:
            if self._store is None:
                from engine.lifecycle.starter import open_store

                self._store = open_store(self._db)
            return self._store

    async def close(self) -> None:
        """Finish what was asked for, then close the store."""
        for pool in (self._edits, self._lists):
            await asyncio.to_thread(pool.shutdown)
        if self._store is not None:
            self._store.close()

    def _do(self, pool: ThreadPoolExecutor, job: Job[T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(pool, lambda: job(self.store()))
