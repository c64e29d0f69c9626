"""Type hints as shapes: what can be made of them, what examples add, and what conforms to them."""

from __future__ import annotations

import ast
import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.inputs.conform import conforms
from engine.inputs.shapes import ANY, NoShape, Shape, filled, shape_of
from engine.inputs.strategies import Strategies
from engine.sandbox.codec import Items, Opaque

INT, STR, NONE = Shape("int"), Shape("str"), Shape("none")


@pytest.mark.parametrize(
    ("hint", "shape"),
    [
        ("int", INT),
        ("None", NONE),
        ("Any", ANY),
        ("list", Shape("list", (ANY,))),
        ("List[int]", Shape("list", (INT,))),
        ("collections.abc.Sequence[str]", Shape("list", (STR,))),
        ("dict[str, list[int]]", Shape("dict", (STR, Shape("list", (INT,))))),
        ("tuple[int, str]", Shape("tuple", (INT, STR))),
        ("tuple[int, ...]", Shape("tuples", (INT,))),
        ("tuple[()]", Shape("tuple")),
        ("tuple", Shape("tuples", (ANY,))),
        ("Optional[int]", Shape("union", (INT, NONE))),
        ("int | None", Shape("union", (INT, NONE))),
        ("Union[int, str, None]", Shape("union", (INT, STR, NONE))),
        ("int | int", INT),
        ("'int | str'", Shape("union", (INT, STR))),
        ("Literal['a', 2]", Shape("literal", values=("'a'", "2"))),
        ("datetime.date", Shape("date")),
        ("set[tuple[int, int]]", Shape("set", (Shape("tuple", (INT, INT)),))),
        ("Annotated[int, 'x']", INT),
    ],
)
def test_hints_have_shapes(hint: str, shape: Shape) -> None:
    assert shape_of(hint) == shape
    assert Shape.from_data(shape.to_data()) == shape


@pytest.mark.parametrize(
    "hint", ["Callable[[int], int]", "Path", "T", "list[T]", "int or str", "1", "set[list[int]]", ""]
)
def test_what_cannot_be_written_down_has_none(hint: str) -> None:
    with pytest.raises(NoShape):
        shape_of(hint)


@pytest.mark.parametrize(
    ("hint", "seen", "filled_as"),
    [
        ("Any", ["1", "'a'"], "int | str"),
        ("Any", ["-1.5"], "float"),
        ("list", ["[1, 2]", "[]", "[None]"], "list[int | None]"),
        ("list[list]", ["[[1], ['a']]"], "list[list[int | str]]"),
        ("dict", ["{'a': 1}"], "dict[str, int]"),
        ("Any", ["{'a': [1]}"], "dict[str, list[int]]"),
        ("tuple[Any, int]", ["('a', 1)"], "tuple[str, int]"),
        ("Any | None", ["3"], "int | None"),
        ("list[dict[str, Any]]", ["[{'a': 1}, {'b': True}]"], "list[dict[str, int | bool]]"),
        ("int", ["'ignored'"], "int"),
    ],
)
def test_examples_say_what_the_type_leaves_open(hint: str, seen: list[str], filled_as: str) -> None:
    nodes = [ast.parse(text, mode="eval").body for text in seen]
    assert filled(shape_of(hint), nodes) == shape_of(filled_as)


@pytest.mark.parametrize("seen", [[], ["lambda: 1"], ["f(1)"]])
def test_what_no_example_shows_stays_unknown(seen: list[str]) -> None:
    with pytest.raises(NoShape):
        filled(ANY, [ast.parse(text, mode="eval").body for text in seen])


HINTS = [
    "int",
    "float",
    "str",
    "bool",
    "bytes",
    "None",
    "list[int | None]",
    "dict[str, tuple[int, float]]",
    "tuple[str, ...]",
    "set[int]",
    "frozenset[str]",
    "Literal['a', 2]",
    "date",
    "datetime",
    "time",
    "timedelta",
    "Decimal",
    "Fraction",
    "tuple[()]",
]


@given(data=st.data(), hint=st.sampled_from(HINTS))
def test_what_is_made_of_a_shape_conforms_to_it(data: st.DataObject, hint: str) -> None:
    shape = shape_of(hint)
    assert conforms(data.draw(Strategies().of(shape)), shape)


@pytest.mark.parametrize(
    ("value", "hint", "does"),
    [
        (None, "int", False),
        (None, "int | None", True),
        (1, "float", True),
        (1.5, "int", False),
        (True, "int", True),
        (True, "float", False),
        (1, "bool", False),
        ("a", "int", False),
        (["a"], "list[str]", True),
        (["a", 1], "list[str]", False),
        ((1, 2), "list[int]", False),
        ([1, 2], "tuple[int, int]", True),
        ([1, 2], "tuple[int, int, int]", False),
        (Items([1]), "list[int]", True),
        ({"a": 1}, "dict[str, int]", True),
        ({"a": "1"}, "dict[str, int]", False),
        ({1}, "set[int]", True),
        (datetime.date(2024, 1, 1), "datetime", False),
        (Opaque("<object>"), "int", True),
        ("b", "Literal['a']", False),
        (1, "Any", True),
    ],
)
def test_conforming_is_lenient_only_where_nobody_minds(value: Any, hint: str, does: bool) -> None:
    assert conforms(value, shape_of(hint)) is does
