"""What earlier runs learned about a server elsewhere: how long its starts took, and when it answered last."""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import dataclass
from typing import Literal

from engine import paths
from engine.endpoints.profiles import Profile
from engine.endpoints.start_times import StartTimes


class EndpointMemory:
    """The memory of one endpoint, kept in the state folder by URL and model.

    Another model at the same URL starts in another time, so it is another memory.
    """

    def __init__(self, profile: Profile) -> None:
        key = hashlib.sha256(f"{profile.url} {profile.model}".encode()).hexdigest()[:16]
        self._key = key
        self._times = StartTimes(paths.state_dir() / "endpoint-starts.json")
        self._answered = paths.state_dir() / "endpoint-answers" / key

    @property
    def typical_start_s(self) -> float | None:
        """Median of the last starts in seconds; None when none was seen from here."""
        return self._times.typical_s(self._key)

    def started(self, seconds: float) -> None:
        """A start took this long."""
        self._times.remember(self._key, seconds)

    def answered(self) -> None:
        """It has answered just now."""
        with contextlib.suppress(OSError):
            paths.private_dir(self._answered.parent)
            self._answered.touch(mode=0o600)

    @property
    def last_answer(self) -> float | None:
        """When it answered last, in seconds since the epoch; None when it never did."""
        try:
            return self._answered.stat().st_mtime
        except OSError:
            return None


@dataclass(frozen=True, slots=True)
class Warmth:
    """Whether a server that scales to zero is up, as far as can be told without waking it.

    Others may use the same server, so ``cold`` means "nobody here has kept it awake".

    Args:
        state: ``unknown`` when it has never answered this machine.
        idle_s: seconds since its last answer to this machine.
        sleeps_in_s: seconds until it scales to zero, unless it is asked again; None unless it is warm and does so.
    """

    state: Literal["warm", "cold", "unknown"]
    idle_s: float | None = None
    sleeps_in_s: float | None = None


def warmth(profile: Profile, *, now: float | None = None) -> Warmth:
    """How warm the endpoint of ``profile`` should be, from its last answer and its idle window; asks nobody.

    Args:
        now: the time, in seconds since the epoch; the clock's when not given.
    """
    last = EndpointMemory(profile).last_answer
    idle = None if last is None else max((time.time() if now is None else now) - last, 0.0)
    if profile.min_containers > 0:
        return Warmth("warm", idle)
    if idle is None:
        return Warmth("unknown")
    left = profile.idle_s - idle
    return Warmth("warm", idle, left) if left > 0 else Warmth("cold", idle)
