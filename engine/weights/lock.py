"""An advisory lock between processes, on a file. The system releases it when its holder dies."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

_LOOK_S = 0.1


class FileLock:
    """One process at a time; also one holder at a time within a process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if nobody has it.

        Raises:
            OSError: the lock file cannot be created.
        """
        if self._descriptor is not None:
            return False
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(descriptor):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back; nothing happens if it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def held_elsewhere(self) -> bool:
        """Whether another holder has the lock at this moment."""
        if self._descriptor is not None:
            return False
        if self.try_acquire():
            self.release()
            return False
        return True

    @asynccontextmanager
    async def waiting(self, on_wait: Callable[[], None]) -> AsyncGenerator[None]:
        """Hold the lock inside the block; ``on_wait`` is called once if somebody else has it first.

        Raises:
            OSError: the lock file cannot be created.
        """
        told = False
        while not self.try_acquire():
            if not told:
                on_wait()
                told = True
            await asyncio.sleep(_LOOK_S)
        try:
            yield
        finally:
            self.release()


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
