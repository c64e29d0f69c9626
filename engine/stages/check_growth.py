"""Does the code come to an end, and how does its work grow with its input?

Counted in lines of the code that a call goes through, never in seconds: the counts are the same on
every machine. What builtins do inside is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from engine.inputs.search import Input, Plan
from engine.inputs.shapes import Shape
from engine.ir.models import IR
from engine.sandbox.trial import Outcome, Trial, printable
from engine.stages.check_generated import CALL_S, ENDLESS, Generated
from engine.stages.check_results import Judged, place
from engine.stages.spec_text import not_python

SIZES = (2, 4, 8, 16, 32, 64)
"""Lengths of collections and texts, and values of numbers; doubled, so that a ratio of steps tells an exponent."""

MAX_STEPS = 100_000
SURELY_SMALL = 8
"""An input of this size or less has to be done within :data:`MAX_STEPS`: eight things have 40,320 orders."""

_FEW = 3
_ORDERS = ((0.3, "hardly at all"), (1.3, "linearly"), (2.3, "quadratically"), (3.4, "cubically"))
"""Exponents up to which growth is called so."""


@dataclass(frozen=True, slots=True)
class Count:
    """The steps of a call whose input has this size."""

    size: int
    call: str
    outcome: Outcome


async def judge_termination(ir: IR, plan: Plan, trial: Trial, generated: Generated | None) -> Judged:
    """Whether calls come to an end, with the growth of their steps; ``failed`` only for a call that is surely small."""
    counts = await _count(ir, plan, trial)
    runaway = next((count for count in counts if count.outcome.kind == "endless"), None)
    if runaway is not None and runaway.size <= SURELY_SMALL:
        return _endless(runaway, "failed")
    if generated is not None and (remark := generated.remark(ENDLESS)) is not None:
        return remark.judged
    done = [count for count in counts if count.outcome.kind in ("value", "raised")]
    if runaway is not None:
        return Judged("passed", f"{_growth(done)}; {_endless(runaway, 'passed').detail}")
    if len(done) < _FEW:
        tried = f"tried {generated.tried} generated inputs" if generated is not None and generated.tried else ""
        return Judged("passed", tried) if tried else Judged("skipped", "no inputs of growing size are allowed")
    return Judged("passed", _growth(done))


def growing_calls(plan: Plan, size: int) -> Iterator[str]:
    """Calls whose input is of this size: all parameters grow, or one of them while the others stay small."""
    yield _call(plan, [size] * len(plan.parameters))
    if len(plan.parameters) > 1:
        for index in range(len(plan.parameters)):
            yield _call(plan, [size if place == index else _FEW for place in range(len(plan.parameters))])


async def _count(ir: IR, plan: Plan, trial: Trial) -> list[Count]:
    requires = [clause.predicate for clause in ir.requires if not not_python(clause.predicate)]
    best: list[Count] = []
    for family in range(1 + len(plan.parameters) * (len(plan.parameters) > 1)):
        counts: list[Count] = []
        for size in SIZES:
            call = [*growing_calls(plan, size)][family]
            if requires and not all(ruling.holds for ruling in await trial.rule(requires, call)):
                break
            outcome = await trial.call(call, max_steps=MAX_STEPS, timeout_s=CALL_S)
            counts.append(Count(size, call, outcome))
            if outcome.kind not in ("value", "raised"):
                break
        best = max(best, counts, key=_worth)
        if len(best) == len(SIZES) and best[-1].outcome.kind == "value":
            break
    return best


def _worth(counts: list[Count]) -> tuple[bool, int]:
    """Counts that end in a runaway tell most, then those of many calls that return something."""
    return any(c.outcome.kind == "endless" for c in counts), sum(c.outcome.kind == "value" for c in counts)


def _growth(counts: list[Count]) -> str:
    if len(counts) < 2:
        return "grows steeply"
    last = counts[-3:]
    steps = ", ".join(str(count.outcome.steps) for count in last)
    sizes = ", ".join(str(count.size) for count in last)
    exponent = math.log2(max(last[-1].outcome.steps, 1) / max(last[-2].outcome.steps, 1))
    order = next((words for bound, words in _ORDERS if exponent <= bound), "steeply")
    return f"grows {order}: {steps} steps for sizes {sizes}"


def _endless(count: Count, status: str) -> Judged:
    detail = f"{place(count.call)} {count.outcome.detail}"
    evidence = "", count.outcome.detail, printable(count.call)
    return Judged("failed" if status == "failed" else "passed", detail, *evidence)


def _call(plan: Plan, sizes: list[int]) -> str:
    arguments = [_argument(parameter, size, plan) for parameter, size in zip(plan.parameters, sizes, strict=True)]
    return f"{plan.name}({', '.join(argument for argument in arguments if argument)})"


def _argument(parameter: Input, size: int, plan: Plan) -> str:
    if parameter.optional:
        return ""
    value = _value(parameter.shape, size, plan)
    if parameter.star:
        return ", ".join([value] * min(size, 16))
    return f"{parameter.name}={value}" if parameter.keyword else value


def _value(shape: Shape, size: int, plan: Plan, salt: int = 0) -> str:
    """A value of this size as Python source; ``salt`` tells the items of a collection apart."""
    match shape.kind:
        case "list" | "tuples" | "set" | "frozenset":
            items = ", ".join(_value(shape.parts[0], _FEW, plan, n) for n in range(size))
            return f"[{items}]" if shape.kind == "list" else f"{shape.kind.removesuffix('s')}([{items}])"
        case "dict":
            key, item = shape.parts
            pairs = (f"{_value(key, _FEW, plan, n)}: {_value(item, _FEW, plan, n)}" for n in range(size))
            return "{" + ", ".join(pairs) + "}"
        case "record":
            fields = zip(shape.values, shape.parts, strict=True)
            return "{" + ", ".join(f"{key}: {_value(part, _FEW, plan, salt)}" for key, part in fields) + "}"
        case "tuple":
            return "(" + "".join(f"{_value(part, size, plan, salt)}, " for part in shape.parts) + ")"
        case "union":
            return _value(next(part for part in shape.parts if part.kind != "none"), size, plan, salt)
        case "literal":
            return shape.values[salt % len(shape.values)]
        case kind:
            return _plain(kind, size, plan, salt)


def _plain(kind: str, size: int, plan: Plan, salt: int) -> str:
    number = size + salt * 7 % 11 + salt
    module = "datetime." if plan.dotted else ""
    return {
        "none": "None",
        "bool": str(salt % 2 == 0),
        "int": str(number),
        "float": f"{number}.5",
        "str": repr((f"ab{salt} " * size)[:size]),
        "bytes": repr((f"ab{salt} " * size)[:size].encode()),
        "Decimal": f"Decimal({number})",
        "Fraction": f"Fraction({number}, 3)",
        "date": f"{module}date(2000, 1, {number % 28 + 1})",
        "datetime": f"{module}datetime(2000, 1, {number % 28 + 1})",
        "time": f"{module}time({number % 24})",
        "timedelta": f"{module}timedelta({number})",
    }[kind]
