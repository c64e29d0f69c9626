from __future__ import annotations

import subprocess
import sys

from engine.weights.lock import FileLock

HOLDER = """
import sys, pathlib
from engine.weights.lock import FileLock
lock = FileLock(pathlib.Path(sys.argv[1]))
lock.try_acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_one_holder_at_a_time(tmp_path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.try_acquire()
    assert not second.try_acquire()
    assert second.held_elsewhere()
    assert not first.held_elsewhere()
    first.release()
    assert second.try_acquire()


def test_the_lock_of_a_killed_process_is_free(tmp_path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert FileLock(path).held_elsewhere()
    holder.kill()
    holder.communicate()
    assert not FileLock(path).held_elsewhere()


async def test_a_waiter_is_told_once_and_gets_the_lock_next(tmp_path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    first.try_acquire()
    told: list[str] = []

    def hear() -> None:
        told.append("waiting")
        first.release()

    async with second.waiting(hear):
        assert first.held_elsewhere()
    assert told == ["waiting"]
    assert not first.held_elsewhere()
