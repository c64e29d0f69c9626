"""Whether anybody uses the server, and the first use that makes the others fast."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.endpoints.local.llama import Server

_COUNTERS = re.compile(r"^llamacpp:(n_decode_total|requests_processing|requests_deferred) (\S+)", re.MULTILINE)
_WARM_UP_GRAMMAR = 'root ::= "ok"'


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
        counters = {name: float(value) for name, value in _COUNTERS.findall(self._metrics())}
        busy = counters["requests_processing"] + counters["requests_deferred"] > 0
        if busy or counters["n_decode_total"] != self._decoded:
            self._last_use = self._now()
        self._decoded = counters["n_decode_total"]
        return self._now() - self._last_use


def warm_up(server: Server) -> None:
    """One constrained token: maps the weights and builds the grammar engine's tables for this vocabulary.

    Without it the first real request pays for that, about a second.
    """
    server.handle_chat_completions(
        {"messages": [{"role": "user", "content": "ok"}], "max_tokens": 1, "grammar": _WARM_UP_GRAMMAR}
    )
