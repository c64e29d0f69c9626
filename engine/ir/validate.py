"""Finding everything wrong with a specification before a model or a check stumbles over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.ir.models import IR
from engine.ir.rules import Finding, Severity, check_assertions, check_holes, check_intent, check_raises
from engine.ir.rules_examples import check_contradictions, check_examples
from engine.ir.rules_header import check_parameters, check_signature
from engine.ir.text import parse_located, render

_RULES = (
    check_intent,
    check_signature,
    check_parameters,
    check_assertions,
    check_raises,
    check_examples,
    check_contradictions,
    check_holes,
)


@dataclass(frozen=True)
class Problem:
    """Something wrong with one clause.

    ``address`` is the clause's (see :meth:`IR.clauses`); ``suggestion`` is one sentence, empty where
    there is nothing to suggest; ``line`` and ``column`` count from 1, in characters.
    """

    address: str
    message: str
    suggestion: str
    severity: Severity
    line: int
    column: int


def validate(ir: IR, locations: Mapping[str, tuple[int, int]] | None = None) -> list[Problem]:
    """Every problem of ``ir``, in the order of its text; empty for a sound specification.

    Args:
        ir: the specification.
        locations: where its clauses stand, as :func:`engine.ir.text.parse_located` says; without
            it, places refer to ``render(ir)``.
    """
    if locations is None:
        locations = parse_located(render(ir)).locations
    problems = [_placed(finding, locations) for rule in _RULES for finding in rule(ir)]
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _placed(finding: Finding, locations: Mapping[str, tuple[int, int]]) -> Problem:
    """The finding with its place: exact where the text shows the expression as it is, else the clause."""
    fault = finding.fault
    shown = locations.get(f"{finding.address}.{finding.field}") if finding.field else None
    if shown is not None:
        line, column = shown[0], shown[1] + fault.offset
    else:
        line, column = locations.get(finding.address, (1, 1))
    return Problem(finding.address, fault.message, fault.suggestion, finding.severity, line, column)
