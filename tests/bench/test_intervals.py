"""The statistics, against published values."""

from __future__ import annotations

import random

import pytest

from engine.bench.intervals import paired_difference, paired_ratio, quantile, wilson


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval(part, whole, low, high):
    found = wilson(part, whole)
    assert found.value == pytest.approx(part / whole)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_of_nothing_nothing_is_known():
    assert wilson(0, 0)[1:] == (0.0, 1.0)
    assert paired_difference(0, 0, 0, 0)[1:] == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, 2635-2650, table IV, method 10.
        ((36, 12, 2, 0), 0.0569, 0.3404),
        ((53, 0, 1, 0), -0.0980, 0.0501),
        ((0, 30, 0, 0), 0.8395, 1.0),
    ],
)
def test_newcombes_interval_for_pairs(cells, low, high):
    found = paired_difference(*cells)
    assert (found.low, found.high) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))


def test_exchanging_the_sides_exchanges_the_ends():
    one, other = paired_difference(10, 4, 2, 8), paired_difference(10, 2, 4, 8)
    assert one == (pytest.approx(-other.value), pytest.approx(-other.high), pytest.approx(-other.low))


def test_the_ratio_of_pairs_finds_what_was_put_in_and_stays_the_same():
    draw = random.Random(3)
    old = [draw.uniform(1, 9) for _ in range(40)]
    new = [value * 1.5 * draw.uniform(0.8, 1.25) for value in old]
    found = paired_ratio(new, old)
    assert found.low < found.value < found.high
    assert found.low > 1.3
    assert found.high < 1.7
    assert paired_ratio(new, old) == found
    assert paired_ratio(old, old) == (1, 1, 1)
    with pytest.raises(ValueError, match="pairs"):
        paired_ratio([], [])


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.25, 1.75), (0.5, 2.5), (0.9, 3.7), (1, 4)])
def test_quantiles(share, value):
    assert quantile([4, 1, 3, 2], share) == pytest.approx(value)
    assert quantile([7], share) == 7
    with pytest.raises(ValueError, match="no values"):
        quantile([], share)
