"""One clock for a run."""

from __future__ import annotations

import time

import pytest

from engine.stages.clock import RunClock


def test_it_begins_at_zero_and_goes_forward():
    before = time.perf_counter()
    clock = RunClock()
    first, second = clock(), clock()
    assert 0 <= first <= second <= time.perf_counter() - before


def test_a_moment_elsewhere_has_its_place():
    clock = RunClock()
    now = time.perf_counter()
    assert clock.at(now) <= clock()
    assert clock.at(now + 5) - clock.at(now) == pytest.approx(5)


def test_a_span_is_kept_whether_or_not_its_block_succeeds():
    clock, spans = RunClock(), []
    with clock.span("draft", "assemble", spans):
        pass
    with pytest.raises(ValueError, match="on purpose"), clock.span("check", "check.parse", spans):
        raise ValueError("on purpose")
    first, second = (event.span for event in spans)
    assert (first.stage, first.name, second.stage, second.name) == ("draft", "assemble", "check", "check.parse")
    assert first.start_s + first.duration_s <= second.start_s <= second.start_s + second.duration_s <= clock()
