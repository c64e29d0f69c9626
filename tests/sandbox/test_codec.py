"""The codec: exact, honest about hostile classes, and bounded."""

from __future__ import annotations

import contextlib
import datetime
import enum
import itertools
import json
import math
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sandbox.codec import MAX_ITEMS, DecodeError, EncodeError, Items, Opaque, decode, describe, encode
from engine.sandbox.compare import same

zones = st.sampled_from([None, datetime.UTC, datetime.timezone(datetime.timedelta(hours=-3.5))])
hashable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**1000), 10**1000)
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters())
    | st.text(st.characters(categories=["Cs"]))
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.dates()
    | st.datetimes(timezones=zones)
    | st.times(timezones=zones)
    | st.timedeltas(),
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.frozensets(inner, max_size=4),
    max_leaves=8,
)
values = st.recursive(
    hashable,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.sets(hashable, max_size=4)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
    ),
    max_leaves=15,
)


def through(value: Any) -> Any:
    """What arrives on the other side of the pipe."""
    return decode(json.loads(json.dumps(encode(value), allow_nan=False)))


@given(values)
def test_values_survive_with_their_types(value: Any) -> None:
    back = through(value)
    assert back == value
    assert shape(back) == shape(value)
    assert same(value, back)


def shape(value: Any) -> Any:
    """The types of a value and of everything in it, in an order that does not depend on hashing."""
    if isinstance(value, dict):
        return type(value), sorted(str((shape(k), shape(v))) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return type(value), [shape(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return type(value), sorted(str(shape(item)) for item in value)
    return type(value)


@given(st.floats())
def test_floats_survive_bit_by_bit(value: float) -> None:
    back = through(value)
    assert (math.isnan(value) and math.isnan(back)) or (
        back == value and math.copysign(1, back) == math.copysign(1, value)
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_foreign_json_is_decoded_or_refused(data: Any) -> None:
    with contextlib.suppress(DecodeError):
        decode(data)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"t": "int"},
        {"t": "int", "v": "zz"},
        {"t": "dict", "v": [[[], 1]]},
        {"t": "dict", "v": [1]},
        {"t": "nonsense", "v": 1},
        {"t": [], "v": 1},
        {"t": "fraction", "v": ["0x1", "0x0"]},
        {"t": "range", "v": ["0x1", "0x1", "0x0"]},
        {"t": "decimal", "v": "one"},
        {"t": "timedelta", "v": [10**30, 0, 0]},
    ],
)
def test_malformed_data_is_refused(data: Any) -> None:
    with pytest.raises(DecodeError):
        decode(data)


class Liar(str):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__

    def __str__(self) -> str:
        return "expected"


class SlyList(list[int]):
    def __iter__(self) -> Any:
        return iter([1, 2, 3])

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class SlyInt(int):
    def __int__(self) -> int:
        return 42

    __index__ = __int__
    __pos__ = __int__

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class SlyFloat(float):
    def __float__(self) -> float:
        return 42.0

    __pos__ = __float__


class AlwaysEqual:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__

    @property
    def __class__(self) -> type:  # type: ignore[override]
        return int


def test_a_subclass_shows_the_data_it_has_and_not_what_it_claims() -> None:
    assert through(Liar("actual")) == "actual"
    assert type(through(Liar("actual"))) is str
    assert through(SlyList([9])) == [9]
    assert through(SlyInt(7)) == 7
    assert through(SlyFloat(7.5)) == 7.5


def test_an_instance_that_equals_everything_equals_nothing() -> None:
    assert isinstance(through(AlwaysEqual()), Opaque)
    assert not same(42, through(AlwaysEqual()))
    assert not same(through(AlwaysEqual()), through(AlwaysEqual()))


def test_types_built_on_plain_ones_become_plain() -> None:
    point = namedtuple("point", "x y")
    level = enum.IntEnum("level", "LOW HIGH")
    assert through(point(1, 2)) == (1, 2)
    assert through(level(2)) == 2
    assert through(Counter("aab")) == {"a": 2, "b": 1}
    assert through(defaultdict(list, a=[1])) == {"a": [1]}
    assert through(OrderedDict(a=1)) == {"a": 1}
    assert through(deque([1, 2])) == [1, 2]
    assert through(bytearray(b"ab")) == b"ab"


def test_other_objects_become_opaque_text() -> None:
    class Rude:
        def __repr__(self) -> str:
            raise ValueError

    assert "Rude" in repr(through(Rude()))
    assert through(enum.Enum("color", "RED").RED).text == "<color.RED: 1>"  # type: ignore[attr-defined]
    assert isinstance(through(lambda: 1), Opaque)
    assert isinstance(through(int), Opaque)


def test_iterators_arrive_as_their_items() -> None:
    assert through(iter([1, 2])) == Items([1, 2])
    assert type(through(x for x in "ab")) is Items
    assert through({"a": 1}.keys()) == Items(["a"])
    assert through({"a": 1}.items()) == Items([("a", 1)])
    assert through(map(str, [1])) == Items(["1"])
    assert through(range(10**30)) == range(10**30)


def test_an_endless_iterator_ends() -> None:
    taken = through(itertools.count())
    assert len(taken) == MAX_ITEMS + 1
    assert isinstance(taken[-1], Opaque)


def test_cycles_and_depth_do_not_hang() -> None:
    cycle: list[Any] = [1]
    cycle.append(cycle)
    assert through(cycle)[0] == 1
    assert isinstance(through(cycle)[1], Opaque)
    loop: dict[str, Any] = {}
    loop["self"] = (loop,)
    assert isinstance(through(loop)["self"][0], Opaque)
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert isinstance(through(deep), list)


def test_the_same_object_twice_is_no_cycle() -> None:
    shared = [1]
    assert through([shared, shared]) == [[1], [1]]


def test_a_huge_value_is_refused() -> None:
    with pytest.raises(EncodeError):
        encode([[]] * 10**6)


def test_what_an_iterator_raises_comes_through() -> None:
    def broken() -> Any:
        yield 1
        raise KeyError("later")

    with pytest.raises(KeyError):
        encode(broken())


def test_describe_is_short_and_never_fails() -> None:
    assert len(describe("x" * 10_000)) == 500
    assert "raises" in describe(10**5000)


def test_decimals_and_fractions_stay_themselves() -> None:
    assert type(through(Decimal("1.50"))) is Decimal
    assert str(through(Decimal("1.50"))) == "1.50"
    assert through(Fraction(-1, 3)) == Fraction(-1, 3)


def test_integers_beyond_the_limit_of_decimal_conversion_survive() -> None:
    assert through(-(10**5000)) == -(10**5000)
