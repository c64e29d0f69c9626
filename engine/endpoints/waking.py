"""A server that is not ready yet: how long to wait for it, and what to say meanwhile.

Being asleep is a state of a server and no failure. It shows in one of three ways: it answers 503 and has to be
asked again; it holds the request until it is up; or it lets the proxy before it refuse the connection.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from engine.endpoints.memory import EndpointMemory
from engine.endpoints.protocol import Waiting
from engine.endpoints.wording import BUSY, FULL, Wording
from engine.errors import EndpointRefused

_BLOCKED_S = 5.0
"""A request that is held for so long was held by a start: a server that is up sends its headers at once."""

_LONGEST_PAUSE_S = 10.0


@dataclass(frozen=True, slots=True)
class Waits:
    """How long to wait, in seconds.

    Args:
        up_s: for a server that is starting.
        full_s: for one that takes no more requests just now.
        pause_s: between two attempts; doubled each time while the server is full.
        tick_s: how often the one who waits is told so.
    """

    up_s: float = 600.0
    full_s: float = 120.0
    pause_s: float = 1.0
    tick_s: float = 1.0


class Waking:
    """One caller's wait for one server, over all its attempts.

    Args:
        name: the endpoint's name.
        wording: the words for this kind of server.
        memory: what earlier starts took; a start that is seen is remembered there.
        waits: how long to wait.
    """

    def __init__(self, name: str, wording: Wording, memory: EndpointMemory | None, waits: Waits) -> None:
        self._name = name
        self._wording = wording
        self._memory = memory
        self._waits = waits
        self._began = time.perf_counter()
        self._typical = memory.typical_start_s if memory else None
        self._refused = False
        self._pause_s = waits.pause_s
        self._full_since: float | None = None

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first attempt."""
        return time.perf_counter() - self._began

    def blocked(self) -> Waiting:
        """The request has been sent and is not answered."""
        what = self._wording.starting.format(status=503) if self._refused else self._wording.blocked
        return self._waiting(f"{self._name} {what}")

    def answered(self) -> float | None:
        """The server is up; returns the seconds that its start took, None if it was up all along."""
        took = self.elapsed_s
        if not self._refused and (took < _BLOCKED_S or self._full_since is not None):
            return None
        if self._memory is not None:
            self._memory.started(took)
        return took

    def after(self, error: EndpointRefused) -> AsyncGenerator[Waiting]:
        """Wait before the next attempt, if the refusal means "not now".

        Raises:
            EndpointRefused: it means something else, or the time is up.
        """
        if error.status not in BUSY:
            raise error
        if error.status == FULL:
            self._full_since = self._full_since or time.perf_counter()
            if time.perf_counter() - self._full_since > self._waits.full_s:
                raise error
            pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, _LONGEST_PAUSE_S)
            return self._wait(f"{self._name} {self._wording.full}", pause_s, estimate=False)
        self._refused = True
        if self.elapsed_s > self._waits.up_s:
            raise self.gave_up(error) from error
        return self.again(f"{self._name} {self._wording.starting.format(status=error.status)}")

    def again(self, what: str) -> AsyncGenerator[Waiting]:
        """Wait before the next attempt, because of ``what``."""
        return self._wait(what, self._waits.pause_s, estimate=self._refused)

    def gave_up(self, error: EndpointRefused) -> EndpointRefused:
        """The time is up."""
        what, todo = self._wording.never_up
        return EndpointRefused(
            f"{self._name} {what}: it was waited for {self.elapsed_s:.0f} s (HTTP {error.status}).",
            todo,
            status=error.status,
        )

    async def _wait(self, what: str, pause_s: float, *, estimate: bool) -> AsyncGenerator[Waiting]:
        end = time.perf_counter() + pause_s
        yield self._waiting(what, estimate=estimate)
        while (left := end - time.perf_counter()) > 0:
            await asyncio.sleep(min(left, self._waits.tick_s))
            if left > self._waits.tick_s:
                yield self._waiting(what, estimate=estimate)

    def _waiting(self, what: str, *, estimate: bool = True) -> Waiting:
        typical = self._typical if estimate else None
        elapsed = self.elapsed_s
        return Waiting(what, elapsed, min(elapsed / typical, 0.99) if typical else None, typical)
