"""Small edits: which there are, and which of them the examples speak for."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from engine.ir.text import parse
from engine.stages.check_tools import CheckTools
from engine.stages.events import CheckResult
from engine.stages.first_steps import first_steps
from engine.stages.mending import mended
from engine.stages.mutants import mutants
from tests.stages.checking import new_tools
from tests.stages.play import play
from tests.stages.test_repair import attempts, run_by_hand
from tests.support.confinement import needs_confinement
from tests.support.scripts import BODY, HEADER, body, draft


@pytest_asyncio.fixture
async def tools() -> AsyncIterator[CheckTools]:
    async with new_tools() as ready:
        yield ready


def one_line(expression: str) -> str:
    return f"def f(x, y):\n    return {expression}\n"


@pytest.mark.parametrize(
    ("returns", "conversions"),
    [
        ("float", {"float", "abs"}),
        ("int", {"int", "abs"}),
        ("list[int]", {"list", "sorted"}),
        ("List[int]", {"list", "sorted"}),
        ("str", {"str"}),
        ("int | str", {"sorted", "list", "set", "tuple", "str", "int", "float", "abs", "bool"}),
        ("Any", {"sorted", "list", "set", "tuple", "str", "int", "float", "abs", "bool"}),
    ],
)
def test_a_result_is_converted_to_what_is_declared(returns: str, conversions: set[str]) -> None:
    found = mutants(f"def f(x) -> {returns}:\n    return x\n", slips=False)
    said = {text.rpartition("return ")[2].strip() for text in found}
    assert {text.removesuffix("(x)") for text in said if text.endswith("(x)") and text.count("(") == 1} == conversions


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("x < y", "x <= y"),
        ("x == y", "x != y"),
        ("x in y", "x not in y"),
        ("x > 1 and y > 1", "x > 1 or y > 1"),
        ("x > 1 and y > 1", "x > 1"),
        ("not x", "x"),
        ("x + y", "x - y"),
        ("x / y", "x // y"),
        ("x - 1", "x"),
        ("x - y", "y - x"),
        ("x[:y]", "x[:y + 1]"),
        ("x[1:]", "x[0:]"),
        ("range(x)", "range(x + 1)"),
        ("x.lower()", "x.upper()"),
        ("x.strip().title()", "x.strip().capitalize()"),
        ("x.strip()", "x"),
        ("max(x, y)", "min(x, y)"),
        ("int(x)", "x"),
        ("sorted(x)", "sorted(x, reverse=True)"),
        ("isinstance(x, int)", "isinstance(x, int) and (not isinstance(x, bool))"),
        ("not isinstance(x, int)", "not (isinstance(x, int) and (not isinstance(x, bool)))"),
        ("x.split()", "x.split(' ')"),
        ("x.split(' ')", "x.split()"),
        ("''.join(x)", "' '.join(x)"),
        ("f'{x:02d}:{y:02d}'", "f'{x}:{y:02d}'"),
        ("f'{x}'", "f'{x:.2f}'"),
        ("(x - 1) * y", "(x + 1) * y"),
        ("True", "False"),
        ("x", "sorted(x)"),
        ("x + y", "list(dict.fromkeys(x + y))"),
        ("'_'.join(x)", "'_'.join(x).lstrip('_')"),
        ("' '.join([x, y])", "' '.join(filter(None, [x, y]))"),
        ("'.'.join(w[0] for w in x)", "''.join((w[0] + '.' for w in x))"),
        ("'.'.join([w[0] for w in x])", "''.join(['.' + w[0] for w in x])"),
    ],
)
def test_a_slip_of_the_pen_is_among_the_edits(wrong: str, right: str) -> None:
    assert one_line(right) in [*mutants(one_line(wrong))]


CODE = '''\
import math


def area(r: float = 1, *, digits: int = 2) -> float:
    """The area of a circle, 1 by default."""
    if r < 0:   # as in the request
        raise ValueError("r < 0")

    return round(math.pi * r ** 2, digits)
'''


def test_an_edit_changes_one_place_and_leaves_the_rest_of_the_text_as_it_is() -> None:
    found = [each for each in mutants(CODE) if len(each.splitlines()) == len(CODE.splitlines())]
    assert len(found) == len({ast.dump(ast.parse(each)) for each in found}) > 10
    before = CODE.splitlines()
    for each in found:
        changed = [line for line, was in zip(each.splitlines(), before, strict=True) if line != was]
        assert len(changed) == 1
        assert changed[0].startswith("    if ") or changed[0].startswith("    return ")


FIRST = """\
def f({arguments}) -> {returns}:
    {step}return {value}
