"""The search: it finds faults, makes them small, is the same every time, and can be stopped."""

from __future__ import annotations

import ast
import asyncio

import pytest

from engine.errors import CheckToolFailed
from engine.inputs import search as module
from engine.inputs.search import PASSED, REJECTED, Input, InputSearch, Plan
from engine.inputs.shapes import shape_of


def plan(*hints: str, **fields) -> Plan:
    return Plan("f", [Input(name, shape_of(hint)) for name, hint in zip("xyz", hints, strict=False)], **fields)


async def calls_of(asked: Plan, judge=lambda args: PASSED) -> list[tuple[str, str]]:
    """Every call with the answer to it; ``judge`` gets the arguments as values."""
    seen: list[tuple[str, str]] = []

    async def answer(call: str) -> str:
        node = ast.parse(call, mode="eval").body
        assert isinstance(node, ast.Call)
        seen.append((call, judge([ast.literal_eval(argument) for argument in node.args])))
        return seen[-1][1]

    async with InputSearch() as search:
        assert await search.run(asked, answer, budget_s=60)
    return seen


async def texts_of(asked: Plan) -> list[str]:
    """Every call, whatever its arguments."""
    seen: list[str] = []

    async def answer(call: str) -> str:
        seen.append(call)
        return PASSED

    async with InputSearch() as search:
        assert await search.run(asked, answer, budget_s=60)
    return seen


def smallest(seen: list[tuple[str, str]], answer: str) -> str:
    return min((call for call, given in seen if given == answer), key=lambda call: (len(call), call))


async def test_faults_are_made_small_each_by_itself() -> None:
    def judge(args: list) -> str:
        items, limit = args
        if len(items) > 2 and limit > 3:
            return "long"
        return "negative" if any(item < -5 for item in items) else PASSED

    seen = await calls_of(plan("list[int]", "int"), judge)
    assert smallest(seen, "long") == "f([0, 0, 0], 4)"
    assert smallest(seen, "negative") == "f([-6], 0)"


async def test_it_is_the_same_every_time_and_asks_nothing_twice() -> None:
    asked = plan("str", "dict[str, float]", "bool")
    first, second = await texts_of(asked), await texts_of(asked)
    assert first == second
    assert len(first) == len(set(first)) > 20


async def test_the_first_inputs_are_the_simplest_and_known_values_are_tried() -> None:
    seen = await texts_of(plan("int", "str", ints=[4711], texts=["needle"]))
    assert seen[0] == "f(0, '')"
    assert any("4711" in call or "4710" in call or "4712" in call for call in seen)
    assert any("needle" in call for call in seen)


async def test_rejected_inputs_do_not_count_and_do_not_go_on_forever() -> None:
    seen = await calls_of(plan("int", inputs=30), lambda args: PASSED if args[0] > 0 else REJECTED)
    assert sum(answer == PASSED for _, answer in seen) >= 15
    assert len(await calls_of(plan("int"), lambda args: REJECTED)) < 1000


async def test_arguments_are_passed_as_the_signature_wants_them() -> None:
    parameters = [
        Input("a", shape_of("int")),
        Input("rest", shape_of("int"), star=True),
        Input("b", shape_of("bool"), keyword=True, optional=True),
        Input("c", shape_of("None"), keyword=True),
    ]
    nodes = [ast.parse(call, mode="eval").body for call in await texts_of(Plan("f", parameters))]
    named = [{keyword.arg for keyword in node.keywords} for node in nodes]
    assert {frozenset(names) for names in named} == {frozenset({"b", "c"}), frozenset({"c"})}
    assert {len(node.args) for node in nodes} >= {1, 2, 3}


@pytest.mark.parametrize(("dotted", "written"), [(False, "date("), (True, "datetime.date(")])
async def test_dates_are_written_as_the_specification_imports_them(dotted: bool, written: str) -> None:
    asked = Plan("f", [Input("x", shape_of("list[date]")), Input("y", shape_of("date"))], dotted=dotted)
    calls = await texts_of(asked)
    assert all(call.count("date(") == call.count(written) for call in calls)
    assert all(("datetime" in call) is dotted for call in calls)


async def test_a_search_that_takes_too_long_is_stopped_and_leaves_no_process() -> None:
    async def stuck(call: str) -> str:
        await asyncio.sleep(3600)
        return PASSED

    async with InputSearch() as search:
        search.prepare()
        process = await search._starting
        assert not await search.run(plan("int"), stuck, budget_s=0.05)
        assert process.returncode is not None


async def test_a_search_that_is_never_run_leaves_no_process() -> None:
    async with InputSearch() as search:
        search.prepare()
        process = await search._starting
    assert process.returncode is not None


async def test_it_can_be_run_again() -> None:
    seen: list[str] = []

    async def answer(call: str) -> str:
        seen.append(call)
        return PASSED

    async with InputSearch() as search:
        assert await search.run(plan("int"), answer, budget_s=60)
        once = [*seen]
        assert await search.run(plan("int"), answer, budget_s=60)
    assert seen == once * 2


async def test_a_child_that_cannot_start_is_told(monkeypatch) -> None:
    monkeypatch.setattr(module.sys, "executable", "/bin/false")
    async with InputSearch() as search:
        with pytest.raises(CheckToolFailed):
            await search.run(plan("int"), lambda call: None, budget_s=1)
