"""What is wrong with a text while it is typed: the place, the problem, the suggestion, and the corrected text.

The rules are the engine's (:mod:`engine.ir.validate`); here they are related to the text on the
screen, and where a suggestion names what to write instead, it is carried out on a copy of the text.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.errors import SpecSyntaxError
from engine.ir.addresses import index_of, list_of
from engine.ir.expressions import expression_faults
from engine.ir.models import IR, Provenance
from engine.ir.source import Position
from engine.ir.text import parse_located, render
from engine.ir.validate import Problem, validate
from engine.lifecycle.clause_text import NAMES
from tui.clause_forms import PARAMETERS, add_form, set_form

_BETTER = (
    re.compile(r"^Did you mean `(?P<good>.+)`\?$"),
    re.compile(r"^Did you mean (?P<good>[\w.]+)\?$"),
    re.compile(r"^Did you mean (?P<good>\w+)\("),
    re.compile(r'^Write "==" to compare: (?P<good>.+)\.$'),
)
_EXPRESSIONS = ("requires", "ensures", "raises", "examples")
_NEW_NAME = re.compile(r"^Name it `(?P<good>\w+)`\.$")
_BAD = (
    re.compile(r"^`(?P<bad>.+)` (?:is|does|hides|means)\b", re.DOTALL),
    re.compile(r'^"(?P<bad>.+)" cannot name'),
    re.compile(r"^(?P<bad>\w+) is no clause$"),
    re.compile(r"\bhas no (?:parameter |argument )?`?(?P<bad>\w+)`?$"),
)


@dataclass(frozen=True)
class Fix:
    """``text`` is the whole text as it should be; ``label`` is what the suggestion said to write."""

    text: str
    label: str


@dataclass(frozen=True)
class Diagnostic:
    """A problem in a text.

    Attributes:
        line: where it is, from 1; ``column`` likewise, in characters.
        address: the clause concerned, empty when the text could not be read.
        here: False for a problem that the text causes in another clause.
        fix: the text corrected, if the suggestion names a replacement.
    """

    line: int
    column: int
    message: str
    suggestion: str
    severity: Literal["error", "warning"]
    address: str = ""
    here: bool = True
    fix: Fix | None = None


def text_diagnostics(text: str) -> list[Diagnostic]:
    """Everything wrong with a specification in its text form, in the order of the text."""
    try:
        parsed = parse_located(text)
    except SpecSyntaxError as error:
        return [_unreadable(text, error)]
    return [
        Diagnostic(
            problem.line,
            problem.column,
            problem.message,
            problem.suggestion,
            problem.severity,
            problem.address,
            fix=_fix(text, problem.message, problem.suggestion, _offset(text, problem.line, problem.column), True),
        )
        for problem in validate(parsed.ir, parsed.locations)
    ]


def clause_diagnostics(ir: IR, address: str, text: str, *, adding: bool) -> list[Diagnostic]:
    """What is wrong with a clause in its form (:mod:`tui.clause_forms`), and what it breaks elsewhere.

    Args:
        ir: the specification without the edit.
        address: the clause's address, or the one it will have.
        adding: whether it is a new clause.
    """
    try:
        new = (add_form if adding else set_form)(ir, address, text, Provenance())
    except SpecSyntaxError as error:
        return [_unreadable_clause(address, text, error)]
    parsed = parse_located(render(new))
    known = {(problem.address, problem.message) for problem in validate(ir)} if not adding else _shifted(ir, address)
    found: list[Diagnostic] = []
    for problem in validate(new, parsed.locations):
        here = problem.address == address or (address == "signature" and list_of(problem.address) == PARAMETERS)
        if here:
            line, column = _within(address, text, problem, parsed.locations)
            fix = _fix(text, problem.message, problem.suggestion, _offset(text, line, column), adding)
            found.append(
                Diagnostic(
                    line, column, problem.message, problem.suggestion, problem.severity, problem.address, fix=fix
                )
            )
        elif (problem.address, problem.message) not in known:
            found.append(
                Diagnostic(1, 1, problem.message, problem.suggestion, problem.severity, problem.address, here=False)
            )
    return sorted(found, key=lambda diagnostic: not diagnostic.here)


def _unreadable(text: str, error: SpecSyntaxError) -> Diagnostic:
    message = error.what.partition(": ")[2]
    fix = _fix(text, message, error.todo.partition("\n")[0], _offset(text, error.line, error.column), False)
    return Diagnostic(error.line, error.column, message, error.todo, "error", fix=fix)


def _unreadable_clause(address: str, text: str, error: SpecSyntaxError) -> Diagnostic:
    """The parser's complaint, or the better one of the rules for expressions, which know repairs."""
    found = _unreadable(text, error)
    if found.message.startswith("not valid Python") and list_of(address) in _EXPRESSIONS:
        everything = set(re.findall(r"\w+", text))
        for fault in expression_faults(text, everything, hint=""):
            if fix := _fix(text, fault.message, fault.suggestion, 0, False):
                return Diagnostic(1, 1 + fault.offset, fault.message, fault.suggestion, "error", address, fix=fix)
    return Diagnostic(found.line, found.column, found.message, found.suggestion, "error", address, fix=found.fix)


