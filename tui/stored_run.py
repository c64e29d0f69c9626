"""Runs out of the store with their timings, and how two of them differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.run_words import ended
from tui.waterfall_layout import Timeline, groups

if TYPE_CHECKING:
    from engine.sessions.records import Run
    from engine.sessions.store import SessionStore
    from engine.stages.events import Span, Usage

TOTAL = "total"


@dataclass(frozen=True)
class StoredRun:
    """A run with its spans, and its tokens by stage."""

    run: Run
    spans: Sequence[Span]
    usage: Mapping[str, Usage]

    @property
    def timeline(self) -> Timeline:
        """What a waterfall shows of it."""
        return Timeline.stored(self.spans, self.usage)

    @property
    def written(self) -> int:
        """Tokens that the model wrote."""
        return sum(used.completion_tokens for used in self.usage.values())


@dataclass(frozen=True)
class Difference:
    """What a stage took in two runs, in seconds and in tokens written; None where a run had no such stage."""

    stage: str
    seconds: tuple[float | None, float | None]
    tokens: tuple[int, int]


def read_runs(store: SessionStore, session_id: str) -> list[StoredRun]:
    """All runs of a session, oldest first.

    Raises:
        StoreError: they cannot be read.
    """
    return [read_run(store, run) for run in store.runs.list(session_id)]


def read_run(store: SessionStore, run: Run) -> StoredRun:
    """A run with its timings.

    Raises:
        StoreError: they cannot be read.
    """
    return StoredRun(run, tuple(store.runs.spans(run.id)), store.runs.usage(run.id))


def differences(one: StoredRun, other: StoredRun) -> list[Difference]:
    """Stage by stage, in the order of the stages, and in all."""
    took = _stage_seconds(one), _stage_seconds(other)
    stages = list(dict.fromkeys([*took[0], *took[1]]))
    rows = [
        Difference(
            stage,
            (took[0].get(stage), took[1].get(stage)),
            (_written(one, stage), _written(other, stage)),
        )
        for stage in stages
    ]
    whole = one.timeline.total_s, other.timeline.total_s
    return [*rows, Difference(TOTAL, whole, (one.written, other.written))]


def conditions(one: StoredRun, other: StoredRun) -> list[tuple[str, str, str]]:
    """What else differs: what it is, and what it was in either run."""
    pairs = [
        ("outcome", ended(one.run), ended(other.run)),
        ("kind", one.run.kind, other.run.kind),
        ("endpoint", one.run.endpoint, other.run.endpoint),
        ("model", one.run.model, other.run.model),
        ("temperature", f"{one.run.temperature}", f"{other.run.temperature}"),
        ("seed", f"{one.run.seed}", f"{other.run.seed}"),
        ("prompts", one.run.prompt_version, other.run.prompt_version),
        ("cost", f"${one.run.cost_usd:.4f}", f"${other.run.cost_usd:.4f}"),
    ]
    return [pair for pair in pairs if pair[0] == "outcome" or pair[1] != pair[2]]


def _stage_seconds(stored: StoredRun) -> dict[str, float]:
    took: dict[str, float] = {}
    for group in groups(stored.timeline):
        took[group.whole.stage] = took.get(group.whole.stage, 0.0) + group.whole.duration_s
    return took


def _written(stored: StoredRun, stage: str) -> int:
    used = stored.usage.get(stage)
    return used.completion_tokens if used is not None else 0
