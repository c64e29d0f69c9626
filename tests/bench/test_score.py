"""Scoring tells right from wrong, and says why."""

from __future__ import annotations

import pytest

from engine.bench.humaneval import fields_of
from engine.bench.score import Score, asks_about, score
from engine.bench.tasks import Task
from tests.bench.making import returning, task_of


@pytest.mark.parametrize(
    ("code", "returns"),
    [
        ("def f(): return 0.1 + 0.2", "0.3"),
        ("def f(): return 3.0", "3"),
        ("def f(): yield from (1, 2)", "[1, 2]"),
        ("def f(): return map(str, (1, 2))", "('1', '2')"),
        ("def f(): return {1: {2}}", "{1: {2}}"),
        ("from collections import Counter\ndef f(): return Counter('aab')", "{'a': 2, 'b': 1}"),
        ("def f(): return None", "None"),
        ("def f(): return {'a': (1.0, [0.1 + 0.2])}", "{'a': (1, [0.3])}"),
        ("def f(): return set()", "set()"),
    ],
)
async def test_results_that_count(code: str, returns: str, unsafe: bool) -> None:
    assert await score(code, "f", returning("()", returns), unsafe=unsafe) == Score(True)


@pytest.mark.parametrize(
    ("code", "task", "failure"),
    [
        ("def f(): return [1, 2]", returning("()", "(1, 2)"), r"f\(\): expected \(1, 2\), got \[1, 2\]"),
        ("def f(): return 1", returning("()", "True"), "expected True, got 1"),
        ("def f(x): return x", returning("([1],)", "[2]"), r"f\(\[1\]\): expected \[2\], got \[1\]"),
        ("def f(x): raise KeyError(x)", returning("(1,)", "2"), "expected 2, raised KeyError"),
        ("def f(x): return 7", task_of(calls=[{"args": "(1,)", "raises": "ValueError"}]), "ValueError, got 7"),
        ("def f(): raise KeyError", task_of(calls=[{"raises": "ValueError"}]), "ValueError, raised KeyError"),
        ("def f():\n    while True: pass", returning("()", "1", limit_s=0.3), "timed out"),
        ("def g(): return 1", returning("()", "1"), "NameError"),
        ("1 / 0", returning("()", "1"), "does not load.*ZeroDivisionError"),
        ("class Yes:\n    def __eq__(self, other): return True\ndef f(): return Yes()", returning("()", "1"), "got"),
        ("import os\ndef f(): os._exit(0)", returning("()", "1"), "ended the interpreter"),
    ],
)
async def test_results_that_do_not_count_say_why(code: str, task: Task, failure: str, unsafe: bool) -> None:
    result = await score(code, "f", task, unsafe=unsafe)
    assert not result.passed
    assert len(result.failures) == 1
    assert pytest.raises(AssertionError, match=failure).matches(AssertionError(result.failures[0]))


async def test_every_failing_call_is_told_and_keywords_are_passed(unsafe: bool) -> None:
    calls = [{"args": "(1,)", "kwargs": f"{{'b': {b}}}", "returns": "3"} for b in (2, 3, 4)]
    result = await score("def f(a, b): return a + b", "f", task_of(calls=calls), unsafe=unsafe)
    assert result.failures == ("f(1, b=3): expected 3, got 4", "f(1, b=4): expected 3, got 5")


async def test_a_subclass_of_the_exception_counts(unsafe: bool) -> None:
    code = "class Odd(ValueError): ...\ndef f(): raise Odd"
    assert (await score(code, "f", task_of(calls=[{"raises": "ValueError"}]), unsafe=unsafe)).passed


async def test_a_name_that_is_no_name_is_not_evaluated(unsafe: bool) -> None:
    assert not (await score("def f(): return 1", "(lambda: 1)", returning("()", "1"), unsafe=unsafe)).passed


def test_a_question_is_about_a_word_that_begins_like_one_of_the_list() -> None:
    assert asks_about(["By which FIELDS?"], ["field"])
    assert not asks_about(["Which battlefield?"], ["field"])
    assert not asks_about([], ["field"])


@pytest.mark.parametrize(
    ("predicate", "failure"),
    [
        ("result == sorted(args[0])", None),
        ("len(result) == len(args[0]) + 1", r"f\(\[2, 1\]\): expected len.*, got \[1, 2\]"),
        ("result.nothing", "AttributeError"),
    ],
)
async def test_a_property_of_the_result(predicate: str, failure: str | None, unsafe: bool) -> None:
    task = task_of(calls=[{"args": "([2, 1],)", "property": predicate}])
    result = await score("def f(xs): return sorted(xs)", "f", task, unsafe=unsafe)
    assert result.passed == (failure is None)
    if failure:
        assert pytest.raises(AssertionError, match=failure).matches(AssertionError(result.failures[0]))


# HumanEval's shape

TEST = """
METADATA = {"author": "x"}

def check(candidate):
    assert candidate([1.0, 2.0, 2.5], 0.6) == True
    assert candidate([1.0, 2.0, 3.0], scale(0.25)) is False
    for n in range(20):
        assert candidate([float(n)], 1.0) == False, "one number"
"""
STUB = """from typing import List

def scale(x: float) -> float:
    return 2 * x

def has_close(numbers: List[float], threshold: float) -> bool:
    \"\"\" Whether two of them are closer than the threshold. \"\"\"
"""
CHECKED = task_of(**fields_of({"task_id": "HumanEval/0", "prompt": STUB, "entry_point": "has_close", "test": TEST}))
CLOSE = """def {name}(numbers: List[float], threshold: float) -> bool:
    ordered = sorted(numbers)
    return any(scale(b - a) < scale(threshold) for a, b in zip(ordered, ordered[1:]))
"""


@pytest.mark.parametrize("name", ["has_close", "are_any_close"])
async def test_humanevals_check_gets_the_function_whatever_it_is_called(name: str, unsafe: bool) -> None:
    result = await score(CLOSE.format(name=name), name, CHECKED, unsafe=unsafe)
    assert result.failures == ()
    assert result.passed


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("def f(numbers, threshold): return True", r"AssertionError: candidate\(\[1.0, 2.0, 3.0\], scale\(0.25\)\)"),
        ("def f(numbers): return True", "TypeError"),
        ("def f(numbers, threshold):\n    while True: pass", "timed out"),
        ("1 / 0", "does not load"),
        ("def g(): pass", "does not load.*NameError"),
    ],
)
async def test_humanevals_check_says_what_does_not_hold(code: str, failure: str, unsafe: bool) -> None:
    result = await score(code, "f", CHECKED.model_copy(update={"limit_s": 1.0}), unsafe=unsafe)
    assert not result.passed
    assert pytest.raises(AssertionError, match=failure).matches(AssertionError(result.failures[0]))


async def test_the_code_cannot_find_the_check_that_it_will_be_held_against(unsafe: bool) -> None:
    code = """import gc, sys
def f(numbers, threshold):
    seen = [o for o in gc.get_objects() if isinstance(o, dict) and "METADATA" in o]
    if seen or hasattr(sys.modules["generated"], "check"):
        return None  # would fail
    ordered = sorted(numbers)
    return any(b - a < threshold for a, b in zip(ordered, ordered[1:]))
"""
    assert (await score(code, "f", CHECKED, unsafe=unsafe)).failures == ()
