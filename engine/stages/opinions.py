"""What two implementations that do different things with the same calls tell about each other.

Only a difference in what was asked for is worth a question. An exception that nobody asked for is no answer, whichever
it is, and nobody who asks for a Fibonacci number has thought of the one before the first.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from engine.ir.models import IR
from engine.ir.source import NOT_PYTHON, parse_expression
from engine.sandbox.codec import DecodeError, decode, describe
from engine.sandbox.trial import printable
from engine.stages.doubt import undecided
from engine.stages.sampling import Told
from engine.stages.standing import BREAKDOWNS

_FEW = 10
"""Of so many calls, one may differ by rounding alone."""

_NEGATIVES = re.compile(
    r"(?<!\bnon-)(?<!\bnon )\b(?:negativ\w*|minus|below|less than|signs?|absolute|differences?)\b|(?<![\w)])-\s?\d",
    re.IGNORECASE,
)


def contested(told: Told, ir: IR, other: int = 1) -> list[int]:
    """The calls, by their numbers, for which the first implementation and number ``other`` give different answers.

    A last decimal that is one more or less in a few calls is no other answer: it depends on the order of operations.
    """
    pairs = _both(told, other)
    differing = {
        at: _is_rounding(mine, theirs)
        for at, (mine, theirs) in pairs
        if mine != theirs and _is_answer(mine, ir) and _is_answer(theirs, ir)
    }
    few = sum(differing.values()) * _FEW <= len(pairs)
    return [at for at, rounding in differing.items() if not (rounding and few)]


def unthought(told: Told, ir: IR) -> list[int]:
    """The calls, by their numbers, on which the first implementation breaks down and the second one does not."""
    return [
        at
        for at, (mine, theirs) in _both(told, 1)
        if _exception(mine) in BREAKDOWNS and not _is_answer(mine, ir) and _is_answer(theirs, ir)
    ]


def smallest(told: Told, among: Sequence[int]) -> int:
    """The number of the shortest of some calls."""
    return min(among, key=lambda at: len(told.calls[at]))


def asking(ir: IR, told: Told, differing: Sequence[int]) -> IR:
    """``ir`` with the question what the smallest of the calls ``differing`` should give; the answers are what the
    implementations make of it, the commonest first.
    """
    at = smallest(told, differing)
    answers = Counter(_as_source(text) for row in told.rows if (text := row[at]) is not None)
    return undecided(ir, told.calls[at], [answer for answer, _ in answers.most_common()])


def speaks_of_negatives(prompt: str, ir: IR) -> bool:
    """Whether somebody has thought of numbers below zero: the request does, or a clause of ``ir``."""
    sources = [*(each.call for each in ir.examples), *(each.predicate for each in (*ir.requires, *ir.ensures))]
    sources += [each.condition for each in ir.raises]
    return _NEGATIVES.search(prompt) is not None or any(map(_has_negative, sources))


def _both(told: Told, other: int) -> list[tuple[int, tuple[str, str]]]:
    """What the first implementation and number ``other`` make of each call, where both end in time."""
    if len(told.rows) <= other:
        return []
    pairs = enumerate(zip(told.rows[0], told.rows[other], strict=True))
    return [(at, (mine, theirs)) for at, (mine, theirs) in pairs if mine is not None and theirs is not None]


def _is_rounding(mine: str, theirs: str) -> bool:
    """Whether these are numbers with so many decimals, the last of which is one more or less."""
    try:
        one, other = Decimal(mine), Decimal(theirs)
    except InvalidOperation:
        return False
    if not (one.is_finite() and other.is_finite()):
        return False
    last = min(_exponent(one), _exponent(other))
    return last < 0 and abs(one - other) == Decimal(1).scaleb(last)


def _exponent(number: Decimal) -> int:
    return int(number.normalize().as_tuple().exponent)


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


def _as_source(told: str) -> str:
    """What a call came to, as an example would say it: a value as Python source, or the name of an exception."""
    try:
        return printable(describe(decode(json.loads(told))))
    except (json.JSONDecodeError, DecodeError):
        return told.removeprefix("builtins.")


def _has_negative(source: str) -> bool:
    try:
        tree = parse_expression(source.strip())
    except NOT_PYTHON:
        return False
    return any(isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) for node in ast.walk(tree))
