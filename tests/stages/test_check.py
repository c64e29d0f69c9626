"""The check stage over good, bad and hostile code, in real sandboxes."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
from typing import Any

import pytest

from engine.errors import SandboxFailed, SandboxUnavailable
from engine.ir.models import IR
from engine.sandbox import confine
from engine.sandbox.limits import Limits
from engine.sandbox.peer import Peer
from engine.stages.check import check, verdict
from engine.stages.events import CheckFinished, SpanFinished
from tests.stages.checking import CLAMP, Checker, examples, results_of, spec, unary
from tests.support.confinement import needs_confinement

CLAUSES = ("requires", "ensures", "raises")

pytestmark = [needs_confinement, pytest.mark.asyncio(loop_scope="module")]


def with_clause(kind: str, predicate: str) -> IR:
    """A specification of ``f`` with one example and one clause of a kind."""
    clause = {"exception": "ValueError", "condition": predicate} if kind == "raises" else {"predicate": predicate}
    return unary(examples=examples(("f(1)", "1")), **{kind: [clause]})


async def test_good_code_passes_every_check_in_order(checker: Checker) -> None:
    results = await checker.results_of(CLAMP, spec())
    assert [(result.kind, result.clause, result.status) for result in results] == [
        ("parse", "", "passed"),
        ("compile", "", "passed"),
        ("signature", "signature", "passed"),
        ("loads", "", "passed"),
        ("example", "examples[0]", "passed"),
        ("example", "examples[1]", "passed"),
        ("example", "examples[2]", "passed"),
        ("requires", "requires[0]", "passed"),
        ("ensures", "ensures[0]", "passed"),
        ("ensures", "ensures[1]", "passed"),
        ("returns", "signature", "passed"),
        ("raises", "raises[0]", "passed"),
        ("exceptions", "", "passed"),
        ("termination", "", "passed"),
        ("effects", "", "passed"),
        ("types", "", "passed"),
    ]
    assert verdict(results)


async def test_the_spans_cover_the_stage() -> None:
    ticks = itertools.count(7)
    events = [event async for event in check(CLAMP, spec(), clock=lambda: float(next(ticks)))]
    spans = [event.span for event in events if isinstance(event, SpanFinished)]
    parts = "parse compile signature load examples properties contracts raises termination effects types"
    assert [span.name for span in spans] == [f"check.{part}" for part in parts.split()]
    assert {span.stage for span in spans} == {"check"}
    assert [(span.start_s, span.duration_s) for span in spans] == [(start, 1) for start in range(7, 29, 2)]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def clamp(:", "line 1: invalid syntax"),
        ("x = '\0'", "source code string cannot contain null bytes"),
        ("x = " + "(" * 1000, "too many nested parentheses"),
    ],
)
async def test_code_that_does_not_parse_skips_the_rest(code: str, message: str, checker: Checker) -> None:
    parse, *rest = await checker.results_of(code, spec())
    assert parse.status == "failed"
    assert message in parse.detail
    assert len(rest) == 15
    assert {(result.status, result.detail) for result in rest} == {("skipped", "the code does not parse")}
    assert not verdict([parse, *rest])


async def test_another_signature_fails_and_the_code_is_tried_nevertheless(checker: Checker) -> None:
    results = await checker.results_of(CLAMP.replace("value: int", "value: float"), spec())
    assert [result.status for result in results[2:5]] == ["failed", "passed", "passed"]
    assert results[2].detail == "value is annotated float, not int"
    assert not verdict(results)


async def test_a_missing_function_is_told_and_skips_what_needs_it(checker: Checker) -> None:
    results = await checker.results_of("def other(): ...", spec())
    assert results[2].detail == "the code defines no function named clamp"
    assert {result.status for result in results[3:-2]} == {"skipped"}
    assert not verdict(results)


async def test_a_module_that_does_not_load_fails_and_skips_the_rest(checker: Checker) -> None:
    results = await checker.results_of(CLAMP + "\n1 / 0", spec())
    by_kind = {result.kind: result for result in results}
    assert by_kind["loads"].status == "failed"
    assert by_kind["loads"].detail == "raised ZeroDivisionError: division by zero (line 8)"
    assert by_kind["example"].status == "skipped"
    assert by_kind["ensures"].detail == "the module does not load"
    assert by_kind["types"].status == "passed"
    assert len(results) == 16


async def test_code_that_parses_but_does_not_compile_is_told_with_its_line(checker: Checker) -> None:
    results = await checker.results_of(f"{CLAMP}\nreturn 1", spec())
    assert (results[1].kind, results[1].status, results[1].line) == ("compile", "failed", 8)
    assert results[1].detail == "line 8: 'return' outside function"
    assert {result.status for result in results[3:-2]} == {"skipped"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return 9", "expected 10, got 9"),
        ("return '10'", "expected 10, got '10'"),
        ("return True", "expected 10, got True"),
        ("pass", "expected 10, got None"),
        ("return [x for x in (1, 2)].index(3)", "expected 10, raised ValueError: 3 is not in list (line 3)"),
        ("return bytearray(10**12)", "expected 10, ran out of memory (limit 512 MiB)"),
        ("import os; os._exit(0)", "expected 10, ended the interpreter with exit code 0"),
        ("raise SystemExit", "expected 10, called sys.exit()"),
        ("return open('/etc/passwd').read()", "expected 10, raised PermissionError"),
        ("while True: print('flood' * 1000)", "expected 10, printed more than 1048576 bytes"),
        ("return object()", "expected 10, got <object object at"),
    ],
)
async def test_a_wrong_answer_says_what_came_back(body: str, expected: str, checker: Checker) -> None:
    code = f"def f(x):\n    x += 0\n    {body}"
    status, detail = await checker.one("example", code, unary(examples=examples(("f(1)", "10"))))
    assert status == "failed"
    assert detail.startswith(expected)


async def test_an_answer_that_never_comes_is_waited_for_as_long_as_the_limits_say(impatient: Checker) -> None:
    code = "def f(x):\n    while True: pass"
    status, detail = await impatient.one("example", code, unary(examples=examples(("f(1)", "10"))))
    assert (status, detail) == ("failed", "expected 10, timed out after 0.3 s")


async def test_one_bad_call_does_not_spoil_the_others(impatient: Checker) -> None:
    code = "def f(x):\n    while x == 1: pass\n    return x"
    ir = unary(examples=examples(("f(0)", "0"), ("f(1)", "1"), ("f(2)", "2")))
    statuses = [result.status for result in await impatient.results_of(code, ir) if result.kind == "example"]
    assert statuses == ["passed", "failed", "passed"]


@pytest.mark.parametrize(
    ("code", "call", "result"),
    [
        ("def f(x): return x / 3", "f(1)", "0.333333333333"),
        ("def f(x): return {x}", "f(1)", "{1}"),
        ("def f(x): yield from (x, x)", "f(1)", "[1, 1]"),
        ("from decimal import Decimal\ndef f(x): return Decimal(x)", "f('1.5')", "Decimal('1.50')"),
        ("def f(x): return x.year", "f(date(2024, 1, 2))", "2024"),
        ("def f(x): return x.year", "f(datetime.date(2024, 1, 2))", "2024"),
        ("def f(x): return x * 2", "f(math.pi)", "math.tau"),
        ("def f(x): return x(2)", "f(lambda n: n + 1)", "3"),
        ("def f(x): return [x]", "f(f(1))", "[[1]]"),
        ("def f(x): return [x]", "f(1)[0]", "1"),
        ("def f(x): return 10 ** x", "f(5000)", "10 ** 5000"),
        ("def f(x): raise KeyError(x)", "f(1)", "KeyError(1)"),
        ("def f(x): raise KeyError(x)", "f(1)", "LookupError"),
        ("class Bad(Exception): pass\ndef f(x): raise Bad", "f(1)", "Bad"),
    ],
)
async def test_right_answers_of_many_kinds(code: str, call: str, result: str, checker: Checker) -> None:
    raises = [{"exception": "Bad", "condition": "False"}]
    ir = unary(examples=examples((call, result)), raises=raises)
    assert await checker.one("example", code, ir) == ("passed", "")


@pytest.mark.parametrize(
    ("call", "result", "message"),
    [
        ("f(", "1", "is not a Python expression"),
        ("f(1)", "one thing", "is not a Python expression"),
        ("f(1)", "x = 1", "is not a Python expression"),
        ("f(1)", "unknown", "NameError"),
        ("f(unknown)", "1", "NameError"),
        ("f(1)", "1 / 0", "ZeroDivisionError"),
        ("f(1)", "\0", "is not a Python expression"),
    ],
)
async def test_examples_that_cannot_be_evaluated_are_errors(
    call: str, result: str, message: str, checker: Checker
) -> None:
    results = await checker.results_of("def f(x): return x", unary(examples=examples((call, result))))
    example = next(found for found in results if found.kind == "example")
    assert example.status == "error"
    assert message in example.detail
    assert not verdict(results)


async def test_an_example_that_expects_an_exception_fails_on_a_value(checker: Checker) -> None:
    ir = unary(examples=examples(("f(1)", "ValueError")))
    assert await checker.one("example", "def f(x): return [x]", ir) == ("failed", "expected ValueError, got [1]")
    detail = "expected ValueError, raised KeyError: 1 (line 1)"
    assert await checker.one("example", "def f(x): raise KeyError(x)", ir) == ("failed", detail)


async def test_an_example_that_violates_a_precondition_contradicts_the_specification(checker: Checker) -> None:
    ir = spec(examples=examples(("clamp(1, 5, 0)", "0")), raises=[])
    status, detail = await checker.one("requires", CLAMP, ir)
    assert status == "failed"
    assert "contradicts itself" in detail
    assert "`clamp(1, 5, 0)` (value=1, low=5, high=0)" in detail


async def test_a_failing_postcondition_names_the_example_and_the_values(checker: Checker) -> None:
    code = CLAMP.replace("min(max(value, low), high)", "value")
    status, detail = await checker.one("ensures", code, spec())
    assert status == "failed"
    assert detail == "does not hold for `clamp(0, 1)` (value=0, low=1, high=10, result=0)"


@pytest.mark.parametrize(
    ("predicate", "message"),
    [
        ("nothing > 1", "NameError: name 'nothing' is not defined"),
        ("x is positive and", "is not a Python expression"),
        ("x.y", "AttributeError"),
        ("__import__('os')._exit(0)", "exit code 0"),
    ],
)
@pytest.mark.parametrize("kind", CLAUSES)
async def test_predicates_that_cannot_be_evaluated_are_errors(
    kind: str, predicate: str, message: str, checker: Checker
) -> None:
    status, detail = await checker.one(kind, "def f(x): return x", with_clause(kind, predicate))
    assert status == "error"
    assert message in detail


@pytest.mark.parametrize("kind", CLAUSES)
async def test_a_predicate_without_end_is_an_error(kind: str, impatient: Checker) -> None:
    status, detail = await impatient.one(kind, "def f(x): return x", with_clause(kind, "10 ** 10 ** 10"))
    assert status == "error"
    assert "timed out" in detail


async def test_assertions_without_examples_are_held_against_generated_inputs_or_skipped(checker: Checker) -> None:
    by_kind = {result.kind: result for result in await checker.results_of(CLAMP, spec(examples=[], requires=[]))}
    assert by_kind["ensures"].status == by_kind["raises"].status == "passed"
    ir = unary(
        ensures=[{"predicate": "result == x"}], requires=[{"predicate": "x"}], raises=[{"exception": "TypeError"}]
    )
    results = await checker.results_of("from typing import Any\ndef f(x: Any) -> Any: return x", ir)
    by_kind = {result.kind: (result.status, result.detail) for result in results}
    assert by_kind["requires"] == ("skipped", "no example to check it with")
    assert by_kind["ensures"] == ("skipped", "no example to check it with")
    assert by_kind["raises"] == ("skipped", "no example triggers it")
    assert by_kind["exceptions"][0] == by_kind["termination"][0] == "skipped"
    assert "no inputs can be made for x" in by_kind["exceptions"][1]
    assert verdict(results)


async def test_postconditions_need_a_returned_value(checker: Checker) -> None:
    ir = unary(examples=examples(("f(1)", "1")), ensures=[{"predicate": "result"}])
    assert await checker.one("ensures", "def f(x): raise ValueError", ir) == ("skipped", "no example returned a value")


async def test_the_code_cannot_change_what_the_predicates_see(checker: Checker) -> None:
    code = "def f(x):\n    size = len(x)\n    x.clear()\n    return size"
    ir = unary(examples=examples(("f([1, 2, 3])", "3")), ensures=[{"predicate": "result == len(x)"}])
    status, detail = await checker.one("ensures", code, ir)
    assert status == "passed"
    assert re.fullmatch(r"held for 1 example and \d+ generated inputs", detail)


async def test_a_raises_clause_needs_its_exception(checker: Checker) -> None:
    code = CLAMP.replace("ValueError", "KeyError")
    status, detail = await checker.one("raises", code, spec())
    assert status == "failed"
    assert detail.startswith("`clamp(1, 5, 0)` (value=1, low=5, high=0): expected ValueError, raised KeyError")


async def test_an_example_that_promises_a_result_contradicts_a_raises_clause(checker: Checker) -> None:
    ir = spec(examples=examples(("clamp(1, 5, 0)", "0")))
    status, detail = await checker.one("raises", CLAMP, ir)
    assert status == "failed"
    assert "contradicts itself" in detail


async def test_a_raises_clause_without_a_condition_is_checked_by_its_examples(checker: Checker) -> None:
    raises = [{"exception": "ValueError"}]
    code = "def f(x):\n    if x < 0: raise ValueError\n    return x"
    triggered = unary(examples=examples(("f(1)", "1"), ("f(-1)", "ValueError")), raises=raises)
    assert await checker.one("raises", code, triggered) == ("passed", "")
    untriggered = unary(examples=examples(("f(1)", "1")), raises=raises)
    assert await checker.one("raises", code, untriggered) == ("skipped", "no example triggers it")


@pytest.mark.parametrize(
    "signature",
    [
        {"name": "f", "parameters": [{"name": "x", "type_hint": "list of ints"}], "returns": "Any"},
        {"name": "f", "parameters": [{"name": "x y"}], "returns": "Any"},
        {"name": "f", "parameters": [], "returns": "int: pass\nimport os\ndef f()"},
        {"name": "f g", "parameters": [], "returns": "int"},
        {"name": "", "parameters": [], "returns": ""},
    ],
)
async def test_a_signature_that_is_not_python_is_an_error_not_an_exception(
    signature: dict[str, Any], checker: Checker
) -> None:
    ir = IR.model_validate({"intent": {"summary": ""}, "signature": signature, "examples": examples(("f(1)", "1"))})
    results = await checker.results_of("def f(x): return x", ir)
    assert results[2].status == "error"
    assert not verdict(results)


async def test_a_default_that_cannot_be_evaluated_is_told_where_it_matters(checker: Checker) -> None:
    ir = spec(
        signature={
            "name": "f",
            "parameters": [{"name": "x", "type_hint": "int", "default": "nowhere"}],
            "returns": "int",
        },
        requires=[],
        raises=[],
        examples=examples(("f(1)", "1")),
        ensures=[{"predicate": "x == 1"}],
    )
    results = await checker.results_of("nowhere = 3\ndef f(x: int = nowhere) -> int: return x", ir)
    assert {result.kind: result.status for result in results if result.kind != "types"} == {
        **dict.fromkeys(("parse", "compile", "signature", "loads", "example", "effects"), "passed"),
        "ensures": "error",
        "returns": "passed",
        "exceptions": "passed",
        "termination": "passed",
    }
    assert "nowhere" in next(result.detail for result in results if result.kind == "ensures")


async def test_text_for_the_screen_has_no_control_characters(checker: Checker) -> None:
    code = "def f(x):\n    class R:\n        def __repr__(self): return '\\x1b[2J'\n    return R()"
    _, detail = await checker.one("example", code, unary(examples=examples(("f('\x1b')", "'\x1b'"))))
    assert "\x1b" not in detail
    assert "\\x1b[2J" in detail


async def test_without_a_sandbox_nothing_runs_and_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confine, "_abi", lambda: 0)
    results = await results_of("print('ran')\n" + CLAMP, spec())
    assert [result.status for result in results[:3]] == ["passed"] * 3
    assert {result.status for result in results[3:-2]} == {"skipped"}
    assert all("no Landlock" in result.detail and "--unsafe-run" in result.detail for result in results[3:-2])


async def test_a_sandbox_that_breaks_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> Peer:
        raise SandboxFailed("It broke.", "Mend it.")

    monkeypatch.setattr(Peer, "start", broken)
    results = await results_of(CLAMP, spec())
    assert {(result.status, result.detail) for result in results[3:-2]} == {("error", "It broke. Mend it.")}
    assert not verdict(results)


async def test_unsafe_runs_without_a_sandbox_and_every_result_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(limits: Limits) -> None:
        raise SandboxUnavailable("No.")

    monkeypatch.setattr(confine, "spawn", refuse)
    results = await results_of(CLAMP.replace("10", "10 "), spec(), unsafe=True)
    assert {result.status for result in results} == {"passed"}
    assert all(result.detail.endswith("ran without confinement") for result in results[3:-2])
    wrong = await results_of("def f(x): return 2", unary(examples=examples(("f(1)", "1"))), unsafe=True)
    assert "expected 1, got 2; ran without confinement" in [result.detail for result in wrong]


async def test_results_arrive_as_they_are_known_and_stopping_ends_the_children() -> None:
    code = "import os\ndef f(x):\n    while x: pass\n    return os.getpid()"
    ir = unary(examples=examples(("f(0)", "0"), ("f(1)", "1")))
    stream = check(code, ir, clock=lambda: 0.0, limits=Limits(wall_s=100, total_s=100))
    pid = 0
    async with asyncio.timeout(60):
        async for event in stream:
            if isinstance(event, CheckFinished) and event.result.kind == "example":
                pid = int(event.result.detail.rpartition(" ")[2])
                break
        await stream.aclose()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
