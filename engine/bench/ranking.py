"""Where the time goes: the spans of all runs, added up and put in order."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from engine.bench.records import Record

_OVERLAPPED = frozenset({"connect", "types", "verify"})
"""Spans that lie inside others, so that they would count twice."""

_DOING = {
    "queue": "waiting for the endpoint to start ({stage})",
    "prefill": "reading the prompt ({stage})",
    "decode": "decoding the {stage}",
    "sample": "sampling other implementations ({stage})",
    "agree": "comparing implementations ({stage})",
    "save": "saving",
}

_CALLED = {"implement": "code", "repair": "repair", "compare": "second opinion", "draft": "draft", "raw": "answer"}


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """One kind of span: what is done in it, and which share of all the time it takes, from 0 to 1."""

    doing: str
    share: float
    seconds: float


def bottlenecks(records: Sequence[Record], *, least: float = 0.01) -> list[Bottleneck]:
    """What takes at least the share ``least`` of the records' time, the longest first.

    ``verify`` and ``types`` run while tokens come and are part of ``decode``; the spans of answers that are sampled at
    once lie inside ``sample``. What no span covers is told as such.
    """
    some = [record for record in records if record.settled]
    total = sum(record.seconds for record in some)
    if not total:
        return []
    sums: defaultdict[tuple[str, str], float] = defaultdict(float)
    for record in some:
        for span in record.spans:
            if span.name not in _OVERLAPPED:
                sums[span.stage, span.name] += span.duration_s
    found = [Bottleneck(_doing(*key), took / total, took / len(some)) for key, took in sums.items()]
    rest = total - sum(sums.values())
    found.append(Bottleneck("everything between the spans", max(rest, 0.0) / total, max(rest, 0.0) / len(some)))
    return sorted((one for one in found if one.share >= least), key=lambda one: -one.share)


def longest_fields(records: Sequence[Record]) -> list[tuple[str, float]]:
    """The draft's fields and the mean seconds that writing each takes, where it is written; the longest first."""
    values: defaultdict[str, list[float]] = defaultdict(list)
    for record in records:
        for field, took in record.draft_fields.items():
            values[field].append(took)
    means = [(field, statistics.fmean(took)) for field, took in values.items()]
    return sorted(means, key=lambda item: -item[1])


def median_record(records: Sequence[Record]) -> Record | None:
    """The record whose time is the median one; the one just below it among an even number."""
    some = sorted((record for record in records if record.settled and record.spans), key=lambda one: one.seconds)
    return some[(len(some) - 1) // 2] if some else None


def _doing(stage: str, name: str) -> str:
    called = _CALLED.get(stage, stage)
    if name in _DOING:
        return _DOING[name].format(stage=called)
    return f"{name.replace('check.', 'checking ')} ({stage})"
