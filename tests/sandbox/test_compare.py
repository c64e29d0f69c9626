"""When a result counts as the expected one."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sandbox.codec import Items, Opaque
from engine.sandbox.compare import same

nan = math.nan


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1, 1.0),
        (0.3, 0.1 + 0.2),
        ([0.3, {"x": (0.3,)}], [0.1 + 0.2, {"x": (0.1 + 0.2,)}]),
        ({0.3, 1.0}, {1.0, 0.1 + 0.2}),
        ({0.3: "a"}, {0.1 + 0.2: "a"}),
        (0.0, 1e-15),
        (nan, nan),
        ([nan], [nan]),
        ({"a": nan}, {"a": nan}),
        (math.inf, math.inf),
        (1 + 1j, 1 + 1.0000000000001j),
        (10**400, 10**400),
        (Decimal("1.5"), Decimal("1.50")),
        (Decimal(2), 2),
        (Fraction(1, 2), 0.5),
        ([1, 2], Items([1, 2])),
        ((1, 2), Items([1, 2])),
        (range(3), [0, 1, 2]),
        (range(0, 4, 2), range(0, 3, 2)),
        ({1, 2}, frozenset({2, 1})),
        ({frozenset({1, 2}): {3, 4}}, {frozenset({2, 1}): {4, 3}}),
        (None, None),
        (b"a", b"a"),
    ],
)
def test_counts_as_the_same(expected: Any, got: Any) -> None:
    assert same(expected, got)
    assert same(got, expected)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1, True),
        (0, False),
        (0.0, False),
        ([1], [True]),
        ({"a": 1}, {"a": True}),
        ({1}, {True}),
        ({1: "a"}, {True: "a"}),
        (1, 2),
        (10**400, 1.5),
        (10**20, 10**20 + 1),
        ("1", 1),
        ("a", b"a"),
        ([1], (1,)),
        ([1, 2], [2, 1]),
        ([1], [1, 2]),
        (Items([1]), {1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, {"b": 1}),
        ({1, 2}, [1, 2]),
        (None, False),
        (None, 0),
        ("", None),
        (nan, 0.0),
        (math.inf, -math.inf),
        (datetime.date(2024, 1, 1), datetime.datetime(2024, 1, 1)),
        (Opaque("x"), Opaque("x")),
        (Opaque("x"), "x"),
        ([Opaque("x")], [Opaque("x")]),
    ],
)
def test_does_not_count_as_the_same(expected: Any, got: Any) -> None:
    assert not same(expected, got)
    assert not same(got, expected)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.booleans()), max_size=20), st.randoms())
def test_the_order_of_a_dict_or_set_does_not_matter(pairs: list[tuple[float, bool]], random: Any) -> None:
    shuffled = list(dict(pairs).items())
    random.shuffle(shuffled)
    assert same(dict(pairs), dict(shuffled))
    assert same(set(dict(pairs)), {key for key, _ in shuffled})


def test_a_large_set_is_compared_in_reasonable_time() -> None:
    assert same(set(range(50_000)), set(range(49_999, -1, -1)))
