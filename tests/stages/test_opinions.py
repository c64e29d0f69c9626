"""Only a difference in what was asked for is one."""

from __future__ import annotations

import pytest

from engine.ir.text import parse
from engine.stages.opinions import contested, speaks_of_negatives, unthought
from engine.stages.sampling import Told

IR = parse('def f(n: int) -> int:\n    """Do it."""\n    raises(KeyError, n == 3)\n    example(f(1) == 1)\n')


def two(*pairs: tuple[str | None, str | None]) -> Told:
    """What two implementations make of some calls."""
    mine, theirs = zip(*pairs, strict=True)
    return Told(tuple(f"f({at})" for at in range(len(pairs))), (mine, theirs))


def test_values_differ_and_so_do_exceptions_that_are_asked_for() -> None:
    told = two(("1", "1"), ("1", "2"), ("builtins.KeyError", "1"), ("builtins.KeyError", "builtins.KeyError"))
    assert contested(told, IR) == [1, 2]
    assert unthought(told, IR) == []


def test_an_exception_that_nobody_asked_for_is_no_answer_whichever_it_is() -> None:
    told = two(("builtins.ValueError", "builtins.IndexError"), ("1", "builtins.IndexError"), (None, "1"), ("1", None))
    assert contested(told, IR) == []
    assert unthought(told, IR) == []


def test_one_that_breaks_down_has_not_thought_of_an_input() -> None:
    told = two(("builtins.ZeroDivisionError", "1"), ("builtins.ValueError", "1"), ("builtins.KeyError", "1"))
    assert unthought(told, IR) == [0], "a ValueError may be meant, and the KeyError is"


@pytest.mark.parametrize(
    ("mine", "theirs", "differs"),
    [
        ("33.79", "33.78", False),
        ("1", "0.9", False),
        ("33.79", "33.77", True),
        ("34", "33", True),
        ("33.8", "33.79", False),
        ('"33.79"', '"33.78"', True),
        ("NaN", "Infinity", True),
    ],
)
def test_a_last_decimal_that_differs_in_a_few_calls_is_no_other_answer(mine: str, theirs: str, differs: bool) -> None:
    calls = tuple(f"f({number})" for number in range(10))
    told = Told(calls, ((mine, *"123456789"), (theirs, *"123456789")))
    assert bool(contested(told, IR)) is differs
    assert contested(Told(calls, ((mine,) * 10, (theirs,) * 10)), IR) == [*range(10)]


def test_one_implementation_alone_differs_from_nobody() -> None:
    assert contested(Told(("f(1)",), (("1",),)), IR) == []
    assert unthought(Told((), ()), IR) == []


@pytest.mark.parametrize(
    ("request_text", "speaks"),
    [
        ("Raise an error for a negative number.", True),
        ("As f(-1) == 2.", True),
        ("Numbers below 3 are skipped.", True),
        ("Convert a non-negative integer.", False),
        ("Return the n-th Fibonacci number of 2024-01-02.", False),
    ],
)
def test_a_request_speaks_of_numbers_below_zero(request_text: str, speaks: bool) -> None:
    assert speaks_of_negatives(request_text, IR) is speaks


def test_a_clause_speaks_of_numbers_below_zero() -> None:
    for clause in ("example(f(-1) == 1)", "ensures(result > -1)", "raises(ValueError, n < -3)"):
        assert speaks_of_negatives("Do it.", parse(f'def f(n: int) -> int:\n    """Do it."""\n    {clause}\n'))
