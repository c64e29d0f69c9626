"""Where the bars of a waterfall go: spans grouped by stage, on one time axis; drawing is others' work.

Times are in seconds since the run began; places and lengths are in terminal cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.stages.events import Span, Usage
    from tui.run_view import OpenSpan, RunView

SHOWN_S = 0.0005
"""Spans shorter than this are noise and left out."""

READING = "reading the prompt"
"""What endpoints that tell their progress call the phase ``prefill``; whatever else is waited for is ``queue``."""

_ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class Bar:
    """One line of a waterfall.

    Attributes:
        stage: the stage it belongs to.
        name: the span's name; empty for the line of the stage as a whole.
        start_s: when it began, and ``duration_s`` how long it took, or has taken so far.
        open: whether it goes on.
        tokens: tokens written in it, where that is known.
        rate: tokens per second while they were written, where that is known.
    """

    stage: str
    name: str
    start_s: float
    duration_s: float
    open: bool = False
    tokens: int = 0
    rate: float = 0.0


@dataclass(frozen=True)
class Group:
    """A stage, from its first span to its last, and its spans in the order in which they began."""

    whole: Bar
    parts: tuple[Bar, ...]


@dataclass(frozen=True)
class Timeline:
    """What a waterfall shows: finished spans, the one that goes on, and the tokens of each stage.

    Attributes:
        spans: in the order in which they ended.
        usage: tokens of each stage that is over.
        open: the span that goes on, if any, with the ``tokens`` of its stage so far and their ``rate`` per second.
        total_s: seconds from the beginning to the end, or to now.
    """

    spans: Sequence[Span] = ()
    usage: Mapping[str, Usage] = field(default_factory=dict)
    open: OpenSpan | None = None
    tokens: int = 0
    rate: float = 0.0
    total_s: float = 0.0

    @classmethod
    def stored(cls, spans: Sequence[Span], usage: Mapping[str, Usage]) -> Timeline:
        """The timeline of a run that is over."""
        return cls(spans, usage, total_s=end_s(spans))

    @classmethod
    def of_run(cls, run: RunView) -> Timeline:
        """The timeline of a run as it stands."""
        if run.finished is not None:
            return cls.stored(run.spans, run.usage)
        total_s = max(run.elapsed_s(), end_s(run.spans))
        return cls(tuple(run.spans), run.usage, run.open_span(), run.stage_tokens, run.tokens_per_s(), total_s)


def end_s(spans: Iterable[Span]) -> float:
    """When the last span ended; 0 without any."""
    return max((span.start_s + span.duration_s for span in spans), default=0.0)


def shown(spans: Iterable[Span]) -> list[Span]:
    """The spans long enough to be seen."""
    return [span for span in spans if span.duration_s >= SHOWN_S]


def groups(timeline: Timeline) -> list[Group]:
    """The stages in order; one that is entered again, as by a repair, is a group of its own."""
    runs: list[tuple[str, list[Bar]]] = []
    for span in shown(timeline.spans):
        bar = Bar(span.stage, span.name.removeprefix(f"{span.stage}."), span.start_s, span.duration_s)
        if not runs or runs[-1][0] != span.stage:
            runs.append((span.stage, []))
        runs[-1][1].append(bar)
    lasting = timeline.open
    if lasting is not None:
        duration_s = max(lasting.now_s - lasting.start_s, 0.0)
        tokens, rate = (timeline.tokens, timeline.rate) if lasting.name == "decode" else (0, 0.0)
        bar = Bar(lasting.stage, _phase(lasting.name), lasting.start_s, duration_s, open=True, tokens=tokens, rate=rate)
        if not runs or runs[-1][0] != lasting.stage:
            runs.append((lasting.stage, []))
        runs[-1][1].append(bar)
    last = {stage: place for place, (stage, _) in enumerate(runs)}
    return [
        _group(stage, bars, timeline.usage.get(stage) if last[stage] == place else None)
        for place, (stage, bars) in enumerate(runs)
    ]


def _phase(doing: str) -> str:
    """The span that what lasts now is going to be."""
    if doing in ("decode", "running"):
        return doing
    return "prefill" if doing == READING else "queue"


def _group(stage: str, bars: list[Bar], usage: Usage | None) -> Group:
    start_s = min(bar.start_s for bar in bars)
    finish_s = max(bar.start_s + bar.duration_s for bar in bars)
    tokens, rate = next(((bar.tokens, bar.rate) for bar in bars if bar.open), (0, 0.0))
    if not tokens and usage is not None and usage.completion_tokens:
        decode_s = sum(bar.duration_s for bar in bars if bar.name == "decode")
        tokens, rate = usage.completion_tokens, usage.completion_tokens / decode_s if decode_s else 0.0
    whole = Bar(stage, "", start_s, finish_s - start_s, any(bar.open for bar in bars), tokens, rate)
    return Group(whole, tuple(sorted(bars, key=lambda bar: bar.start_s)))


def choose(found: Sequence[Group], height: int, *, detail: bool | None = None) -> list[Bar]:
    """The lines to show: every stage, and of their spans those that there is room for.

    The latest stage comes first, and in a stage the longest spans. A stage that was one span needs no second line.

    Args:
        height: lines there are.
        detail: True shows all spans whatever the height, False none.
    """
    room = height - len(found)
    kept: dict[int, tuple[Bar, ...]] = {}
    for at in reversed(range(len(found))):
        parts = found[at].parts
        if detail:
            kept[at] = parts
        elif detail is None and room > 0 and (len(parts) > 1 or found[at].whole.open):
            longest = sorted(parts, key=lambda bar: (bar.open, bar.duration_s), reverse=True)[:room]
            kept[at] = tuple(bar for bar in parts if bar in longest)
            room -= len(kept[at])
    return [bar for at, group in enumerate(found) for bar in (group.whole, *kept.get(at, ()))]


def axis_end(total_s: float) -> float:
    """Where the axis of a run that goes on ends: the next round number of seconds at or above ``total_s``.

    A bar that grows then moves no other bar, but at those few moments.
    """
    step = 1.0
    while total_s > step * _ROUND[-1]:
        step *= 10
    return next(step * factor for factor in _ROUND if total_s <= step * factor)


def place(start_s: float, duration_s: float, scale_s: float, room: int) -> tuple[int, int]:
    """First cell and length of a bar on an axis of ``scale_s`` seconds and ``room`` cells; never empty."""
    per_s = room / scale_s if scale_s > 0 else 0.0
    start = max(min(int(start_s * per_s), room - 1), 0)
    return start, min(max(round(duration_s * per_s), 1), room - start)


def axis(scale_s: float, room: int) -> str:
    """The axis in words: its beginning, its middle and its end, in ``room`` cells."""
    middle, end = f"{scale_s / 2:.3g}", f"{scale_s:.3g} s"
    if room < len(end) + 3:
        return end.rjust(room)
    line = ["0", *" " * (room - 1 - len(end)), end]
    at = room // 2
    if at + len(middle) < room - len(end):
        line[at : at + len(middle)] = middle
    return "".join(line)
