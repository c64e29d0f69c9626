"""Where a request's time went, from moments that are set by hand."""

from __future__ import annotations

import pytest

from engine.endpoints import timing
from engine.endpoints.chunks import ServerTimings
from engine.endpoints.timing import RequestClock


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = 100.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def hand(monkeypatch):
    clock = Hand()
    monkeypatch.setattr(timing, "time", clock)
    return clock


async def asked(hand, *, connect=0.0, headers=0.0, first=0.0, rest=0.0, attempts=()):
    """A request whose phases take this long, after attempts that failed."""
    clock = RequestClock()
    for lost in attempts:
        clock.begin()
        hand.now += lost
    clock.begin()
    if connect:
        await clock.trace("connection.connect_tcp.started", {})
        hand.now += connect
        await clock.trace("connection.connect_tcp.complete", {})
    hand.now += headers
    clock.answered()
    hand.now += first
    clock.token()
    hand.now += rest
    clock.token()
    return clock


def phases(clock, **server):
    found = {t.phase: (t.start_s - 100, t.duration_s) for t in clock.finish(ServerTimings(**server))}
    assert list(found) == ["connect", "queue", "prefill", "decode"]
    return {phase: pytest.approx(times) for phase, times in found.items()}


async def test_without_the_servers_figures_the_headers_divide_queue_and_prefill(hand):
    clock = await asked(hand, connect=0.1, headers=0.4, first=0.5, rest=2)
    assert phases(clock) == {"connect": (0, 0.1), "queue": (0.1, 0.4), "prefill": (0.5, 0.5), "decode": (1, 2)}


async def test_llama_cpp_says_how_long_it_read(hand):
    clock = await asked(hand, connect=0.1, headers=0.8, first=0.1, rest=2)
    assert phases(clock, prompt_ms=600) == {
        "connect": (0, 0.1),
        "queue": (0.1, 0.3),
        "prefill": (0.4, 0.6),
        "decode": (1, 2),
    }


async def test_vllm_says_how_long_it_queued(hand):
    clock = await asked(hand, connect=0.1, headers=0.8, first=0.1, rest=2)
    assert phases(clock, queue_time_ms=200) == {
        "connect": (0, 0.1),
        "queue": (0.1, 0.2),
        "prefill": (0.3, 0.7),
        "decode": (1, 2),
    }


@pytest.mark.parametrize("prompt_ms", [1e9, -5.0, 0.0])
async def test_figures_that_cannot_be_are_cut(hand, prompt_ms):
    clock = await asked(hand, headers=0.5, first=0.5, rest=1)
    found = phases(clock, prompt_ms=prompt_ms)
    prefill = 1.0 if prompt_ms > 0 else 0.0
    assert found["prefill"] == (1 - prefill, prefill)
    assert found["queue"] == (0, 1 - prefill)


async def test_a_kept_connection_costs_nothing(hand):
    clock = await asked(hand, headers=0.5, rest=1)
    assert phases(clock)["connect"] == (0, 0)


async def test_attempts_that_failed_count_as_queueing(hand):
    clock = await asked(hand, headers=0.5, rest=1, attempts=(2, 3))
    assert phases(clock) == {"connect": (0, 0), "queue": (0, 5.5), "prefill": (5.5, 0), "decode": (5.5, 1)}
    assert clock.waited == pytest.approx(6.5)


async def test_encryption_is_part_of_connecting(hand):
    clock = RequestClock()
    clock.begin()
    for event, took in (("connect_tcp.started", 0.1), ("connect_tcp.complete", 0.2), ("start_tls.complete", 0)):
        await clock.trace(f"connection.{event}", {})
        hand.now += took
    clock.answered()
    clock.token()
    assert phases(clock)["connect"] == (0, 0.3)


async def test_an_answer_without_a_token(hand):
    clock = RequestClock()
    clock.begin()
    hand.now += 1
    clock.answered()
    assert not clock.streaming
    assert all(duration >= 0 for _, duration in ((t.phase, t.duration_s) for t in clock.finish(ServerTimings())))
