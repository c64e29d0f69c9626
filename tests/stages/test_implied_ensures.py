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


@pytest.mark.parametrize(
    "request_text",
    [
        "Return the words, the most common first, ties in alphabetical order.",
        "Words that occur equally often are in alphabetical order.",
        "Return the names sorted by age in ascending order.",
        "Return the names in descending order of age.",
    ],
)
def test_items_need_not_be_in_order_where_only_some_are_or_something_else_about_them(request_text: str) -> None:
    assert implied(request_text) == []


def test_items_are_in_order_where_nothing_else_is_said() -> None:
    assert implied("Return the words in alphabetical order, separated by nothing.") == ["result == sorted(result)"]
    assert implied("Sort the numbers in descending order.")[0] == "result == sorted(result, reverse=True)"


def test_what_is_no_list_is_not_promised_to_be_one() -> None:
    assert implied("Remove duplicates.", "str") == []
    assert implied("Remove duplicates.", "list[str] | None") == []


@pytest.mark.parametrize(
    "request_text",
    ["Move the zeros to the end.", "Give the length of each word.", "A list of the same length with the sums so far."],
)
def test_as_many_items_as_before(request_text: str) -> None:
    assert implied(request_text) == ["len(result) == len(words)"]


@pytest.mark.parametrize(
    "request_text",
    [
        "Shorten every run of equal elements to n.",
        "Leave out every nth element.",
        "Find the longest stretch in which every element is greater than the one before it.",
        "Sort them and skip those that are shorter than n.",
        "Split it at every element equal to n.",
        "Of several tasks take the alphabetically first one.",
    ],
)
def test_words_that_say_nothing_of_how_many_there_are(request_text: str) -> None:
    assert implied(request_text) == []


def test_only_a_result_that_is_never_negative_is_promised_to_be_so() -> None:
    assert implied("The result is never negative, whichever comes first.", "int") == ["result >= 0"]
    assert implied("The balance is never negative. Return -1 if there is none.", "int") == []
