"""Patterns of failure: the records that failed, sorted by what went wrong."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from engine.bench.records import Record

_PATTERNS = (
    ("the model's answers broke their contract", re.compile(r"^contract: ")),
    ("no function that compiles", re.compile(r"^no function that compiles")),
    ("the module does not load", re.compile(r"^the module does not load")),
    ("does not come to an end", re.compile(r"timed out|did not end")),
    (
        "raises what was not asked for",
        re.compile(r"expected (?![A-Z]\w+(?:Error|Exception),).*, raised |^raised |Error\b.*\(line "),
    ),
    ("does not raise what was asked for, or another exception", re.compile(r"expected [A-Z]\w+, (?:got|raised) ")),
    ("a value of another type", re.compile(r" is not \w+\)$")),
)
_OTHERWISE = "a wrong value"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Failures of one kind; ``unnoticed`` of the records passed Lift's own checks."""

    what: str
    records: tuple[Record, ...]
    unnoticed: int


def patterns(records: Sequence[Record]) -> list[Pattern]:
    """The failures on hidden tests by kind, the most frequent first."""
    groups: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.settled and record.tested and not record.passed:
            groups[pattern(record)].append(record)
    found = [Pattern(what, tuple(some), sum(one.unnoticed for one in some)) for what, some in groups.items()]
    return sorted(found, key=lambda one: (-len(one.records), one.what))


def pattern(record: Record) -> str:
    """What went wrong in a record that failed, by its first failure."""
    told = f"contract: {record.error['what']}" if record.error else next(iter(record.failures), "")
    return next((what for what, sign in _PATTERNS if sign.search(told)), _OTHERWISE)


def silent(records: Sequence[Record]) -> list[Record]:
    """The ambiguous tasks about which the right question was not asked."""
    return [record for record in records if record.settled and record.asked_right is False]


def needless(records: Sequence[Record]) -> list[Record]:
    """The tasks that leave nothing open, and about which something was asked."""
    return [
        record for record in records if record.settled and record.tested and record.asked_right is None and record.holes
    ]
