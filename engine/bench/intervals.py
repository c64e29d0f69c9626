"""The statistics of the benchmark: quantiles, and how far a figure could be from what it estimates.

All intervals are at 95 %.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence
from typing import NamedTuple

_Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""

_RESAMPLES = 2000
"""Enough for the ends of a 95 % interval (Efron & Tibshirani 1993, An Introduction to the Bootstrap, section 14.3)."""


class Interval(NamedTuple):
    """An estimate and the ends of its interval."""

    value: float
    low: float
    high: float


def wilson(part: int, whole: int) -> Interval:
    """The share ``part / whole``, with Wilson's score interval (1927, JASA 22, 209-212).

    Without any observation nothing is known: the interval is from 0 to 1.
    """
    if not whole:
        return Interval(math.nan, 0.0, 1.0)
    share = part / whole
    middle = share + _Z**2 / (2 * whole)
    reach = _Z * math.sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2))
    scale = 1 + _Z**2 / whole
    return Interval(share, max((middle - reach) / scale, 0.0), min((middle + reach) / scale, 1.0))


def paired_difference(both: int, only_new: int, only_old: int, neither: int) -> Interval:
    """How much larger the new share of successes is, where both were measured on the same tasks.

    Newcombe's square-and-add interval for paired proportions (1998, Statistics in Medicine 17, 2635-2650,
    method 10).

    Args:
        both: tasks with two successes; ``only_new`` and ``only_old`` with one, ``neither`` with none.
    """
    whole = both + only_new + only_old + neither
    if not whole:
        return Interval(math.nan, -1.0, 1.0)
    new, old = wilson(both + only_new, whole), wilson(both + only_old, whole)
    phi = _phi(both, only_new, only_old, neither)
    value = new.value - old.value
    below = _added(new.value - new.low, old.high - old.value, phi)
    above = _added(old.value - old.low, new.high - new.value, phi)
    return Interval(value, max(value - below, -1.0), min(value + above, 1.0))


def _added(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(one**2 - 2 * phi * one * other + other**2, 0.0))


def _phi(both: int, only_new: int, only_old: int, neither: int) -> float:
    """The correlation of the two outcomes, corrected for continuity where it is positive."""
    margins = (both + only_new) * (only_old + neither) * (both + only_old) * (only_new + neither)
    if not margins:
        return 0.0
    product = both * neither - only_new * only_old
    if product > 0:
        product = max(product - (both + only_new + only_old + neither) / 2, 0.0)
    return product / math.sqrt(margins)


def paired_ratio(new: Sequence[float], old: Sequence[float]) -> Interval:
    """The geometric mean of ``new / old``, pair by pair, with the bootstrap's percentile interval.

    Args:
        new, old: positive values of the same things in the same order.

    Raises:
        ValueError: there are no pairs.
    """
    if not new or len(new) != len(old):
        raise ValueError("a ratio needs pairs")
    logs = [math.log(one / other) for one, other in zip(new, old, strict=True)]
    draw = random.Random(0)  # the same data always give the same interval
    means = sorted(statistics.fmean(draw.choices(logs, k=len(logs))) for _ in range(_RESAMPLES))
    low, high = quantile(means, 0.025), quantile(means, 0.975)
    return Interval(math.exp(statistics.fmean(logs)), math.exp(low), math.exp(high))


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of ``values`` lie, between two neighbours in proportion (type 7 of Hyndman and
    Fan 1996, The American Statistician 50, 361-365).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("there are no values")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
