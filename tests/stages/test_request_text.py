"""What a request says by itself."""

from __future__ import annotations

import pytest

from engine.stages.request_text import (
    implied_effects,
    leaves_open,
    may_raise,
    never_raises,
    said_values,
    stated_result,
    summary_and_rules,
    without_quotes,
)


@pytest.mark.parametrize(
    ("request_text", "summary", "rules"),
    [
        ("Reverse the words of a sentence.", "Reverse the words of a sentence.", []),
        ("Write a function that adds two numbers", "Adds two numbers.", []),
        ("Please write a small Python function named f, which adds two numbers.", "Adds two numbers.", []),
        ("I need a function to join words; an empty list gives ''.", "Join words.", ["An empty list gives ''."]),
        ("Write a function add(a, b) that adds. It is pure.", "Adds.", ["It is pure."]),
        (
            "Tickets cost 12. Write a function that returns the price. Children go free.",
            "Returns the price.",
            ["Tickets cost 12.", "Children go free."],
        ),
        (
            "Grade a score: 90 and above is 'A', below is 'F'.",
            "Grade a score.",
            ["90 and above is 'A'.", "Below is 'F'."],
        ),
        ("Check a word: it must be short, or long.", "Check a word: it must be short, or long.", []),
        ("Count words, e.g. in a text. Ignore case", "Count words, e.g. in a text.", ["Ignore case."]),
        ("Sum them.\n- None counts as 0\n- '' too", "Sum them.", ["- None counts as 0.", "- '' too."]),
        ("  ", "", []),
    ],
)
def test_the_sentences_become_summary_and_rules(request_text: str, summary: str, rules: list[str]) -> None:
    assert summary_and_rules(request_text) == (summary, rules)


def test_a_long_summary_is_cut_between_words() -> None:
    summary, _ = summary_and_rules("Do " + "something " * 40)
    assert len(summary) <= 200
    assert summary.endswith("something…")


@pytest.mark.parametrize("text", ["Raise a ValueError.", "It throws if empty.", "an IndexError", "report an error"])
def test_requests_about_exceptions(text: str) -> None:
    assert may_raise(text)


@pytest.mark.parametrize("text", ["Return None if it is empty.", "Praise the user.", "Terrors of the deep."])
def test_requests_without_exceptions(text: str) -> None:
    assert not may_raise(text)


@pytest.mark.parametrize(
    ("text", "effects"),
    [
        ("Print a greeting.", ["prints to the console"]),
        ("Read a file and count its lines.", ["reads or writes files"]),
        ("Roll a random die.", ["uses random numbers"]),
        ("Days from today until a date.", ["uses the current time"]),
        ("Return 'print' or 'random'.", []),
        ("Read the numbers in a text.", []),
        ("Turn user input into a port number.", []),
        ("Ask the user for a name.", ["asks the user for input"]),
        ("Read user input and count its words.", ["asks the user for input"]),
    ],
)
def test_effects_are_told_by_the_words(text: str, effects: list[str]) -> None:
    assert implied_effects(text) == effects


@pytest.mark.parametrize(
    "text",
    [
        "Sort the records.",
        "Convert it as our partners expect.",
        "Drop the bad entries.",
        "Shorten a text.",
        "Round it.",
    ],
)
def test_requests_that_leave_something_open(text: str) -> None:
    assert leaves_open(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sort the records by name.",
        "Sort a list of numbers.",
        "Shorten a text to at most 20 characters.",
        "Round a price to two decimals.",
        "Return 'good' or 'bad'.",
        "I need a function that adds two numbers.",
        "We need a function that adds two numbers.",
        "Users send us a list of strings. Add up the numbers in it.",
        "Convert US dates to ISO.",
        "Count the vowels, no matter whether they are upper or lower case.",
    ],
)
def test_requests_that_are_clear(text: str) -> None:
    assert not leaves_open(text)


@pytest.mark.parametrize(
    ("text", "container"),
    [
        ("Takes two lists and returns the set of the elements that are in one of them.", "set"),
        ("Find all numbers and return them as a list of integers.", "list"),
        ("Count words. Return a dictionary from the word to its count.", "dict"),
        ("Return a new sorted list.", "list"),
        ("Return a tuple, or None if there is nothing.", "tuple"),
        ("Return a list of the words, or an error text.", ""),  # something else in some case
        ("Return the list's length.", ""),
        ("Return the dictionary key of the largest value.", ""),
        ("Takes a list of words and returns the longest.", ""),
        ("Return whether 'return a list of' occurs in the text.", ""),
    ],
)
def test_the_kind_of_result_that_the_words_state(text: str, container: str) -> None:
    assert stated_result(text) == container


@pytest.mark.parametrize(
    "text", ["Never raise.", "Add them without raising.", "It doesn't throw.", "The function must not ever crash."]
)
def test_requests_that_want_no_exception(text: str) -> None:
    assert never_raises(text)


@pytest.mark.parametrize(
    "text", ["Raise it.", "No error is lost.", "Say 'never raise'.", "Do it without any rounding error."]
)
def test_requests_that_do_not_say_so(text: str) -> None:
    assert not never_raises(text)


def test_the_values_that_a_request_says() -> None:
    text = "Skip '1.5' and 'x', don't skip '' or 'x'. At most 24, or -3.5 or 24; not at 10:30, in v2 or on 2024-01-02."
    assert said_values(text) == (["1.5", "x"], [24.0, -3.5])


def test_an_apostrophe_is_no_quote() -> None:
    assert without_quotes("the player's guess isn't 'close'") == "the player's guess isn't ''"
