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
    from engine.stages.events import (
        CheckResult,
        ProposedChange,
        RepairStarted,
        RunFinished,
        Span,
        StageWaiting,
        Usage,
    )
    from tui.session_view import SessionView

RATE_WINDOW_S = 3.0
"""Tokens per second are counted over this many seconds."""


CODING = ("implement", "repair")
"""The stages that write code; where an endpoint continues answers, they begin with a header nobody has to wait for."""


@dataclass(frozen=True)
class OpenSpan:
    """A span that has not ended: its stage, what it does, and its seconds since the run began.

    ``fraction`` is the part done (0 to 1) and ``typical_s`` how long it takes as a rule, where they are known.
    """

    stage: str
    name: str
    start_s: float
    now_s: float
    fraction: float | None = None
    typical_s: float | None = None


@dataclass
class CodeVersion:
    """One version of the code that a run wrote: 0 is the implementation, repairs count from 1."""

    attempt: int
    code: str
    checks: list[CheckResult] = field(default_factory=list)


@dataclass
class RunView:
    """A run that goes on, or has ended; fed by the screen, read by the panes.

    Attributes:
        session_id: the session, known from the first event on.
        kind: what the run does (``generate``, ``refine``, …); ``stage`` is where it is.
        spec_text: the specification as far as it has come; ``code`` likewise.
        spec: the specification once it is complete.
        checks: verdicts so far on ``code``.
        attempt: which version of the code it is about: 0 is the implementation, repairs count from 1.
        versions: the complete versions of the code, oldest first, with their verdicts.
        repair: the repair that was begun last, and why.
        chosen: the version that the run settled on, and ``chosen_why``, once it has chosen.
        options: options proposed for the hole ``hole`` so far.
        changes: what a refinement proposes, once complete.
        spans: spans that are over.
        usage: tokens of each stage that is over.
        waiting: what the stage waits for, as of :attr:`waiting_since_s` (seconds since the run began).
        typical_wait_s: how long the endpoint takes to begin when it is cold, in seconds, where it is known.
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
    attempt: int = 0
    versions: list[CodeVersion] = field(default_factory=list)
    repair: RepairStarted | None = None
    chosen: int | None = None
    chosen_why: str = ""
    usage: dict[str, Usage] = field(default_factory=dict)
    typical_wait_s: float | None = None
    stage_tokens: int = 0
    _zero: float = 0.0
    _synced: bool = False
    _stage_start_s: float = 0.0
    _stage_deltas: int = 0
    _waiting_since_s: float = 0.0
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

    def concerns(self, view: SessionView | None) -> bool:
        """Whether it is about the session that ``view`` shows; one that has not said yet is taken to be."""
        return view is None or self.session_id in ("", view.session.id)

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
        wait = self.waiting
        if wait is not None and wait.stage == self.stage:
            begun_s = max(self._waiting_since_s - wait.elapsed_s, self._stage_start_s)
            return OpenSpan(self.stage, wait.what, begun_s, now, wait.fraction, wait.typical_s)
        start_s = max([self._stage_start_s, *(span.start_s + span.duration_s for span in self.spans)])
        if self.stage == "check":
            return OpenSpan(self.stage, "running", start_s, now)
        return OpenSpan(self.stage, "waiting", start_s, now, typical_s=self.typical_wait_s)

    def feed(self, items: Iterable[Any]) -> None:
        """Take in one frame of a :class:`tui.run_feed.RunFeed`."""
        for item in items:
            self._take(item)

    def _take(self, item: Any) -> None:
        from engine.stages import events as e
        from tui.run_feed import Piece, SpecText, TypicalWait

        match item:
            case Piece():
                self._streamed(item.stage, item.text, item.deltas)
            case SpecText():
                self.spec_text = item.text
            case TypicalWait():
                self.typical_wait_s = item.seconds
            case e.RunStarted():
                self.session_id, self.kind = item.session_id, item.kind
                self.endpoint, self.model = item.endpoint, item.model
            case e.StageStarted():
                self._enter(item.stage, item.at_s)
            case e.StageWaiting():
                self.waiting, self._waiting_since_s = item, self.elapsed_s()
                self._first_delta_s = None
            case e.AnswerDropped():
                self._drop(item.stage)
            case e.SpecFinished():
                self.spec, self.spec_text = item.ir, item.ir_text
            case e.OptionsUpdated() | e.OptionsProposed():
                self.hole, self.options = item.hole, list(item.options)
            case e.RefinementProposed():
                self.changes = list(item.changes)
            case e.RepairStarted():
                self.repair, self.attempt = item, item.attempt
                self.code, self._stage_deltas, self._first_delta_s = "", 0, None
            case e.CodeFinished():
                self.code, self.attempt = item.code, item.attempt
                self.versions.append(CodeVersion(item.attempt, item.code))
                self.checks = self.versions[-1].checks
                self._first_delta_s = None
            case e.CodeChosen():
                self._choose(item.attempt, item.reason)
            case e.CheckFinished():
                self.checks.append(item.result)
            case e.SpanFinished():
                self.spans.append(item.span)
            case e.StageFinished():
                self._leave(item.stage, item.usage)
            case e.StageFailed():
                self.error = dict(item.error)
            case e.RunFinished():
                self.finished, self.model = item, item.model
            case _:
                pass

    def _enter(self, stage: str, at_s: float) -> None:
        if not self._synced:  # the run's clock began when its thread was ready
            self._zero, self._synced = self.clock() - at_s, True
        self.stage, self._stage_start_s = stage, at_s
        self._first_delta_s, self.waiting = None, None
        self.stage_tokens = self._stage_deltas = 0
        if stage == "check" and not self.versions:
            self.checks = []
        elif stage == "implement":
            self.code = ""

    def _drop(self, stage: str) -> None:
        """What ``stage`` has said does not count; it is asked again."""
        if stage in CODING:
            self.code = ""
        elif stage == "assist":
            self.options = []
        else:
            self.spec_text = ""
        self._stage_deltas, self._first_delta_s = 0, None

    def _leave(self, stage: str, usage: Usage) -> None:
        before = self.usage.get(stage)
        self.usage[stage] = usage if before is None else before + usage
        self.tokens += usage.completion_tokens - self.stage_tokens
        self.stage = ""

    def _choose(self, attempt: int, reason: str) -> None:
        self.chosen, self.chosen_why = attempt, reason
        for version in self.versions:
            if version.attempt == attempt:
                self.attempt, self.code, self.checks = attempt, version.code, version.checks

    def _streamed(self, stage: str, text: str, deltas: int) -> None:
        now = self.clock()
        self._stage_deltas += deltas
        given = 1 if stage in CODING and self._stage_deltas == deltas else 0
        if self._first_delta_s is None and self._stage_deltas > given and deltas > given:
            self._first_delta_s, self.waiting = now - self._zero, None
        said = deltas - given
        if said:
            self._recent = [*((at, n) for at, n in self._recent if now - at <= RATE_WINDOW_S), (now, said)]
        self.tokens += said
        self.stage_tokens += said
        if stage in CODING:
            self.code += text
