"""Clauses of the model's own that are likelier wrong than the code.

When several implementations, written without knowledge of each other, agree on the result that a clause
forbids, the clause is the odd one out. It is not silently mended: it becomes an open question with both
answers as options, and no longer counts as a promise. That independent solutions agree is evidence for
them is the idea of CodeT (Chen et al. 2022, arXiv:2207.10397).
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from engine.ir.models import IR, Provenance, TypedHole
from engine.ir.source import NOT_PYTHON, parse_python
from engine.stages.events import CheckResult, ClauseDoubted
from engine.stages.standing import CLAUSE_KINDS, doubtful, failures, key

ENOUGH = 3
"""Implementations that have to agree, the first one included."""

DOUBT_CONFIDENCE = 0.5

_LISTS = {"examples": "example", "ensures": "postcondition", "raises": "raises-clause"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A clause in doubt: what it wants, and what so many implementations give instead."""

    result: CheckResult
    agreeing: int


@dataclass(frozen=True, slots=True)
class Implementation:
    """A module, and the verdicts on it."""

    code: str
    results: Sequence[CheckResult]


def doubts(ir: IR, first: Implementation, others: Sequence[Implementation]) -> list[Doubt]:
    """The clauses that the first implementation fails, and that the others fail in the same way.

    The same text twice is one witness that speaks twice: at least two have to be written differently. An
    implementation that fails as many clauses as it keeps is a witness against itself, unless nothing but
    examples fails and all others give the same results: a small model cannot work out a checksum in its head.
    """
    held = [result.status for result in first.results if result.kind in CLAUSE_KINDS]
    suspect = held.count("failed") >= held.count("passed")
    failed = [result for result in failures(first.results) if result.counterexample]
    own = [result for result in failed if doubtful(ir, [result])]
    if suspect and len(own) < len(failed):
        return []
    found: list[Doubt] = []
    for result in own:
        agreeing = [first, *(other for other in others if _same_failure(other.results, result))]
        alone = result.kind == "example" and len(agreeing) > len(others) and not result.actual.startswith("raised ")
        if suspect and not alone:
            return []
        if any(_passes(other.results, key(result)) for other in others):
            continue
        if len(agreeing) >= ENOUGH and len({_meaning(implementation.code) for implementation in agreeing}) > 1:
            found.append(Doubt(result, len(agreeing)))
    return found


def questioned(ir: IR, found: Sequence[Doubt]) -> tuple[IR, list[ClauseDoubted]]:
    """``ir`` with a hole in place of each clause in doubt, and what is to be told about it."""
    asking = ir.model_copy(deep=True)
    events: list[ClauseDoubted] = []
    taken: dict[str, set[int]] = {}
    holes = [*asking.holes]
    for doubt in found:
        result = doubt.result
        field, _, rest = result.clause.partition("[")
        index = int(rest.rstrip("]"))
        hole = _hole(field, index, doubt, ir, {hole.identifier for hole in holes})
        holes.append(hole)
        taken.setdefault(field, set()).add(index)
        events.append(
            ClauseDoubted(
                clause=result.clause,
                call=result.counterexample,
                expected=result.expected,
                actual=result.actual,
                agreeing=doubt.agreeing,
                hole=hole.identifier,
            )
        )
    for field, indexes in taken.items():
        kept = [clause for index, clause in enumerate(asking.lists()[field]) if index not in indexes]
        setattr(asking, field, kept)
    asking.holes = holes
    return asking, events


def _meaning(code: str) -> str:
    """The code without layout and comments."""
    try:
        return ast.unparse(parse_python(code))
    except NOT_PYTHON:
        return code


def _passes(results: Sequence[CheckResult], clause: str) -> bool:
    return any(result.clause == clause and result.status == "passed" for result in results)


def _same_failure(results: Sequence[CheckResult], wanted: CheckResult) -> bool:
    """Whether a clause fails as ``wanted`` does: for the same call and with the same result."""
    return any(
        result.clause == wanted.clause
        and result.status == "failed"
        and (result.counterexample, result.actual) == (wanted.counterexample, wanted.actual)
        for result in results
    )


def _hole(field: str, index: int, doubt: Doubt, ir: IR, names: set[str]) -> TypedHole:
    result = doubt.result
    if field == "examples":
        example = ir.examples[index]
        ask = f"What should {example.call} give? {doubt.agreeing} implementations agree on {result.actual}."
        options = [f"{example.call} == {_as_result(result)}", f"{example.call} == {example.result}"]
    else:
        ask = (
            f"Does the {_LISTS[field]} `{result.name}` always hold? "
            f"{doubt.agreeing} implementations agree that {result.counterexample} gives {result.actual}."
        )
        options = ["No", result.name if field == "ensures" else "Yes"]
    wanted = f"doubt_{_LISTS[field].replace('-', '_')}_{index + 1}"
    number = 1
    name = wanted
    while name in names:
        number += 1
        name = f"{wanted}_{number}"
    return TypedHole(
        identifier=name,
        kind="assertion",
        description=ask,
        options=options,
        provenance=Provenance(source="verification", confidence=DOUBT_CONFIDENCE),
    )


def _as_result(result: CheckResult) -> str:
    """What an example would say of what came back: a value, or the name of an exception."""
    if not result.actual.startswith("raised "):
        return result.actual
    return result.actual.removeprefix("raised ").partition(":")[0].partition(" ")[0]
