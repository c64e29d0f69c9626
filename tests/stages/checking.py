"""Specifications to check code against, and what the check stage says of it."""

from __future__ import annotations

import itertools
from typing import Any

from engine.ir.models import IR
from engine.sandbox.limits import Limits
from engine.stages.check import check
from engine.stages.check_tools import CheckTools
from engine.stages.events import CheckFinished, CheckResult

CLAMP = '''
def clamp(value: int, low: int, high: int = 10) -> int:
    """Clamp."""
    if low > high:
        raise ValueError("low > high")
    return min(max(value, low), high)
'''


def spec(**clauses: Any) -> IR:
    data: dict[str, Any] = {
        "intent": {"summary": "Clamp a value."},
        "signature": {
            "name": "clamp",
            "parameters": [
                {"name": "value", "type_hint": "int"},
                {"name": "low", "type_hint": "int"},
                {"name": "high", "type_hint": "int", "default": "10"},
            ],
            "returns": "int",
        },
        "requires": [{"predicate": "low <= high"}],
        "ensures": [{"predicate": "low <= result <= high"}, {"predicate": "clamp(result, low, high) == result"}],
        "raises": [{"exception": "ValueError", "condition": "low > high"}],
        "examples": [
            {"call": "clamp(15, 0, 10)", "result": "10"},
            {"call": "clamp(-1, 0)", "result": "0"},
            {"call": "clamp(1, 5, 0)", "result": "ValueError"},
        ],
    }
    return IR.model_validate({**data, **clauses})


def unary(**clauses: Any) -> IR:
    """A specification of ``f(x)`` without annotations that matter."""
    signature = {"name": "f", "parameters": [{"name": "x", "type_hint": "Any"}], "returns": "Any"}
    return IR.model_validate({"intent": {"summary": "f"}, "signature": signature, **clauses})


def examples(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"call": call, "result": result} for call, result in pairs]


class Checker:
    """Checks code with tools that many tests share: what starts once need not start for each of them."""

    def __init__(self, tools: CheckTools) -> None:
        self._tools = tools

    async def results_of(self, code: str, ir: IR) -> list[CheckResult]:
        ticks = itertools.count()
        events = [event async for event in check(code, ir, clock=lambda: float(next(ticks)), tools=self._tools)]
        return [event.result for event in events if isinstance(event, CheckFinished)]

    async def one(self, kind: str, code: str, ir: IR, index: int = 0) -> tuple[str, str]:
        found = [result for result in await self.results_of(code, ir) if result.kind == kind]
        return found[index].status, found[index].detail


def new_tools(wall_s: float = 3.0, **options: Any) -> CheckTools:
    return CheckTools(Limits(wall_s=wall_s), search_s=60, **options)


async def results_of(code: str, ir: IR, **options: Any) -> list[CheckResult]:
    """What a check says that starts its own tools."""
    async with new_tools(**options) as tools:
        return await Checker(tools).results_of(code, ir)
