"""What became of one task: the record that everything else is computed from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, PlainSerializer

from engine.errors import ContractBroken
from engine.stages.events import Usage

Baseline = Literal["raw", "plain"]
"""A way of asking the same model without Lift: for the code only, or with nothing but what the person wrote."""

Mode = Literal["lift"] | Baseline

BASELINES: tuple[Baseline, ...] = get_args(Baseline)
"""All of them, in the order in which they are measured and told."""

NAMES: dict[Baseline, str] = {"raw": "raw model", "plain": "plain prompt"}
"""What people read of them."""

Seconds = Annotated[float, PlainSerializer(lambda value: round(value, 4), return_type=float)]
"""Seconds, stored to a tenth of a millisecond."""


class Timing(BaseModel):
    """One timed piece of a stage, in seconds since the task began."""

    model_config = ConfigDict(frozen=True)

    stage: str
    name: str
    start_s: Seconds
    duration_s: Seconds


class Record(BaseModel):
    """One task, run once.

    ``None`` means that the question does not arise: whatever a baseline has not got, and ``passed`` of a task
    that has neither hidden tests nor anything to ask about.

    Attributes:
        mode: ``lift`` through the pipeline; ``raw`` the same model asked for the code only, ``plain`` the same model
            given nothing but the prompt.
        repeat: which time this is, from 1.
        cold: the endpoint was started anew for it.
        at: when it began, ISO 8601 in UTC.
        load: the machine's load average over the last minute at the end; None where the system does not tell.
        passed: the hidden tests pass; of an ambiguous task, that it asked about what is open.
        own_checks_passed: Lift's own verdict.
        tested: there are hidden tests.
        holes: the questions that the specification asks.
        asked_right: whether one of them is about what the task leaves open.
        repairs: how many more versions of the code were made after the first.
        dropped: answers that were void and asked for again.
        seconds: from the prompt to the end.
        first_token_s: from the prompt to the model's first token, a cold start included.
        server_s: what the server says it spent; 0 where it does not say.
        overhead_s: ``seconds`` less a cold start and what the server spent; None where that is not known, as of
            answers that overlapped or were dropped.
        tokens: read and written, cached ones included.
        draft_fields: seconds that writing each field of the draft took.
        failures: one line for each hidden test that failed.
    """

    mode: Mode
    name: str
    category: str
    suite: str = ""
    repeat: int = 1
    cold: bool = False
    at: str = ""
    load: float | None = None
    model: str = ""
    prompt: str = ""
    ir_valid: bool | None = None
    compiles: bool = False
    passed: bool | None = None
    own_checks_passed: bool | None = None
    tested: bool = True
    holes: list[str] = []
    asked_right: bool | None = None
    repairs: int = 0
    dropped: int = 0
    seconds: Seconds = 0.0
    first_token_s: Seconds | None = None
    server_s: Seconds = 0.0
    overhead_s: Seconds | None = None
    tokens: int = 0
    usage: Usage = Usage()
    cost_usd: float = 0.0
    stage_seconds: dict[str, Seconds] = {}
    stage_usage: dict[str, Usage] = {}
    draft_fields: dict[str, Seconds] = {}
    spans: list[Timing] = []
    error: dict[str, str] | None = None
    failures: list[str] = []
    code: str = ""
    ir_text: str = ""

    @property
    def key(self) -> tuple[Mode, str, str, int, bool]:
        """What is measured once."""
        return self.mode, self.suite, self.name, self.repeat, self.cold

    @property
    def settled(self) -> bool:
        """Whether the record says something about the model: no endpoint or sandbox failed."""
        return self.error is None or self.error["kind"] == ContractBroken.kind

    @property
    def unnoticed(self) -> bool:
        """Wrong code that passed its own checks."""
        return self.tested and self.passed is False and self.own_checks_passed is True

    @property
    def verdict(self) -> str:
        """The record in one word."""
        if not self.settled:
            return "error"
        if self.passed is None:
            return "-"
        if not self.tested:
            return "asked" if self.passed else "silent"
        return "pass" if self.passed else "UNSEEN" if self.unnoticed else "fail"

    @property
    def why(self) -> str:
        """The first thing that is wrong, or what was asked; empty when there is nothing to say."""
        if self.error:
            return self.error["what"]
        return "; ".join(self.failures[:1] or self.holes)

    def span_s(self, *names: str) -> float:
        """Seconds that all spans of these names took together."""
        return sum(span.duration_s for span in self.spans if span.name in names)


def first_token_s(spans: Iterable[Timing]) -> float | None:
    """When the first token came, in seconds since the task began; None when none did."""
    return next((span.start_s + span.duration_s for span in spans if span.name == "prefill"), None)


def overhead_s(seconds: float, spans: Iterable[Timing], server_s: float) -> float | None:
    """``seconds`` less a cold start and what the server spent; None where the server does not say."""
    queued = sum(span.duration_s for span in spans if span.name == "queue")
    return max(seconds - queued - server_s, 0.0) if server_s else None


def utc_now() -> str:
    """This moment, as records and results tell moments: ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