def _within(address: str, text: str, problem: Problem, locations: Mapping[str, Position]) -> tuple[int, int]:
    """Where a problem of the rendered clause is in its form, as far as both stand on one line."""
    line, column = locations.get(address, (1, 1))
    if address == "signature":
        before = -len("def ") if text.lstrip().startswith("def ") else 0
    else:
        before = len(f"{NAMES[list_of(address)]}(") if list_of(address) in _EXPRESSIONS else 0
    if "\n" in text or problem.line != line:
        return 1, 1
    return 1, max(1, problem.column - column - before + 1)


def _shifted(ir: IR, address: str) -> set[tuple[str, str]]:
    """The known problems by the addresses that their clauses have once there is a new one at ``address``."""
    field = list_of(address)
    known: set[tuple[str, str]] = set()
    for problem in validate(ir):
        known.add((problem.address, problem.message))
        if list_of(problem.address) == field:
            known.add((f"{field}[{index_of(problem.address) + 1}]", problem.message))
    return known


def _offset(text: str, line: int, column: int) -> int:
    """How many characters stand before a place."""
    return sum(len(before) + 1 for before in text.split("\n")[: line - 1]) + column - 1


def _fix(text: str, message: str, suggestion: str, near: int, rename: bool) -> Fix | None:
    """The text as the suggestion wants it; None where it names no replacement, or not for which part.

    Args:
        near: where the problem is, in characters from the beginning.
        rename: whether ``text`` is all there is to a name, so that the name itself may be changed.
    """
    better = next((found for pattern in _BETTER if (found := pattern.match(suggestion))), None)
    new_name = _NEW_NAME.match(suggestion)
    bad = next((found["bad"] for pattern in _BAD if (found := pattern.search(message))), None)
    if bad is None or (better or new_name) is None:
        return None
    if new_name or "cannot name" in message:
        good = new_name["good"] if new_name else better["good"] if better else ""
        return Fix(_renamed(text, bad, good, near), good) if rename and bad.isidentifier() else None
    assert better is not None
    places = [found.start() for found in re.finditer(_whole(bad), text)]
    if not places:
        return None
    place = min(places, key=lambda start: abs(start - near))
    return Fix(text[:place] + better["good"] + text[place + len(bad) :], better["good"])


def _whole(words: str) -> str:
    """A pattern for ``words`` that finds no part of a longer word."""
    before = r"(?<!\w)" if words[:1].isalnum() else ""
    after = r"(?!\w)" if words[-1:].isalnum() else ""
    return f"{before}{re.escape(words)}{after}"


def _renamed(text: str, old: str, new: str, near: int) -> str:
    """``text`` with a parameter renamed: where it is declared, and wherever a clause below the header names it."""
    lines = text.split("\n")
    try:
        tokens = [*tokenize.generate_tokens(io.StringIO(text).readline)]
    except (tokenize.TokenError, IndentationError):
        return text
    body = next((token.start for token in tokens if token.type == tokenize.NEWLINE), (1, 0))
    for token in reversed(tokens):
        (row, start), (_, end) = token.start, token.end
        declared = _offset(text, row, start + 1) == near
        if token.type == tokenize.NAME and token.string == old and (declared or token.start > body):
            lines[row - 1] = lines[row - 1][:start] + new + lines[row - 1][end:]
    return "\n".join(lines)
