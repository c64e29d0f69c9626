"""What a run has said so far, ready to be shown; no widget and no engine in it.

Spans are told when they are over. While one lasts, it is inferred: a stage that has not said a
word is waiting (for a container, the model, the prompt being read), one that has is decoding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.endpoints.profiles import Profile
    from engine.ir.models import IR
    from engine.stages.events import CheckResult, ProposedChange, RunFinished, Span, StageWaiting

RATE_WINDOW_S = 3.0
"""Tokens per second are counted over this many seconds."""


@dataclass(frozen=True)
class OpenSpan:
    """A span that has not ended: its stage, what it does, and its seconds since the run began."""

    stage: str
    name: str
    start_s: float
    now_s: float
    fraction: float | None = None


@dataclass
class RunView:
    """A run that goes on, or has ended; fed by the screen, read by the panes.

    Attributes:
        session_id: the session, known from the first event on.
        kind: what the run does (``generate``, ``refine``, …); ``stage`` is where it is.
        spec_text: the specification as far as it has come; ``code`` likewise.
        spec: the specification once it is complete.
        checks: verdicts so far.
        options: options proposed for the hole ``hole`` so far.
        changes: what a refinement proposes, once complete.
        spans: spans that are over.
        error: why a stage failed, as ``{"kind", "what", "todo"}``.
        finished: how it ended; None while it goes on.
        tokens: tokens streamed so far, counted by deltas until the endpoint reports.
    """

    clock: Callable[[], float] = time.monotonic
    session_id: str = ""
    kind: str = ""
    endpoint: str = ""
    model: str = ""
    stage: str = ""
    spec_text: str = ""
    spec: IR | None = None
    code: str = ""
    checks: list[CheckResult] = field(default_factory=list)
    hole: str = ""
    options: list[str] = field(default_factory=list)
    changes: list[ProposedChange] | None = None
    spans: list[Span] = field(default_factory=list)
    waiting: StageWaiting | None = None
    error: dict[str, str] | None = None
    finished: RunFinished | None = None
    tokens: int = 0
    profile: Profile | None = None
    cancelling: bool = False
    _zero: float = 0.0
    _stage_start_s: float = 0.0
    _first_delta_s: float | None = None
    _recent: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._zero = self.clock()

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.finished is None and self.error is None

    def elapsed_s(self) -> float:
        """Seconds since the run began; its whole duration once it is over."""
        return self.finished.duration_s if self.finished else self.clock() - self._zero

    def tokens_per_s(self) -> float:
        """Tokens per second of late; 0 while none come."""
        now = self.clock()
        recent = [(at, count) for at, count in self._recent if now - at <= RATE_WINDOW_S]
        if len(recent) < 2:
            return 0.0
        return sum(count for _, count in recent[1:]) / max(now - recent[0][0], 0.001)

    def cost_usd(self) -> float:
        """What the run has cost so far, in USD."""
        if self.finished:
            return self.finished.cost_usd
        if self.profile is None:
            return 0.0
        return self.profile.cost_usd(prompt_tokens=0, completion_tokens=self.tokens, seconds=self.elapsed_s())

    def open_span(self) -> OpenSpan | None:
        """The span that lasts now, if any."""
        if not self.running or not self.stage:
            return None
        now = self.elapsed_s()
        if self._first_delta_s is not None:
            return OpenSpan(self.stage, "decode", self._first_delta_s, now)
        if self.waiting is not None and self.waiting.stage == self.stage:
            return OpenSpan(self.stage, self.waiting.what, self._stage_start_s, now, self.waiting.fraction)
        name = "running" if self.stage == "check" else "waiting"
        return OpenSpan(self.stage, name, self._stage_start_s, now)

    def feed(self, items: Iterable[Any]) -> None:
        """Take in one frame of a :class:`tui.run_feed.RunFeed`."""
        for item in items:
            self._take(item)

    def _take(self, item: Any) -> None:
        from engine.stages import events as e
        from tui.run_feed import Piece, SpecText

        match item:
            case Piece():
                self._streamed(item.stage, item.text, item.deltas)
            case SpecText():
                self.spec_text = item.text
            case e.RunStarted():
                self.session_id, self.kind = item.session_id, item.kind
                self.endpoint, self.model = item.endpoint, item.model
            case e.StageStarted():
                self.stage, self._stage_start_s = item.stage, item.at_s
                self._first_delta_s, self.waiting = None, None
                if item.stage == "check":
                    self.checks = []
                elif item.stage == "implement":
                    self.code = ""
            case e.StageWaiting():
                self.waiting = item
            case e.SpecFinished():
                self.spec, self.spec_text = item.ir, item.ir_text
            case e.OptionsUpdated() | e.OptionsProposed():
                self.hole, self.options = item.hole, list(item.options)
            case e.RefinementProposed():
                self.changes = list(item.changes)
            case e.CodeFinished():
                self.code = item.code
            case e.CheckFinished():
                self.checks.append(item.result)
            case e.SpanFinished():
                self.spans.append(item.span)
            case e.StageFinished():
                self.stage = ""
            case e.StageFailed():
                self.error = dict(item.error)
            case e.RunFinished():
                self.finished, self.model = item, item.model
            case _:
                pass

    def _streamed(self, stage: str, text: str, deltas: int) -> None:
        now = self.clock()
        if self._first_delta_s is None:
            self._first_delta_s, self.waiting = now - self._zero, None
        self._recent = [*((at, n) for at, n in self._recent if now - at <= RATE_WINDOW_S), (now, deltas)]
        self.tokens += deltas
        if stage == "implement":
            self.code += text
