"""What a request says in passing leaves a trace in code that heeds it."""

from __future__ import annotations

import ast

import pytest

from engine.ir.text import parse
from engine.stages.check import check, verdict
from engine.stages.clock import RunClock
from engine.stages.events import CheckFinished
from engine.stages.unheeded import unheeded, unused
from tests.stages.play import play
from tests.support.confinement import needs_confinement
from tests.support.scripts import body, draft

tree = ast.parse


def f(line: str) -> str:
    return f'def f(s: str, xs: list[str | None] = []) -> bool:\n    """Ignore case; at most 24."""\n    {line}\n'


@pytest.mark.parametrize(
    ("request_text", "without", "heeding"),
    [
        ("Compare them ignoring case.", "return s == 'a'", "return s.lower() == 'a'"),
        ("Case is ignored.", "return s in 'aA'", "return bool(re.match('a', s, re.IGNORECASE))"),
        ("Find it case-insensitively.", "return s == 'a'", "return bool(re.match('(?i)a', s))"),
        ("Upper and lower case count as the same.", "return s == s[::-1]", "return s.casefold() == 'a'"),
        ("Give the words in lower case.", "return set(xs)", "return {x.lower() for x in xs}"),
        ("Whitespace around it is fine.", "return s.isdigit()", "return s.strip().isdigit()"),
        ("Ignore leading spaces.", "return s == 'a'", r"return bool(re.match('\\s*a', s))"),
        ("Skip the None entries.", "return sum(map(int, xs))", "return sum(int(x) for x in xs if x is not None)"),
        ("Leave out names that are None.", "return sorted(xs)", "return sorted(x for x in xs if x)"),
        ("It costs 3 an hour, but at most 24.", "return 3 * s", "return min(3 * s, 24)"),
        ("Give it with a maximum of 24 letters.", "return s[:20]", "return f'{s:.24}'"),
        ("Add them without any rounding error.", "return sum(map(float, xs))", "return sum(map(Decimal, xs))"),
        ("Count Monday to Friday between two dates.", "return len(xs)", "return d.weekday() < 5"),
        ("Name the weekday of a date.", "return str(s)", "return f'{s:%A}'"),
        ("All have exactly the same type.", "return isinstance(s, str)", "return type(s) is str"),
        ("All have exactly the same type.", "return isinstance(s, type(xs))", "return type(s) is type(xs)"),
    ],
)
def test_words_that_code_shows_no_trace_of(request_text: str, without: str, heeding: str) -> None:
    assert unheeded(f"Do it. {request_text} Nothing else.", tree(f(without))) == [request_text]
    assert unheeded(request_text, tree(f(heeding))) == []


@pytest.mark.parametrize(
    "request_text",
    [
        "Upper and lower case are different.",
        "Split it at the spaces.",
        "Return None if there is none.",
        "Say 'ignoring case' at most once.",
        "It has 24 hours.",
    ],
)
def test_words_that_need_no_trace(request_text: str) -> None:
    assert unheeded(request_text, tree(f("return s"))) == []


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("return s", ["xs"]),
        ("return True", ["s", "xs"]),
        ("xs = []; return s", ["xs"]),
        ("return [s for _ in xs]", []),
        ("return (lambda: xs[s])()", []),
        ("raise NotImplementedError", []),
    ],
)
def test_parameters_that_code_makes_no_use_of(line: str, names: list[str]) -> None:
    assert unused("Do it.", tree(f(line)), "f") == names
    assert unused("Do it. For compatibility only.", tree(f(line)), "f") == []
    assert unused("Do it.", tree(f(line)), "g") == []


SPEC = parse('def same(a: str, b: str) -> bool:\n    """Are two words the same, ignoring case?"""\n    ensures(True)\n')
SAME = "def same(a: str, b: str) -> bool:\n    return a{0} == b{0}\n"


@needs_confinement
async def test_a_check_fails_for_it_and_says_which_sentence_and_otherwise_says_nothing() -> None:
    told = {}
    for step in ("", ".lower()"):
        checking = check(SAME.format(step), SPEC, clock=RunClock())
        results = [event.result async for event in checking if isinstance(event, CheckFinished)]
        told[step] = [result for result in results if result.kind == "request"], verdict(results)
    ((result,), passed) = told[""]
    assert (result.status, result.clause, passed) == ("failed", "intent", False)
    assert "ignoring case" in result.detail
    assert told[".lower()"] == ([], True)


@needs_confinement
async def test_code_that_leaves_out_a_parameter_fails_and_the_model_is_told_which(store) -> None:
    drafted = draft(sig="pay(hours: int, rate: int) -> int", raises=None, ensures=None, examples=["pay(1, 1) == 1"] * 2)
    answers = body("    return hours\n"), body("    return hours * rate\n")
    played = await play(store, drafted, *answers, prompt="What so many hours at a rate are worth.")
    assert played.last.status == "passed"
    assert "- nothing in the code uses `rate`." in played.server.requests[2]["messages"][-2]["content"]
    assert played.of("code-finished")[-1].code.endswith("return hours * rate\n")


@needs_confinement
async def test_the_model_is_told_of_it_and_writes_it_again(store) -> None:
    drafted = draft(
        sig="same(a: str, b: str) -> bool", raises=None, ensures=None, examples=["same('a', 'a') == True"] * 2
    )
    played = await play(
        store,
        drafted,
        body("    return a == b\n"),
        body("    return a.lower() == b.lower()\n"),
        prompt="Are two words the same, ignoring case?",
    )
    assert played.last.status == "passed"
    assert "ignoring case" in played.of("repair-started")[0].reason
    assert "nothing in the code sees to this" in played.server.requests[2]["messages"][-2]["content"]
    assert played.of("code-finished")[-1].code.endswith("return a.lower() == b.lower()\n")
