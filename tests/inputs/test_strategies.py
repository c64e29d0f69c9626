"""What values are made of a shape and the constants that are known."""

from __future__ import annotations

import re

from hypothesis import find, given
from hypothesis import strategies as st

from engine.inputs.shapes import Shape
from engine.inputs.strategies import Constants, Strategies, changed, kind_of

TIMES = Strategies(Constants(texts=("09:30", "17:05"))).of(Shape("str"))


def test_texts_keep_the_form_of_known_ones() -> None:
    form = re.compile(r"\d\d:\d\d")
    made = find(TIMES, lambda text: bool(form.fullmatch(text)) and text not in ("09:30", "17:05"))
    assert {*made} <= {*"09:3017:05"}


def test_known_texts_are_tried_as_they_are() -> None:
    assert find(TIMES, lambda text: text == "17:05") == "17:05"


@given(st.text(), st.data())
def test_a_change_leaves_the_length(text: str, data: st.DataObject) -> None:
    places = st.tuples(st.integers(0, len(text) - 1), st.characters())
    changes = data.draw(st.lists(places, max_size=3)) if text else []
    assert len(changed(text, changes)) == len(text)


def test_kinds() -> None:
    assert [kind_of(character) for character in "7aB-é "] == ["digit", "lower", "upper", "", "lower", ""]
