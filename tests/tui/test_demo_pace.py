"""The demo's clock: faster, slower, standing still, in a hurry."""

from __future__ import annotations

import asyncio

import pytest

from tui.demo.pace import FASTEST, HURRY, SLOWEST, Pace


class Clock:
    """Real seconds that pass only when they are told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_it_begins_at_zero_and_runs_at_its_speed(clock: Clock):
    pace = Pace(4, clock=clock)
    assert pace.now() == 0
    clock.now_s += 2
    assert pace.now() == 8


def test_a_change_of_speed_counts_from_now_on(clock: Clock):
    pace = Pace(clock=clock)
    clock.now_s += 3
    pace.change_speed(2)
    clock.now_s += 3
    assert pace.now() == 3 + 6


def test_the_speed_has_bounds(clock: Clock):
    pace = Pace(clock=clock)
    for _ in range(20):
        pace.change_speed(2)
    assert pace.speed == FASTEST
    for _ in range(20):
        pace.change_speed(0.5)
    assert pace.speed == SLOWEST


def test_a_pause_takes_no_time(clock: Clock):
    pace = Pace(clock=clock)
    clock.now_s += 1
    pace.pause(True)
    clock.now_s += 50
    pace.pause(False)
    clock.now_s += 1
    assert pace.now() == 2


def test_hurrying_ends_a_pause_and_leaves_the_speed_as_it_was(clock: Clock):
    pace = Pace(2, clock=clock)
    pace.pause(True)
    pace.hurry(True)
    assert (pace.paused, pace.hurried) == (False, True)
    clock.now_s += 1
    pace.hurry(False)
    assert pace.now() == HURRY
    clock.now_s += 1
    assert pace.now() == HURRY + 2
    assert pace.speed == 2


async def test_sleeping_follows_the_clock(clock: Clock):
    pace = Pace(10, clock=clock)
    sleeper = asyncio.create_task(pace.sleep(30))
    await asyncio.sleep(0)  # now it sleeps
    clock.now_s += 2.9
    await asyncio.sleep(0.2)
    assert not sleeper.done()
    clock.now_s += 0.2
    await asyncio.wait_for(sleeper, 10)


async def test_a_sleeper_in_a_pause_wakes_when_it_is_hurried(clock: Clock):
    pace = Pace(clock=clock)
    pace.pause(True)
    sleeper = asyncio.create_task(pace.sleep(30))
    await asyncio.sleep(0)  # now it sleeps
    clock.now_s += 60
    await asyncio.sleep(0.2)
    assert not sleeper.done()
    pace.hurry(True)
    clock.now_s += 1
    await asyncio.wait_for(sleeper, 10)


@pytest.mark.parametrize(("speed", "demo_s"), [(0.5, 8), (1, 8), (4, 16), (64, 64)])
def test_what_is_read_gains_only_the_root_of_the_speed(clock: Clock, speed: float, demo_s: float):
    assert Pace(speed, clock=clock).reading(8) == demo_s
