"""Where one request's time went: connect, queue, prefill, decode.

The client sees when the connection stood, when the server began to answer and when the first
token came. Only the server knows how much of the wait was queueing and how much was reading
the prompt, so its own figures, where it sends them, decide the split:
llama.cpp's ``timings.prompt_ms`` or vLLM's ``metrics.time_to_first_token_ms``/``queue_time_ms``.
"""

from __future__ import annotations

import time
from typing import Any

from engine.endpoints.chunks import ServerTimings
from engine.endpoints.protocol import PhaseTiming


class RequestClock:
    """Notes the moments of one request, retries included."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._connecting: float | None = None
        self._connect_s = 0.0
        self._sent = self._begun
        self._answered: float | None = None
        self._first: float | None = None
        self._last = self._begun

    @property
    def streaming(self) -> bool:
        """Whether a token has arrived, after which nothing may be retried."""
        return self._first is not None

    @property
    def waited(self) -> float:
        """Seconds since the request was first tried."""
        return time.perf_counter() - self._begun

    def begin(self) -> None:
        """An attempt starts; time lost on earlier attempts counts as queueing."""
        self._connecting = None
        self._connect_s = 0.0
        self._sent = time.perf_counter()

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """The httpcore trace hook: only a connection that had to be opened has a connect time."""
        now = time.perf_counter()
        if event == "connection.connect_tcp.started":
            self._connecting = now
        elif event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._connect_s = now - (self._connecting or now)
            self._sent = now

    def answered(self) -> None:
        """The response headers are here."""
        self._answered = time.perf_counter()

    def token(self) -> None:
        """A piece of the answer is here."""
        self._last = time.perf_counter()
        if self._first is None:
            self._first = self._last

    def finish(self, server: ServerTimings) -> tuple[PhaseTiming, ...]:
        """The four phases in order; ``server`` holds the server's own figures, if any."""
        first = self._first or self._last
        connect_start = self._connecting or self._begun
        wait = max(first - self._sent, 0.0)
        told = _server_prefill_s(server, wait)
        prefill = min(max(self._client_prefill_s(first) if told is None else told, 0.0), wait)
        queue_start = self._begun if self._connecting is None else self._sent
        queue = max(first - prefill - queue_start, 0.0)
        return (
            PhaseTiming("connect", connect_start, self._connect_s),
            PhaseTiming("queue", queue_start, queue),
            PhaseTiming("prefill", first - prefill, prefill),
            PhaseTiming("decode", first, self._last - first),
        )

    def _client_prefill_s(self, first: float) -> float:
        return first - (self._answered if self._answered is not None else first)


def _server_prefill_s(server: ServerTimings, wait: float) -> float | None:
    if server.prompt_ms is not None:
        return server.prompt_ms / 1000
    if server.queue_time_ms is not None:
        return wait - server.queue_time_ms / 1000
    return None
