"""How fast the demo goes: a clock of its own that can run faster, stand still, and hurry to the next step."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

SLOWEST, FASTEST = 0.25, 64.0
"""Bounds of the speed that a person can choose; 1 is the speed of the recording."""

HURRY = 60.0
"""How many times faster than the recording a step goes that is hurried through."""

POLL_S = 0.05
"""How often a sleeper looks whether the speed has changed, in real seconds."""


class Pace:
    """Demo seconds: real seconds, times the speed, less the pauses.

    The thread that draws sets the speed, the thread of a run sleeps by it, so every method may be called from
    any thread.

    Args:
        speed: demo seconds in a real second.
        clock: real seconds on a monotonic clock.
    """

    def __init__(self, speed: float = 1.0, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._speed = speed
        self._paused = False
        self._hurried = False
        self._real_s = clock()
        self._demo_s = 0.0

    @property
    def speed(self) -> float:
        """The speed that was chosen."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    @property
    def hurried(self) -> bool:
        """Whether the step that goes on is hurried through."""
        return self._hurried

    def now(self) -> float:
        """Demo seconds since the beginning; a monotonic clock."""
        with self._lock:
            return self._advance()

    def change_speed(self, factor: float) -> None:
        """Go so many times faster, within the bounds."""
        with self._lock:
            self._advance()
            self._speed = min(max(self._speed * factor, SLOWEST), FASTEST)

    def pause(self, on: bool) -> None:
        """Stand still, or go on."""
        with self._lock:
            self._advance()
            self._paused = on

    def hurry(self, on: bool) -> None:
        """Go as fast as can be, also out of a pause; or go on at the speed that was chosen."""
        with self._lock:
            self._advance()
            self._hurried = on
            self._paused = self._paused and not on

    async def until(self, demo_s: float) -> None:
        """Sleep until the clock says ``demo_s``."""
        while (left := demo_s - self.now()) > 0:
            rate = self._rate()
            await asyncio.sleep(min(left / rate, POLL_S) if rate else POLL_S)

    async def sleep(self, demo_s: float) -> None:
        """Sleep for so many demo seconds."""
        await self.until(self.now() + demo_s)

    def reading(self, seconds: float) -> float:
        """For how many demo seconds to show what takes a person ``seconds`` to read or to follow.

        Nobody reads four times as fast because the model writes so: only the square root of the speed counts.
        """
        return seconds * max(self._speed, 1.0) ** 0.5

    def _rate(self) -> float:
        if self._paused:
            return 0.0
        return max(HURRY, self._speed) if self._hurried else self._speed

    def _advance(self) -> float:
        real_s = self._clock()
        self._demo_s += (real_s - self._real_s) * self._rate()
        self._real_s = real_s
        return self._demo_s
