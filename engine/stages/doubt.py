"""Clauses of the model's own that are likelier wrong than the code.

When several implementations, written without knowledge of each other, agree on the result that a clause
forbids, the clause is the odd one out. It is not silently mended: it becomes an open question with both
answers as options, and no longer counts as a promise. That independent solutions agree is evidence for
them is the idea of CodeT (Chen et al. 2022, arXiv:2207.10397).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.ir.addresses import index_of, list_of
from engine.ir.models import IR, Provenance, TypedHole
from engine.ir.source import NOT_PYTHON, parse_python
from engine.stages.check_generated import BUGS
from engine.stages.events import CheckResult, ClauseDoubted
from engine.stages.standing import CLAUSE_KINDS, Implementation, as_result, doubtful, failures, key, standing

ENOUGH = 3
"""Implementations that have to agree where none keeps the clause."""

OUTVOTED = 4
"""Implementations that have to agree where a single other one keeps the clause."""

DOUBT_CONFIDENCE = 0.5

_LISTS = {"examples": "example", "ensures": "postcondition", "raises": "raises-clause"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A clause in doubt: what it wants, and what so many implementations give instead."""

    result: CheckResult
    against: Sequence[Implementation]

    @property
    def agreeing(self) -> int:
        """How many implementations agree."""
        return len(self.against)


def doubts(ir: IR, implementations: Sequence[Implementation]) -> list[Doubt]:
    """The clauses that the first implementation fails, and that most fail in one and the same way.

    The same text twice is one witness that speaks twice: at least two have to be written differently. An
    implementation that fails as many clauses as it keeps is a witness against itself, unless nothing but
    examples fails and all give the same results: a small model cannot work out a checksum in its head. That all
    break down with a ``TypeError`` that nobody asked for says nothing about what is right.
    """
    found: list[Doubt] = []
    for result in _contested(ir, implementations[0]):
        against = _largest_group(implementations, result)
        keeping = sum(_passes(each.results, key(result)) for each in implementations)
        outvoted = keeping == 1 and len(against) == len(implementations) - 1 >= OUTVOTED
        enough = len(against) >= ENOUGH and len({_meaning(each.code) for each in against}) > 1
        if not enough or (keeping and not outvoted):
            continue
        told = next(failed for failed in against[0].results if failed.clause == result.clause)
        if _breaks_down(told, ir):
            continue
        witness = best_of(ir, against)
        if _suspect(witness):
            alone = result.kind == "example" and len(against) == len(implementations)
            if not alone or told.actual.startswith("raised ") or not doubtful(ir, failures(witness.results)):
                return []
        found.append(Doubt(told, against))
    return found


def opposed(ir: IR, implementations: Sequence[Implementation]) -> list[Doubt]:
    """The clauses of the model's own that all implementations break in one and the same way."""
    found: list[Doubt] = []
    for result in _contested(ir, implementations[0]):
        against = _largest_group(implementations, result)
        if len(against) == len(implementations) and not _breaks_down(result, ir):
            found.append(Doubt(result, against))
    return found


def in_question(ir: IR, implementations: Sequence[Implementation]) -> bool:
    """Whether two that are written differently agree against what the first one fails: the clause may be wrong."""
    groups = (_largest_group(implementations, result) for result in _contested(ir, implementations[0]))
    return any(len({_meaning(each.code) for each in group}) > 1 for group in groups)


def best_of(ir: IR, implementations: Sequence[Implementation], without: Collection[str] = ()) -> Implementation:
    """The implementation that stands best, of equal ones the first; some clauses may be left out of account."""
    return max(implementations, key=lambda each: standing(ir, each.results, without))


def questioned(ir: IR, found: Sequence[Doubt]) -> tuple[IR, list[ClauseDoubted]]:
    """``ir`` with a hole in place of each clause in doubt, and what is to be told about it."""
    asking = ir.model_copy(deep=True)
    events: list[ClauseDoubted] = []
    taken: dict[str, set[int]] = {}
    holes = [*asking.holes]
    for doubt in found:
        result = doubt.result
        field, index = list_of(result.clause), index_of(result.clause)
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


def undecided(ir: IR, call: str, told: Sequence[str]) -> IR:
    """``ir`` with the question what ``call`` should give; ``told`` are the answers of implementations, each once."""
    asking = ir.model_copy(deep=True)
    hole = TypedHole(
        identifier=_unused("doubt_call_1", {hole.identifier for hole in ir.holes}),
        kind="assertion",
        description=f"What should {call} give? Implementations that keep every clause differ.",
        options=[f"{call} == {answer}" for answer in told],
        provenance=Provenance(source="verification", confidence=DOUBT_CONFIDENCE),
    )
    asking.holes = [*asking.holes, hole]
    return asking


def in_doubt(ir: IR) -> bool:
    """Whether a question stands in place of a clause that the code breaks: until it is answered, nobody knows which of
    the two is right.
    """
    return any(hole.provenance is not None and hole.provenance.source == "verification" for hole in ir.holes)


def _meaning(code: str) -> str:
    """The code without layout and comments."""
    try:
        return ast.unparse(parse_python(code))
    except NOT_PYTHON:
        return code


def _breaks_down(told: CheckResult, ir: IR) -> bool:
    """Whether what came instead of a result is an exception that says that the code is wrong, and is not declared."""
    name = as_result(told)
    return told.actual.startswith("raised ") and name in BUGS and all(c.exception.strip() != name for c in ir.raises)


def _passes(results: Sequence[CheckResult], clause: str) -> bool:
    return any(result.clause == clause and result.status == "passed" for result in results)


def _contested(ir: IR, first: Implementation) -> list[CheckResult]:
    """What an implementation fails of the model's own clauses, with a call that shows it."""
    return [result for result in failures(first.results) if result.counterexample and doubtful(ir, [result])]


def _largest_group(implementations: Sequence[Implementation], wanted: CheckResult) -> list[Implementation]:
    """The implementations that fail the clause of ``wanted`` for the same call and with the same result."""
    groups: dict[tuple[str, str], list[Implementation]] = {}
    for each in implementations:
        for result in each.results:
            if result.clause == wanted.clause and result.status == "failed":
                groups.setdefault((result.counterexample, result.actual), []).append(each)
    return max(groups.values(), key=len)


def _suspect(implementation: Implementation) -> bool:
    """Whether it fails as many clauses as it keeps."""
    held = [result.status for result in implementation.results if result.kind in CLAUSE_KINDS]
    return held.count("failed") >= held.count("passed")


def _hole(field: str, index: int, doubt: Doubt, ir: IR, names: Collection[str]) -> TypedHole:
    result = doubt.result
    if field == "examples":
        example = ir.examples[index]
        ask = f"What should {example.call} give? {doubt.agreeing} implementations agree on {result.actual}."
        options = [f"{example.call} == {as_result(result)}", f"{example.call} == {example.result}"]
    else:
        ask = (
            f"Does the {_LISTS[field]} `{result.name}` always hold? "
            f"{doubt.agreeing} implementations agree that {result.counterexample} gives {result.actual}."
        )
        options = ["No", result.name if field == "ensures" else "Yes"]
    return TypedHole(
        identifier=_unused(f"doubt_{_LISTS[field].replace('-', '_')}_{index + 1}", names),
        kind="assertion",
        description=ask,
        options=options,
        provenance=Provenance(source="verification", confidence=DOUBT_CONFIDENCE),
    )


def _unused(wanted: str, taken: Collection[str]) -> str:
    """``wanted``, or else with a number after it."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name
