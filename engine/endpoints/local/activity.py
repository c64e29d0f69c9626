"""Whether anybody uses the server, and the first use that makes the others fast."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from engine import prompts
from engine.endpoints.local.llama import Server
from engine.endpoints.protocol import Message
from engine.grammar.python.grammar import python_body
from engine.grammar.python.policy import Policy
from engine.stages.short_wire import short_grammar

_QUIET_S = 1.0
"""How long the warm-up holds back for whoever may be about to ask, in seconds."""

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
        counters = _counters(self._metrics())
        if _asked(counters) or counters["n_decode_total"] != self._decoded:
            self._last_use = self._now()
        self._decoded = counters["n_decode_total"]
        return self._now() - self._last_use


def warm_up(server: Server, sleep: Callable[[float], object] = time.sleep) -> None:
    """Have the server read, once, what every first request of a session begins with.

    Requests of one token each: a draft's instructions and worked examples, bit by bit, under a draft's grammar,
    and the beginning of a request for code under the grammar of a body. They map the weights, build the grammar
    engine's tables for this vocabulary, and leave both beginnings in the cache, so that the first real request
    only has its own words read (some 450 tokens less, ten seconds on two cores).

    Real requests come first: whoever started the server asks as soon as it is ready, reads the same beginning,
    and would share the processor with this. So there is a pause before it starts, and before each bit it waits
    until nobody asks.
    """
    sleep(_QUIET_S)
    preamble = prompts.preamble()
    # The system message alone, then with each worked example, of two messages.
    parts = [preamble[:end] for end in range(1, len(preamble) + 1, 2)]
    draft, code = short_grammar(raises=False, ask=False), python_body(Policy())
    asked = [*((part, "-", draft) for part in parts), ((), prompts.implement_instruction(""), code)]
    for messages, request, grammar in asked:
        while _asked(_counters(server.handle_metrics())):
            sleep(_QUIET_S)
        server.handle_chat_completions(
            {
                "messages": [
                    {"role": message.role, "content": message.content}
                    for message in (*messages, Message("user", request))
                ],
                "max_tokens": 1,
                "temperature": 0,
                "grammar": grammar.to_gbnf(),
            }
        )


def _counters(metrics: str) -> dict[str, float]:
    return {name: float(value) for name, value in _COUNTERS.findall(metrics)}


def _asked(counters: dict[str, float]) -> bool:
    """Whether somebody's request is being answered, or waits."""
    return counters["requests_processing"] + counters["requests_deferred"] > 0
