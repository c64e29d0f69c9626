"""Postconditions that a request's words imply."""

from __future__ import annotations

import pytest

from engine.ir.text import parse
from engine.stages.implied_ensures import implied_ensures

UNIQUE = "len(result) == len(set(map(repr, result)))"


def implied(request: str, returns: str = "list[str]") -> list[str]:
    ir = parse(f'def f(words: list[str], n: int) -> {returns}:\n    """Do it."""\n')
    return [clause.predicate for clause in implied_ensures(request, ir)]


@pytest.mark.parametrize(
    "request_text",
    [
        "Return the unique words.",
        "Return the words without duplicates.",
        "Remove duplicates from a list.",
        "All duplicates are removed.",
        "Give the distinct words.",
    ],
)
def test_each_once(request_text: str) -> None:
    assert implied(request_text) == [UNIQUE]


@pytest.mark.parametrize(
    "request_text",
    [
        "Order and duplicates are kept.",
        "Count the duplicates of a word.",
        "Return the words that have duplicates.",
    ],
)
def test_duplicates_may_stay(request_text: str) -> None:
    assert UNIQUE not in implied(request_text)


def test_what_is_no_list_is_not_promised_to_be_one() -> None:
    assert implied("Remove duplicates.", "str") == []
    assert implied("Remove duplicates.", "list[str] | None") == []
