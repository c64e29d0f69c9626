"""When a result counts as the expected one.

Stricter than ``==`` in one way: ``True`` is not ``1``, because an answer of the wrong kind is wrong.
Looser in two: floats may differ by rounding, at any depth, and ``nan`` equals ``nan``; and what an
iterator gave equals any sequence with the same items. An opaque value equals nothing.

Loaded inside the sandbox too: standard library only. Both sides are values that
:func:`engine.sandbox.codec.decode` built, so they are finite, acyclic and of exact types.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable, Sequence
from numbers import Number
from typing import Any, cast

from engine.sandbox.codec import Items, Opaque, describe

REL_TOL = 1e-9
"""Relative tolerance of floats: the default of :func:`math.isclose`."""

ABS_TOL = 1e-12
"""Absolute tolerance of floats, for results that should be zero."""


def same(expected: Any, got: Any) -> bool:
    """Whether ``got`` counts as ``expected``."""
    if isinstance(expected, Opaque) or isinstance(got, Opaque):
        return False
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, Number) and isinstance(got, Number):
        return _same_number(expected, got)
    if isinstance(expected, dict) and isinstance(got, dict):
        left, right = cast("dict[Any, Any]", expected), cast("dict[Any, Any]", got)
        return len(left) == len(right) and _pair_up(left.items(), right.items())
    if isinstance(expected, (set, frozenset)) and isinstance(got, (set, frozenset)):
        left, right = cast("set[Any]", expected), cast("set[Any]", got)
        return len(left) == len(right) and _pair_up(left, right)
    if isinstance(expected, _SEQUENCES) and isinstance(got, _SEQUENCES):
        one, other = cast("Sequence[Any]", expected), cast("Sequence[Any]", got)
        return _comparable(one, other) and len(one) == len(other) and all(map(same, one, other))
    return _same_object(expected, got)


def _same_object(expected: Any, got: Any) -> bool:
    return type(expected) is type(got) and bool(expected == got)


def _same_number(expected: Any, got: Any) -> bool:
    if expected != expected and got != got:
        return True
    try:
        if isinstance(expected, complex) or isinstance(got, complex):
            return cmath.isclose(expected, got, rel_tol=REL_TOL, abs_tol=ABS_TOL)
        if isinstance(expected, float) or isinstance(got, float):
            return math.isclose(expected, got, rel_tol=REL_TOL, abs_tol=ABS_TOL)
    except OverflowError:  # a number beyond the range of floats
        pass
    return bool(expected == got)


def _comparable(expected: Sequence[Any], got: Sequence[Any]) -> bool:
    """Both are of one kind, or one of them stands for any sequence."""
    return type(expected) is type(got) or isinstance(expected, _LOOSE) or isinstance(got, _LOOSE)


def _pair_up(expected: Iterable[Any], got: Iterable[Any]) -> bool:
    """Whether every item has an equal partner, in any order.

    Equal texts pair first, in linear time; only what rounding or nesting made look different is searched.
    """
    rest: dict[str, list[Any]] = {}
    for item in got:
        rest.setdefault(describe(item), []).append(item)
    unpaired: list[Any] = []
    for item in expected:
        candidates = rest.get(describe(item))
        if candidates and same(item, candidates[-1]):
            candidates.pop()
        else:
            unpaired.append(item)
    others = [item for candidates in rest.values() for item in candidates]
    for item in unpaired:
        place = next((index for index, other in enumerate(others) if same(item, other)), None)
        if place is None:
            return False
        others.pop(place)
    return not others


_SEQUENCES = (list, tuple, range)
_LOOSE = (Items, range)