"""


@pytest.mark.parametrize(
    ("arguments", "returns", "value", "step"),
    [
        ("s: str", "bool", "len(s) == len(set(s))", "s = s.lower()"),
        ("a: str, b: str", "bool", "a == b", "a, b = a.lower(), b.lower()"),
        ("a: str, b: str", "bool", "a in b", "a = a.strip()"),
        ("xs: list[str]", "list[str]", "sorted(set(xs))", "xs = [item.lower() for item in xs]"),
        ("xs: list[int]", "int", "sum(xs)", "xs = [item for item in xs if item is not None]"),
        ("xs: list", "int | None", "max(xs)", "if not xs:\n        return None"),
        ("xs: list", "int", "1 + max(f(x) for x in xs)", "if not isinstance(xs, list):\n        return 0"),
    ],
)
def test_a_first_step_that_was_left_out_is_among_the_edits(arguments: str, returns: str, value: str, step: str) -> None:
    without = FIRST.format(arguments=arguments, returns=returns, value=value, step="")
    wanted = FIRST.format(arguments=arguments, returns=returns, value=value, step=f"{step}\n    ")
    assert wanted in [*mutants(without, slips=False)]


def test_a_key_that_is_missing_may_be_looked_up_without_breaking_down() -> None:
    code = "def f(d: dict, k: str) -> Any:\n    return d[k]\n"
    assert code.replace("d[k]", "d.get(k)") in [*mutants(code, slips=False)]


def test_first_steps_come_after_the_docstring_and_only_there() -> None:
    found = [*first_steps(CODE.replace("r: float = 1", "r: str"), ast.parse(CODE.replace("r: float = 1", "r: str")))]
    assert found
    for each in found:
        assert ast.get_docstring(ast.parse(each).body[1]) == "The area of a circle, 1 by default."


def test_numbers_stay_where_they_may_not_be_shifted() -> None:
    found = [*mutants(CODE, shifts=False)]
    assert set(found) < {*mutants(CODE)}
    for each in found:
        numbers = [node.value for node in ast.walk(ast.parse(each)) if isinstance(node, ast.Constant)]
        assert {number for number in numbers if isinstance(number, int)} <= {0, 1, 2}


def test_what_is_no_python_has_no_edits() -> None:
    with pytest.raises(SyntaxError):
        next(mutants("def f(:\n"))


CLOCK = '''\
def clock(seconds: int) -> str:
    """Format seconds as H:MM:SS."""
    example(clock(3661) == "1:01:01")
    example(clock(-1) == ValueError)
'''
CLOCK_CODE = """\
def clock(seconds: int) -> str:
    if seconds < 0:
        raise ValueError("negative")
    hours = seconds // 3600
    return f"{hours:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
"""


@needs_confinement
async def test_the_edits_that_keep_all_examples_are_found(tools: CheckTools) -> None:
    (edit,) = await mended(CLOCK_CODE, parse(CLOCK), tools)
    assert edit == CLOCK_CODE.replace('f"{hours:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"', EDITED)


EDITED = "f'{hours}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}'"
ENDLESS = """\
def clock(seconds: int) -> str:
    rest, hours = seconds, 0
    while rest >= 3600:
        rest -= 3600
        hours += 1
    return f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
