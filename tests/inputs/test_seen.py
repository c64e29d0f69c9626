"""What examples pass is tried in other places too."""

from __future__ import annotations

import ast

import pytest
from hypothesis import find

from engine.inputs.seen import with_seen
from engine.inputs.shapes import Shape, shape_of
from engine.inputs.strategies import Strategies


def seen(hint: str, *values: str) -> Shape:
    return with_seen(shape_of(hint), [ast.parse(value, mode="eval").body for value in values])


@pytest.mark.parametrize(
    ("hint", "values", "shape"),
    [
        ("int", ["1", "-2", "1", "'x'", "f(3)"], Shape("int", values=("1", "-2"))),
        ("list[str]", ["['a', 'b']", "[]"], Shape("list", (Shape("str", values=("'a'", "'b'")),))),
        (
            "dict[str, int]",
            ["{'a': 1}", "{**x}"],
            Shape("dict", (Shape("str", values=("'a'",)), Shape("int", values=("1",)))),
        ),
        (
            "tuple[int, str]",
            ["(1, 'a')"],
            Shape("tuple", (Shape("int", values=("1",)), Shape("str", values=("'a'",)))),
        ),
        ("int | None", ["3", "None"], Shape("union", (Shape("int", values=("3",)), Shape("none")))),
        ("bool", ["True"], Shape("bool")),
    ],
)
def test_plain_values_are_kept_where_they_were_seen(hint: str, values: list[str], shape: Shape) -> None:
    assert seen(hint, *values) == shape
    assert Shape.from_data(shape.to_data()) == shape


def test_dictionaries_with_the_same_keys_are_records() -> None:
    people = seen("list[dict[str, str]]", "[{'name': 'Ada', 'city': 'Bonn'}, {'city': 'Bern', 'name': 'Bo'}]")
    (person,) = people.parts
    assert (person.kind, person.values) == ("record", ("'city'", "'name'"))
    assert [part.values for part in person.parts] == [("'Bonn'", "'Bern'"), ("'Ada'", "'Bo'")]
    made = find(Strategies().of(people), lambda found: len(found) > 1 and found[0]["city"] == found[1]["city"])
    assert {*made[0]} == {"name", "city"}


@pytest.mark.parametrize("items", ["[{'a': 'x'}, {'b': 'x'}]", "[{'a': 'x'}]", "[{}, {}]", "[{'a': 'x'}, y]"])
def test_other_dictionaries_are_none(items: str) -> None:
    assert seen("list[dict[str, str]]", items).parts[0].kind == "dict"


def test_seen_values_are_tried_as_they_are() -> None:
    assert find(Strategies().of(seen("int", "7123")), lambda number: number > 7000) == 7123


def test_numbers_may_be_kept_from_going_below_zero() -> None:
    numbers = Strategies(signed=False).of(shape_of("list[int | float]"))
    with pytest.raises(Exception, match="No examples"):
        find(numbers, lambda found: any(number < 0 for number in found))
