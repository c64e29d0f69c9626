"""Shapes as Hypothesis strategies. Only the search's child imports this."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from engine.inputs.shapes import Shape

MAX_ITEMS = 6
"""Items of a generated collection; small ones show most faults, and show them readably."""

MAX_TEXT = 8
INT_RANGE = 30
FLOAT_RANGE = 40
"""Bounds of generated numbers on either side of zero. Larger ones come from the specification's own constants."""

FEW = 3
"""So many values are likely enough to be found twice, in two lists, or among the keys of two dictionaries."""

_LETTERS = "abzABZ012 .,-_"


MAX_CHANGES = 2
"""Characters that are changed in a known text; with more of them hardly any date stays one."""


@dataclass(frozen=True, slots=True)
class Constants:
    """Values that occur in the specification and the code, where a random search would not find them."""

    ints: tuple[int, ...] = ()
    floats: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Strategies:
    """Makes strategies for shapes.

    Args:
        constants: values to try beside random ones.
        signed: whether numbers may be below zero.
    """

    constants: Constants = field(default_factory=Constants)
    signed: bool = True

    def of(self, shape: Shape) -> st.SearchStrategy[Any]:
        """A strategy for values of ``shape``, simple ones first."""
        match shape.kind:
            case "none":
                return st.none()
            case "union":
                return st.one_of([self.of(part) for part in shape.parts])
            case "literal":
                return st.sampled_from([ast.literal_eval(text) for text in shape.values])
            case "list":
                return st.lists(self.of(shape.parts[0]), max_size=MAX_ITEMS)
            case "tuples":
                return st.lists(self.of(shape.parts[0]), max_size=MAX_ITEMS).map(tuple)
            case "tuple":
                return st.tuples(*map(self.of, shape.parts))
            case "set" | "frozenset":
                items = st.lists(self.of(shape.parts[0]), max_size=MAX_ITEMS)
                return items.map(set if shape.kind == "set" else frozenset)
            case "dict":
                pairs = st.tuples(*map(self.of, shape.parts))
                return st.lists(pairs, max_size=MAX_ITEMS).map(dict)
            case "record":
                fields = zip(shape.values, map(self.of, shape.parts), strict=True)
                return st.fixed_dictionaries({ast.literal_eval(key): value for key, value in fields})
            case kind:
                plain = self._plain(kind)
                known = [ast.literal_eval(text) for text in shape.values]
                return plain | st.sampled_from(known) if known else plain

    def _plain(self, kind: str) -> st.SearchStrategy[Any]:
        match kind:
            case "bool":
                return st.booleans()
            case "int":
                return self._ints()
            case "float":
                return self._floats()
            case "str":
                return self._texts()
            case "bytes":
                return self._texts().map(lambda text: text.encode("ascii", "replace"))
            case "Decimal":
                return self._ints().map(lambda number: Decimal(number) / 4)
            case "Fraction":
                return st.builds(Fraction, self._ints(), st.integers(1, 6))
            case "timedelta":
                return st.integers(-200, 200).map(lambda hours: datetime.timedelta(hours=hours))
            case _:
                return self._moments(kind)

    def _ints(self) -> st.SearchStrategy[int]:
        near = {n + d for n in self.constants.ints for d in (-1, 0, 1)}
        known = sorted((number for number in near if self.signed or number >= 0), key=abs)
        plain = st.integers(-INT_RANGE if self.signed else 0, INT_RANGE) | st.integers(0, FEW)
        return plain | st.sampled_from(known) if known else plain

    def _floats(self) -> st.SearchStrategy[float]:
        # Quarters are exact in binary, so that a sum is what the reader thinks it is.
        quarters = st.integers(-FLOAT_RANGE * 4 if self.signed else 0, FLOAT_RANGE * 4).map(lambda n: n / 4)
        known = [number for number in self.constants.floats if self.signed or number >= 0]
        return quarters | st.sampled_from(known) if known else quarters

    def _texts(self) -> st.SearchStrategy[str]:
        letters = sorted({*_LETTERS, *"".join(self.constants.texts)}, key=lambda c: (not c.isalnum(), c))
        plain = st.lists(st.sampled_from(letters), max_size=MAX_TEXT).map("".join) | st.sampled_from(_LETTERS[:FEW])
        if not self.constants.texts:
            return plain
        known = st.sampled_from(self.constants.texts)
        return plain | known | known.flatmap(self._like) | st.tuples(known, plain).map("".join)

    def _like(self, text: str) -> st.SearchStrategy[str]:
        """``text`` with a few characters changed to others of their kind, so that its form stays: a date, a time."""
        known = sorted({*"".join(self.constants.texts)})
        others = {kind: [c for c in known if kind_of(c) == kind] for kind in set(map(kind_of, text)) - {""}}
        places = [at for at, character in enumerate(text) if len(others.get(kind_of(character), [])) > 1]
        if not places:
            return st.just(text)
        changes = st.sampled_from(places).flatmap(
            lambda at: st.sampled_from(others[kind_of(text[at])]).map(lambda character: (at, character))
        )
        return st.lists(changes, min_size=1, max_size=MAX_CHANGES).map(lambda made: changed(text, made))

    def _moments(self, kind: str) -> st.SearchStrategy[Any]:
        days = st.dates(datetime.date(1999, 12, 28), datetime.date(2001, 3, 2))  # two Februaries, one of them long
        times = st.builds(datetime.time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))
        match kind:
            case "date":
                return days
            case "time":
                return times
            case "datetime":
                return st.builds(datetime.datetime.combine, days, times)
            case _:
                raise ValueError(f"unknown kind {kind}")


def kind_of(character: str) -> str:
    """What a character may be changed within: digits, capital letters, small letters; empty where it is to stay."""
    kinds = {"digit": character.isdigit(), "upper": character.isupper(), "lower": character.islower()}
    return next((kind for kind, is_one in kinds.items() if is_one), "")


def changed(text: str, changes: Sequence[tuple[int, str]]) -> str:
    """``text`` with other characters at some places."""
    characters = [*text]
    for at, character in changes:
        characters[at] = character
    return "".join(characters)
