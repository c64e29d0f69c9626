"""Whether anybody uses the server."""

from __future__ import annotations

import re
from collections.abc import Callable

_COUNTERS = re.compile(r"^llamacpp:(n_decode_total|requests_processing|requests_deferred) (\S+)", re.MULTILINE)


class IdleClock:
    """How long the server has had nothing to do.

    Requests that decode nothing (health checks, status, this clock's own look) do not count as use.

    Args:
        metrics: reads the server's counters.
        now: a monotonic clock, in seconds.
    """

    def __init__(self, metrics: Callable[[], str], now: Callable[[], float]) -> None:
        self._metrics = metrics
        self._now = now
        self._decoded: float | None = None
        self._last_use = now()

    def seconds(self) -> float:
        """Seconds since the last request was seen; to be asked about every second."""
        metrics = self._metrics()
        decoded = _counters(metrics)["n_decode_total"]
        if busy(metrics) or decoded != self._decoded:
            self._last_use = self._now()
        self._decoded = decoded
        return self._now() - self._last_use


def busy(metrics: str) -> bool:
    """Whether somebody's request is being answered, or waits, by the server's counters."""
    counters = _counters(metrics)
    return counters["requests_processing"] + counters["requests_deferred"] > 0


def _counters(metrics: str) -> dict[str, float]:
    return {name: float(value) for name, value in _COUNTERS.findall(metrics)}
