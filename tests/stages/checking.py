"""Specifications to check code against, and what the check stage says of it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from engine.ir.models import IR
from engine.sandbox import confine
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


async def results_of(code: str, ir: IR, **options: Any) -> list[CheckResult]:
    ticks = itertools.count()
    async with CheckTools(Limits(wall_s=1.0), search_s=60, **options) as tools:
        events = [event async for event in check(code, ir, clock=lambda: float(next(ticks)), tools=tools)]
    return [event.result for event in events if isinstance(event, CheckFinished)]


async def one(kind: str, code: str, ir: IR, index: int = 0) -> tuple[str, str]:
    found = [result for result in await results_of(code, ir) if result.kind == kind]
    return found[index].status, found[index].detail


needs_confinement = pytest.mark.skipif(not confine.probe().available, reason=confine.probe().detail)
