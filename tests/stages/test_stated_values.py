"""Examples that a request gives in words become examples of the specification, the person's own."""

from __future__ import annotations

import pytest

from engine.ir.text import parse
from engine.stages.stated_examples import with_stated_examples
from engine.stages.stated_values import stated_values


def spec(taken: str, given: str, *examples: str):
    lines = "".join(f"    example({example})\n" for example in examples)
    return parse(f'def f(x: {taken}) -> {given}:\n    """Do it."""\n{lines}')


@pytest.mark.parametrize(
    ("request_text", "types", "found"),
    [
        (
            "Write the digits backwards, e.g. 321 for 123. So 120 becomes 21.",
            "int int",
            [("123", "321"), ("120", "21")],
        ),
        ("Initials: 'ada lovelace' -> 'AL'.", "str str", [("'ada lovelace'", "'AL'")]),
        ("Format seconds, for example 3661 as '1:01:01'.", "int str", [("3661", "'1:01:01'")]),
        ("Differences: [1, 4, 2] should give [3, -2], and so on.", "list[int] list[int]", [("[1, 4, 2]", "[3, -2]")]),
        ("So scores 50, 40, 40, 30 give 1, 2, 2, 4.", "list[int] list[int]", [("[50, 40, 40, 30]", "[1, 2, 2, 4]")]),
        ("Pairs; an empty line gives an empty dictionary.", "str dict[str,str]", [("''", "{}")]),
        ("An empty list gives 0.", "list[int] int", [("[]", "0")]),
        ("For an empty list the result is 1.0.", "list[int] float", [("[]", "1.0")]),
        ("Return None for an empty list.", "list[int] int|None", [("[]", "None")]),
    ],
)
def test_values_side_by_side(request_text: str, types: str, found: list[tuple[str, str]]) -> None:
    assert stated_values(request_text, spec(*types.split())) == found


@pytest.mark.parametrize(
    ("request_text", "types"),
    [
        ("A score of 90 gives 'A'.", "str str"),  # of other types
        ("10 gives 5 percent.", "int int"),  # the sentence goes on
        ("It costs 3 for 2 hours.", "int int"),  # a rule
        ("An empty string gives ''.", "list[str] list[str]"),
        ("Return 3 of 4 as they are.", "int int"),
        ("'a' becomes 'b'.", "Unknown str"),
        ("5 gives Decimal('5').", "int float"),  # no literal
        ("{[1]} gives 2.", "set[int] int"),
    ],
)
def test_values_that_are_no_example(request_text: str, types: str) -> None:
    assert stated_values(request_text, spec(*types.split())) == []


def test_only_a_function_of_one_parameter_has_them() -> None:
    two = parse('def f(x: int, y: int) -> int:\n    """Do it."""\n    example(f(1, 2) == 3)\n')
    assert stated_values("120 becomes 21.", two) == []


def test_what_the_model_says_of_the_same_call_goes_and_none_is_missing() -> None:
    ir = spec("int", "int", "f(120) == 12", "f( 123 ) == 321", "f(5) == 5")
    asked = with_stated_examples(ir, "Backwards, e.g. 321 for 123, and 120 becomes 21.")
    told = [(each.call, each.result, each.provenance is not None) for each in asked.examples]
    assert told == [("f(123)", "321", True), ("f(120)", "21", True), ("f(5)", "5", False)]
