"""What two implementations that do different things with the same calls tell about each other.

Only a difference in what was asked for is worth a question. An exception that nobody asked for is no answer, whichever
it is, and nobody who asks for a Fibonacci number has thought of the one before the first.
"""

from __future__ import annotations

import ast
import json
import re

from engine.ir.models import IR
from engine.ir.source import NOT_PYTHON, parse_expression
from engine.stages.sampling import Told
from engine.stages.standing import BREAKDOWNS

_NEGATIVES = re.compile(
    r"\b(?:negativ\w*|minus|below|less than|signs?|absolute|differences?)\b|(?<![\w)])-\s?\d", re.IGNORECASE
)


def contested(told: Told, ir: IR) -> list[int]:
    """The calls, by their numbers, for which the first two implementations give different answers."""
    return [
        at
        for at, (mine, theirs) in _first_two(told)
        if mine != theirs and _is_answer(mine, ir) and _is_answer(theirs, ir)
    ]


def unthought(told: Told, ir: IR) -> list[int]:
    """The calls, by their numbers, on which the first implementation breaks down and the second one does not."""
    return [
        at
        for at, (mine, theirs) in _first_two(told)
        if _exception(mine) in BREAKDOWNS and not _is_answer(mine, ir) and _is_answer(theirs, ir)
    ]


def speaks_of_negatives(prompt: str, ir: IR) -> bool:
    """Whether somebody has thought of numbers below zero: the request does, or a clause of ``ir``."""
    sources = [*(each.call for each in ir.examples), *(each.predicate for each in (*ir.requires, *ir.ensures))]
    sources += [each.condition for each in ir.raises]
    return _NEGATIVES.search(prompt) is not None or any(map(_has_negative, sources))


def without_negatives(told: Told) -> Told:
    """``told`` without the calls that pass a number below zero; where there is no other call, all stay."""
    kept = [at for at, call in enumerate(told.calls) if not _has_negative(call)]
    if not kept:
        return told
    return Told(tuple(told.calls[at] for at in kept), tuple(tuple(row[at] for at in kept) for row in told.rows))


def _first_two(told: Told) -> list[tuple[int, tuple[str, str]]]:
    """What the first two implementations make of each call, where both end in time."""
    if len(told.rows) < 2:
        return []
    pairs = enumerate(zip(told.rows[0], told.rows[1], strict=True))
    return [(at, (mine, theirs)) for at, (mine, theirs) in pairs if mine is not None and theirs is not None]


def _is_answer(text: str, ir: IR) -> bool:
    """Whether that is a value, or an exception that the specification asks for."""
    name = _exception(text)
    return not name or any(clause.exception.strip() == name for clause in ir.raises)


def _exception(text: str) -> str:
    """The name of the exception that a call ended with; empty for a value."""
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return text.rpartition(".")[2]
    return ""


def _has_negative(source: str) -> bool:
    try:
        tree = parse_expression(source.strip())
    except NOT_PYTHON:
        return False
    return any(isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) for node in ast.walk(tree))
