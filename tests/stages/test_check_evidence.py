"""What a failed check shows: what was expected, what came back, for which call, at which line."""

from __future__ import annotations

import pytest

from engine.ir.models import IR
from tests.stages.checking import Checker, examples, unary
from tests.support.confinement import needs_confinement

pytestmark = [needs_confinement, pytest.mark.asyncio(loop_scope="module")]


async def evidence(checker: Checker, kind: str, code: str, ir: IR) -> tuple[str, str, str, int | None]:
    result = next(
        result for result in await checker.results_of(code, ir) if result.kind == kind and result.status == "failed"
    )
    return result.expected, result.actual, result.counterexample, result.line


async def test_a_failure_comes_with_its_evidence(checker: Checker) -> None:
    wrong = "def f(x):\n    return x + 1"
    raising = "def f(x):\n    raise KeyError(x)"
    ir = unary(examples=examples(("f(1)", "[1]")), ensures=[{"predicate": "result == x"}])
    assert await evidence(checker, "example", wrong, ir) == ("[1]", "2", "f(1)", None)
    assert await evidence(checker, "example", raising, ir) == ("[1]", "raised KeyError: 1 (line 2)", "f(1)", 2)
    assert await evidence(checker, "ensures", wrong, ir) == ("result == x", "1", "f(0)", None)
    assert await evidence(checker, "loads", "def f(x): ...\n1 / 0", ir) == (
        "",
        "raised ZeroDivisionError: division by zero (line 2)",
        "",
        2,
    )
    ir = unary(examples=examples(("f(1)", "ValueError")), raises=[{"exception": "ValueError", "condition": "x == 1"}])
    assert await evidence(checker, "example", wrong, ir) == ("ValueError", "2", "f(1)", None)
    assert await evidence(checker, "raises", raising, ir) == ("ValueError", "raised KeyError: 1 (line 2)", "f(1)", 2)
    ir = unary(examples=examples(("f(1)", "2")), requires=[{"predicate": "x > 1"}])
    assert await evidence(checker, "requires", wrong, ir) == ("x > 1", "", "f(1)", None)
