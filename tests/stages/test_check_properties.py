"""Clauses as contracts on generated inputs: what fails, what is only remarked on, and what is left alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.ir.models import IR
from engine.stages.assemble import assemble
from engine.stages.check import verdict
from engine.stages.events import CheckResult
from tests.stages.checking import CLAMP, Checker, new_tools, spec
from tests.support.confinement import needs_confinement

pytestmark = [needs_confinement, pytest.mark.asyncio(loop_scope="module")]


def function(header: str, **clauses: Any) -> IR:
    """A specification of ``f`` with the parameters and the result of a header such as ``x: int -> int``."""
    parameters, _, returns = header.partition(" -> ")
    named = [part.split(": ") for part in parameters.split("; ") if part]
    signature = {"name": "f", "parameters": [{"name": n, "type_hint": t} for n, t in named], "returns": returns}
    return IR.model_validate({"intent": {"summary": "f"}, "signature": signature, **clauses})


def module(header: str, body: str) -> str:
    parameters, _, returns = header.partition(" -> ")
    return assemble(f"def f({parameters.replace('; ', ', ')}) -> {returns}:\n    {body}\n")


async def check_f(checker: Checker, header: str, body: str, **clauses: Any) -> dict[str, CheckResult]:
    results = await checker.results_of(module(header, body), function(header, **clauses))
    return {result.clause if result.clause not in ("", "signature") else result.kind: result for result in results}


INTS = "items: list[int] -> int"


async def test_a_postcondition_fails_with_the_smallest_input(checker: Checker) -> None:
    found = await check_f(
        checker, INTS, "return max(items) if items else 0", ensures=[{"predicate": "result in items"}]
    )
    result = found["ensures[0]"]
    assert (result.status, result.counterexample, result.actual) == ("failed", "f([])", "0")
    assert result.expected == "result in items"
    assert "(items=[], result=0)" in result.detail


async def test_a_precondition_keeps_inputs_away(checker: Checker) -> None:
    clauses = {"requires": [{"predicate": "items"}], "ensures": [{"predicate": "result in items"}]}
    found = await check_f(checker, INTS, "return max(items) if items else 0", **clauses)
    assert found["ensures[0]"].status == "passed"
    assert "generated inputs" in found["ensures[0]"].detail


async def test_every_clause_has_a_counterexample_of_its_own(checker: Checker) -> None:
    ensures = [{"predicate": "result >= 0"}, {"predicate": "result <= 20"}, {"predicate": "result == x"}]
    found = await check_f(checker, "x: int -> int", "return x", ensures=ensures)
    assert [found[f"ensures[{n}]"].counterexample for n in range(3)] == ["f(-1)", "f(21)", ""]


async def test_the_code_has_to_raise_where_a_clause_says_so(checker: Checker) -> None:
    raises = [{"exception": "ValueError", "condition": "x < 0"}]
    found = await check_f(checker, "x: int -> int", "return abs(x)", raises=raises)
    result = found["raises[0]"]
    assert (result.status, result.counterexample, result.expected, result.actual) == (
        "failed",
        "f(-1)",
        "ValueError",
        "1",
    )
    body = "if x < 0: raise ValueError\n    return x"
    found = await check_f(checker, "x: int -> int", body, raises=raises)
    assert found["raises[0]"].status == found["exceptions"].status == "passed"


async def test_a_declared_exception_may_be_raised_elsewhere_too(checker: Checker) -> None:
    body = "if x < 5: raise ValueError\n    return x"
    found = await check_f(checker, "x: int -> int", body, raises=[{"exception": "ValueError", "condition": "x < 0"}])
    assert found["raises[0]"].status == found["exceptions"].status == "passed"


async def test_an_undeclared_exception_is_remarked_on_and_one_that_is_a_bug_fails(checker: Checker) -> None:
    found = await check_f(checker, INTS, "return items[0]")
    result = found["exceptions"]
    assert (result.status, result.counterexample, result.line) == ("skipped", "f([])", 2)
    assert "IndexError" in result.detail
    assert verdict(found.values())
    found = await check_f(checker, "x: int | None -> int", "return x + 1")
    result = found["exceptions"]
    assert (result.status, result.counterexample) == ("failed", "f(None)")
    assert "TypeError" in result.detail
    found = await check_f(checker, "x: int -> int", "return cache[x]")
    assert found["exceptions"].status == "failed"
    assert found["types"].status == "failed"
    assert (found["types"].line, found["types"].detail) == (2, "line 2: Name `cache` used when not defined")


@pytest.mark.parametrize(
    ("header", "body", "status"),
    [
        (
            "old: dict[str, int]; new: dict[str, int] -> set[str]",
            "return {k for k in old if old[k] != new[k]}",
            "failed",
        ),
        ("person: dict[str, int] -> int", "return person['age']", "skipped"),  # a key that the code itself names
        ("s: str -> int", "return {'I': 1}[s]", "skipped"),
    ],
)
async def test_a_key_of_the_input_that_is_not_found_is_a_bug(header: str, body: str, status: str, checker: Checker):
    found = await check_f(checker, header, body)
    assert found["exceptions"].status == status
    assert "KeyError" in found["exceptions"].actual


async def test_dictionaries_that_examples_show_as_records_have_their_keys(checker: Checker) -> None:
    told = {"call": "f([{'city': 'Bonn'}, {'city': 'Bern'}])", "result": "2"}
    found = await check_f(
        checker, "people: list[dict[str, str]] -> int", "return len({p['city'] for p in people})", examples=[told]
    )
    assert found["exceptions"].status == "passed"


async def test_what_never_raises_fails_for_any_exception(checker: Checker) -> None:
    says = {"summary": "Add them up.", "rationale": "Never raise."}
    found = await check_f(checker, "s: str -> int", "return int(s or 0)", intent=says)
    assert found["exceptions"].status == "failed"


async def test_the_values_that_the_request_says_are_tried(checker: Checker) -> None:
    for words, status in (("f", "passed"), ("Not 739.", "failed")):
        found = await check_f(
            checker,
            "items: list[int] -> str",
            "return 0 if any(3 * i == 2217 for i in items) else ''",
            intent={"summary": words},
        )
        assert found["returns"].status == status


async def test_inputs_that_nobody_meant_do_not_count(checker: Checker) -> None:
    examples = [{"call": "f([1])", "result": "1"}, {"call": "f(['a'])", "result": "'a'"}]
    found = await check_f(checker, "items: list -> Any", "return max(items)", examples=examples)
    assert found["exceptions"].status == "skipped"  # [1, 'a'] cannot be compared, but nobody promised it could
    assert verdict(found.values())


async def test_a_result_of_another_type_fails(checker: Checker) -> None:
    found = await check_f(checker, "text: str -> int", "return text.count('a') or None")
    result = found["returns"]
    assert (result.status, result.counterexample, result.expected, result.actual) == ("failed", "f('')", "int", "None")
    assert (await check_f(checker, "text: str -> int | None", "return text.count('a') or None"))[
        "returns"
    ].status == "passed"


async def test_without_inputs_the_examples_are_what_is_left(checker: Checker) -> None:
    examples = [{"call": "f(len)", "result": "0"}]
    ensures = [{"predicate": "result == 0"}]
    found = await check_f(checker, "g: Callable[[str], int] -> int", "return g('')", examples=examples, ensures=ensures)
    assert found["ensures[0]"].detail == "held for 1 example"
    assert "no inputs can be made for g" in found["exceptions"].detail
    effects = [{"description": "reads a file"}]
    found = await check_f(checker, "path: str -> str", "return open(path).read()", effects=effects)
    assert (found["effects"].status, found["exceptions"].status) == ("passed", "skipped")
    assert "not allowed in the sandbox" in found["exceptions"].detail


async def test_dates_and_decimals_are_tried_as_the_specification_imports_them(checker: Checker) -> None:
    for body, hint in (("return x.year", "date"), ("return x.year", "datetime.date"), ("return int(x)", "Decimal")):
        found = await check_f(checker, f"x: {hint} -> int", body, ensures=[{"predicate": "result > 9999"}])
        assert found["ensures[0]"].status == "failed", hint


async def test_the_same_code_gives_the_same_evidence(checker: Checker) -> None:
    wrong = CLAMP.replace("max(value, low), high", "max(value, low), high + 1")
    first, second = await checker.results_of(wrong, spec()), await checker.results_of(wrong, spec())
    assert first == second
    failed = [result for result in first if result.status == "failed"]
    assert {result.clause for result in failed} >= {"examples[0]", "ensures[0]"}


@pytest.mark.parametrize(
    ("body", "growth"),
    [
        ("return len(items)", "hardly at all"),
        ("return sum(1 for item in items if item)", "linearly"),
        ("n = 0\n    for a in items:\n        for b in items:\n            n += 1\n    return n", "quadratically"),
    ],
)
async def test_growth_is_counted(body: str, growth: str, checker: Checker) -> None:
    result = (await check_f(checker, INTS, body))["termination"]
    assert result.status == "passed"
    assert result.detail.startswith(f"grows {growth}: ")


async def test_a_loop_without_end_fails_and_one_on_odd_inputs_is_remarked_on(checker: Checker) -> None:
    endless = (await check_f(checker, "n: int -> int", "while n > 0:\n        n += 1\n    return n"))["termination"]
    assert (endless.status, endless.counterexample) == ("failed", "f(2)")
    assert "did not end within 100000 steps" in endless.detail
    down = await check_f(checker, "n: int -> int", "while n != 0:\n        n -= 1\n    return n")
    assert (down["termination"].status, down["termination"].counterexample) == ("skipped", "f(-1)")
    assert verdict(down.values())


async def test_steep_growth_is_told_and_does_not_fail(checker: Checker) -> None:
    result = (await check_f(checker, "n: int -> int", "return n if n < 2 else f(n - 1) + f(n - 2)"))["termination"]
    assert result.status in ("passed", "skipped")
    assert "did not end within" in result.detail


@pytest.mark.parametrize(
    ("body", "effects", "status", "told"),
    [
        ("print(x)\n    return x", [], "failed", "calls print() (line 2)"),
        ("print(x)\n    return x", ["prints the number"], "passed", ""),
        ("import subprocess\n    return x", [], "failed", "imports subprocess (line 2)"),
        ("from os import path\n    return x", [], "failed", "imports os (line 2)"),
        ("import urllib.parse, json\n    return x", [], "passed", ""),
        ("return eval('x')", [], "failed", "calls eval() (line 2)"),
        ("import random\n    return random.choice([x])", [], "failed", "imports random (line 2)"),
        ("import io\n    io.FileIO('/tmp/x')\n    return x", ["saves it"], "passed", ""),
        (
            "import typing\n    typing.sys.modules['posix'].listdir('/')\n    return x",
            [],
            "failed",
            "tries os.listdir('/')",
        ),
    ],
)
async def test_effects_are_what_is_declared(
    body: str, effects: list[str], status: str, told: str, checker: Checker
) -> None:
    declared = [{"description": effect} for effect in effects]
    examples = [{"call": "f(1)", "result": "1"}]
    result = (await check_f(checker, "x: int -> int", body, effects=declared, examples=examples))["effects"]
    assert result.status == status
    assert result.detail.startswith(told)
    assert bool(result.detail) is bool(told)


async def test_type_findings_count_when_they_are_certain_and_are_cached(checker: Checker) -> None:
    found = await check_f(checker, "x: str -> int", "return len(x, 1)")
    assert found["types"].status == "failed"
    found = await check_f(checker, "x: str -> int", "import re\n    return re.match('', x).end()")
    assert found["types"].status == "skipped"
    assert "line 3" in found["types"].detail


@pytest.mark.asyncio(loop_scope="function")
async def test_checks_can_be_cancelled_in_the_middle_of_the_search() -> None:
    async def search() -> None:
        async with new_tools() as tools:
            ensures = [{"predicate": "result"}]
            await check_f(Checker(tools), "n: int -> int", "while n: pass\n    return n", ensures=ensures)

    task = asyncio.create_task(search())
    await asyncio.sleep(0.6)
    task.cancel()
    await asyncio.wait([task])
    async with asyncio.timeout(60):
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.01)
