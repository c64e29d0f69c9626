"""Names are replaced where they are the parameter, and nowhere else."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given

from engine.stages.renaming import rename
from tests.stages.drafts import expressions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x > 0", "y > 0"),
        ("a.x == x.x", "a.x == y.x"),
        ("'x' + f'{x}'", "'x' + f'{x}'"),
        ("x(x)", "x(y)"),
        ("g(x=x)", "g(x=y)"),
        ("f(x=x)", "f(z=y)"),
        ("'é' < x", "'é' < y"),
        ("[x for x in a]", "[x for x in a]"),
        ("(1 +\n x)", "(1 +\n y)"),
        ("x is not valid at all", "x is not valid at all"),
        ("xx + x_", "xx + x_"),
    ],
)
def test_only_the_parameter_is_renamed(text, expected):
    if "f'{" in text:  # where CPython says that names in f-strings stand differs between versions
        assert rename(text, {"x": "y"}, {"x": "z"}, function="f") in (text, text.replace("{x}", "{y}"))
    else:
        assert rename(text, {"x": "y"}, {"x": "z"}, function="f") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from > 0", "start > 0"),
        ("f(from=1)", "f(start=1)"),
        ("'from' in from", "'from' in start"),
        ("(from", "(from"),
        ("'''", "'''"),
    ],
)
def test_keywords(text, expected):
    assert rename(text, {"from": "start"}, {"from": "start"}, function="f") == expected


@given(expressions)
def test_it_never_fails_and_never_breaks_what_parses(text):
    renamed = rename(text, {"x": "x_", "min": "min_", "in": "in_"}, {"x": "x_"}, function="f")
    try:
        before = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    assert type(ast.parse(renamed.strip(), mode="eval").body) is type(before.body)


def test_nothing_to_rename_changes_nothing():
    assert rename("x  +  1", {}, {}, function="f") == "x  +  1"
