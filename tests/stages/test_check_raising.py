"""Code that cannot raise what it promises to raise."""

from __future__ import annotations

import ast

import pytest

from engine.stages.check_raising import can_raise
from tests.stages.checking import Checker, examples, unary
from tests.support.confinement import needs_confinement


@pytest.mark.parametrize(
    ("code", "exception"),
    [
        ("def f(x):\n    raise ValueError('no')", "ValueError"),
        ("def f(x):\n    raise UnicodeError", "ValueError"),
        ("def f(x):\n    try:\n        pass\n    except KeyError:\n        raise", "ValueError"),
        ("def f(x):\n    raise make(x)", "ValueError"),
        ("def f(x):\n    return int(x)", "ValueError"),
        ("def f(x):\n    return x.index(1)", "ValueError"),
        ("def f(x):\n    a, b = x\n    return a", "ValueError"),
        ("def f(x):\n    return x['a']", "KeyError"),
        ("def f(x):\n    return x[0]", "LookupError"),
        ("def f(x):\n    return 1 / x", "ZeroDivisionError"),
        ("def f(x):\n    return 1 // x", "ArithmeticError"),
        ("def f(x):\n    assert x", "AssertionError"),
        ("def f(x):\n    return x + 1", "TypeError"),
        ("def f(x):\n    return helper(x)", "ValueError"),
        ("def f(x):\n    return helper(x)", "InsufficientFunds"),
        ("def f(x):\n    return [x][0]()", "KeyError"),
    ],
)
def test_code_that_may_raise(code: str, exception: str) -> None:
    assert can_raise(ast.parse(code), exception)


@pytest.mark.parametrize(
    ("code", "exception"),
    [
        ("def f(x):\n    return x.upper().split(',')", "ValueError"),
        ("def f(x):\n    total = 0\n    for c in x:\n        total += len(c)\n    return total", "ValueError"),
        ("def f(x):\n    raise KeyError(x)", "ValueError"),
        ("def f(x):\n    return (x, [x])", "ValueError"),
        ("def f(x):\n    return x.get('a')", "KeyError"),
        ("def f(x):\n    return x * 2", "ZeroDivisionError"),
        ("def f(x):\n    return x", "AssertionError"),
        ("def f(x):\n    return x + 1", "InsufficientFunds"),
    ],
)
def test_code_that_cannot_raise(code: str, exception: str) -> None:
    assert not can_raise(ast.parse(code), exception)


@needs_confinement
@pytest.mark.asyncio(loop_scope="module")
async def test_a_promise_without_a_condition_that_no_code_keeps_fails(checker: Checker) -> None:
    ir = unary(examples=examples(("f('a')", "'A'")), raises=[{"exception": "ValueError"}])
    assert await checker.one("raises", "def f(x):\n    return x.upper()", ir) == (
        "failed",
        "nothing in the code raises ValueError",
    )
    kept = "def f(x):\n    if not x:\n        raise ValueError\n    return x.upper()"
    assert await checker.one("raises", kept, ir) == ("skipped", "no example triggers it")
