"""A specification as rows to be shown: every clause with its group, its words, its provenance and its problems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from engine.ir.addresses import list_of
from engine.ir.models import IR, Assertion, Clause, Effect, Example, Intent, Parameter, Raises, Signature, TypedHole
from engine.ir.validate import Problem
from tui.wording import printable

GROUPS = {
    "intent": "Intent",
    "signature": "Signature",
    "signature.parameters": "Parameters",
    "requires": "Requires",
    "ensures": "Ensures",
    "raises": "Raises",
    "effects": "Effects",
    "examples": "Examples",
    "holes": "Open questions",
}
"""The heading of each list of clauses, in the order of the text form."""

SOURCES = {
    "human": ("H", "a person"),
    "agent": ("A", "the model"),
    "reverse": ("R", "read from code"),
    "verification": ("V", "a check"),
    "refinement": ("F", "a refinement"),
}
"""A letter and words for where a clause comes from."""


@dataclass(frozen=True)
class ClauseRow:
    """One clause.

    Attributes:
        group: the heading it stands under.
        text: what it says; ``notes`` are further lines about it.
        mark: the letter of its source and its confidence in percent, empty when unknown.
        origin: the same in words, with the author and the time.
        problems: sign, message and suggestion of each.
    """

    address: str
    group: str
    text: str
    notes: tuple[str, ...]
    mark: str
    origin: str
    problems: tuple[tuple[str, str], ...] = ()


def clause_rows(ir: IR, problems: Sequence[Problem] = ()) -> list[ClauseRow]:
    """The rows of ``ir``, in the order of its text form."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for problem in problems:
        sign = "✗" if problem.severity == "error" else "!"
        found[problem.address].append((sign, printable(f"{problem.message}. {problem.suggestion}".rstrip(" ."))))
    return [_row(address, clause, tuple(found[address])) for address, clause in ir.clauses()]


def _row(address: str, clause: Clause, problems: tuple[tuple[str, str], ...]) -> ClauseRow:
    text, notes = _words(clause)
    mark, origin = _provenance(clause)
    return ClauseRow(
        address=address,
        group=GROUPS[list_of(address)],
        text=printable(text) or "(nothing)",
        notes=tuple(printable(note) for note in notes if note),
        mark=mark,
        origin=printable(origin),
        problems=problems,
    )


def _words(clause: Clause) -> tuple[str, list[str]]:
    match clause:
        case Intent():
            return clause.summary, clause.rationale.split("\n")
        case Signature():
            parameters = ", ".join(map(_parameter, clause.parameters))
            return f"def {clause.name}({parameters}) -> {clause.returns}", []
        case Parameter():
            return _parameter(clause), [clause.description]
        case Assertion():
            return clause.predicate, [clause.rationale]
        case Raises():
            return clause.exception + (f" if {clause.condition}" if clause.condition else ""), []
        case Effect():
            return clause.description, []
        case Example():
            return f"{clause.call} == {clause.result}", []
        case TypedHole():
            options = " · ".join(f"{number} {option}" for number, option in enumerate(clause.options, 1))
            return f"? {clause.description or clause.identifier}", [f"{clause.identifier} ({clause.kind})", options]
        case _:
            raise TypeError(f"{type(clause).__name__} is no clause of an IR")


def _parameter(parameter: Parameter) -> str:
    default = "" if parameter.default is None else f" = {parameter.default}"
    return f"{parameter.name}: {parameter.type_hint}{default}"


def _provenance(clause: Clause) -> tuple[str, str]:
    known = clause.provenance
    if known is None:
        return "", "origin unknown"
    letter, words = SOURCES[known.source]
    percent = f"{known.confidence:.0%}"
    when = f", {known.timestamp.astimezone():%Y-%m-%d %H:%M}" if known.timestamp else ""
    author = f" ({known.author})" if known.author else ""
    return f"{letter} {percent:>4}", f"{words}{author}, {percent} sure{when}"
