"""Examples that the request itself gives are a person's."""

from __future__ import annotations

import pytest

from engine.ir.models import Example
from engine.ir.text import parse
from engine.stages.stated_examples import is_stated, with_stated_examples
from engine.stages.task_text import task_text

DURATION = "Format a number of seconds as 'H:MM:SS', for example 3661 as '1:01:01'. Hours are not padded."
SPEC = '''
def f(n: int) -> str:
    """Format a number of seconds."""
    example(f(3661) == '1:01:01')
    example(f(0) == '0:00:00')
'''
TICKETS = "Tickets cost 12. Children under 6 go free, people of 65 or more pay half."


@pytest.mark.parametrize(
    ("request_text", "call", "result"),
    [
        (DURATION, "f(3661)", "'1:01:01'"),
        ("Convert a text like '45%' to the number 0.45.", "f('45%')", "0.45"),
        ("Return the running totals, so that [1, 2, 3] becomes [1, 3, 6].", "f([1, 2, 3])", "[1, 3, 6]"),
        ("Find the numbers, such as 12 and 7 in '12 eggs'. So '12 eggs' gives [12].", "f(text='12 eggs')", "[12]"),
    ],
)
def test_values_of_one_sentence(request_text: str, call: str, result: str) -> None:
    assert is_stated(Example(call=call, result=result), request_text)


@pytest.mark.parametrize(
    ("request_text", "call", "result"),
    [
        (DURATION, "f(0)", "'0:00:00'"),  # made up
        (DURATION, "f(3661)", "'01:01:01'"),  # another result
        (TICKETS, "f(65)", "12"),  # of two sentences
        ("People of 65 or more pay 12.", "f(65)", "12"),  # numbers are also limits and prices
        ("Grade a score: 90 and above is 'A'.", "f(90)", "'A'"),  # too short to be sure
        ("Convert a name in CamelCase to snake_case.", "f('snake_case')", "'snake_case'"),  # said once
        (DURATION, "f()", "'1:01:01'"),
        (DURATION, "f(*3661)", "'1:01:01'"),
        (DURATION, "f(", "'1:01:01'"),
        (DURATION, "3661", "'1:01:01'"),
    ],
)
def test_values_that_say_nothing(request_text: str, call: str, result: str) -> None:
    assert not is_stated(Example(call=call, result=result), request_text)


def test_they_are_marked_and_the_request_stays_as_it_is() -> None:
    ir = parse(SPEC)
    marked = with_stated_examples(ir, DURATION)
    assert [clause.provenance is not None for clause in marked.examples] == [True, False]
    assert [clause.provenance is not None for clause in ir.examples] == [False, False]
    assert "Example: f(3661)" not in task_text(DURATION, marked)
