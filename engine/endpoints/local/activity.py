"""Whether anybody uses the server, and the first use that makes the others fast."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine import prompts
from engine.endpoints.local.llama import Server
from engine.endpoints.protocol import Message
from engine.grammar.python.grammar import python_body
from engine.grammar.python.policy import Policy
from engine.stages.short_wire import short_grammar

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
        counters = {name: float(value) for name, value in _COUNTERS.findall(self._metrics())}
        busy = counters["requests_processing"] + counters["requests_deferred"] > 0
        if busy or counters["n_decode_total"] != self._decoded:
            self._last_use = self._now()
        self._decoded = counters["n_decode_total"]
        return self._now() - self._last_use


def warm_up(server: Server) -> None:
    """Have the server read, once, what every first request of a session begins with.

    Two requests of one token each: a draft's instructions and worked examples under a draft's grammar, and the
    beginning of a request for code under the grammar of a body. They map the weights, build the grammar
    engine's tables for this vocabulary, and leave both beginnings in the cache, so that the first real request
    only has its own words read (some 450 tokens less, ten seconds on two cores).
    """
    for messages, grammar in (
        (prompts.preamble(), short_grammar(raises=False, ask=False)),
        ((), python_body(Policy())),
    ):
        asked = [*messages, Message("user", prompts.implement_instruction("") if not messages else "-")]
        server.handle_chat_completions(
            {
                "messages": [{"role": message.role, "content": message.content} for message in asked],
                "max_tokens": 1,
                "temperature": 0,
                "grammar": grammar.to_gbnf(),
            }
        )