"""


@needs_confinement
async def test_edits_that_do_not_end_or_that_call_themselves_are_tried_and_given_up(tools: CheckTools) -> None:
    spec = parse(CLOCK.replace("    example(clock(-1) == ValueError)\n", ""))
    (edit,) = await mended(ENDLESS, spec, tools)
    assert "{hours}:" in edit
    recursive = "def clock(seconds: int) -> str:\n    return clock(seconds - 1) if seconds > 0 else '0:00:01'\n"
    assert await mended(recursive, spec, tools) == []


@needs_confinement
async def test_without_examples_nothing_speaks_for_an_edit(tools: CheckTools) -> None:
    spec = parse(CLOCK)
    spec.examples = []
    assert await mended(CLOCK_CODE, spec, tools) == []
    assert await mended("def clock(:\n", parse(CLOCK), tools) == []


WORDS = '''\
def words(text: str) -> list[str]:
    """The distinct words of a text."""
    ensures(len(result) == len(set(map(repr, result))))
    example(words("b a") == ["b", "a"])
    example(words("") == [""])
'''
WORDS_CODE = "def words(text: str) -> list[str]:\n    return text.split()\n"


@needs_confinement
async def test_an_edit_keeps_a_broken_postcondition_and_an_example_may_be_excused(tools: CheckTools) -> None:
    spec = parse(WORDS)
    law = CheckResult(
        kind="ensures", name="distinct", status="failed", clause="ensures[0]", counterexample="words('a a')"
    )
    assert await mended(WORDS_CODE, spec, tools, failed=[law]) == []
    found = await mended(WORDS_CODE, spec, tools, failed=[law], excused={"examples[1]"})
    assert WORDS_CODE.replace("text.split()", "list(dict.fromkeys(text.split()))") in found
    assert WORDS_CODE.replace("text.split()", "sorted(set(text.split()))") not in found
    assert len(await mended(WORDS_CODE, spec, tools, excused={"examples[1]"})) > len(found)


@needs_confinement
async def test_a_persons_example_is_kept_by_a_small_edit_without_asking_the_model(store) -> None:
    almost = "    return max(low, min(value, high - 1))\n"
    played = await run_by_hand(store, body(almost), repairs=1)
    assert played.last.status == "passed"
    assert attempts(played) == [(1, 0, 1)]
    assert len(played.server.requests) == 1
    assert played.of("code-finished")[-1].code == f"{HEADER}\n    return max(low, min(value, high))\n"
    assert "mend" in [event.span.name for event in played.of("span-finished")]


@needs_confinement
async def test_a_forgotten_step_is_made_up_for_a_clause_of_the_models_own_but_no_slip_is_looked_for(store) -> None:
    drafted = draft(ensures=None)
    forgotten = BODY.replace("return max(low, min(value, high))", "return -max(low, min(value, high))")
    played = await play(store, drafted, body(forgotten))
    assert played.last.status == "passed"
    assert attempts(played) == [(1, 0, 1)]
    assert len(played.server.requests) == 2
    slip = await play(store, drafted, body(BODY.replace("max", "min")))
    assert attempts(slip)[0] == (1, 0, 5)


async def test_a_result_of_another_type_is_made_the_declared_one_whatever_the_models_examples_say(store) -> None:
    drafted = draft(
        sig="orders(letters: str) -> list[str]",
        raises=None,
        ensures=None,
        examples=["orders('ab') == ['ab', 'ba']", "orders('') == []"],
    )
    tuples = "    return sorted(set(itertools.permutations(letters, 2)))\n"
    played = await play(store, drafted, body(tuples), prompt="All orders of the letters of a string.")
    assert attempts(played)[0] == (1, 0, 1)
    mended = played.of("code-finished")[1].code
    assert mended.endswith("return [''.join(each) for each in sorted(set(itertools.permutations(letters, 2)))]\n")
    assert any(
        event.result.kind == "returns" and event.result.status == "passed" for event in played.of("check-finished")
    )
