"""What the events of one run of the pipeline said, as the fields of a record."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from engine.bench.draft_fields import FieldClock
from engine.bench.records import Timing, first_token_s, overhead_s
from engine.ir.models import IR
from engine.ir.validate import validate
from engine.stages.events import (
    AnswerDropped,
    CodeChosen,
    CodeFinished,
    Event,
    RunFinished,
    SpanFinished,
    SpecFinished,
    StageFailed,
    StageFinished,
    StageStarted,
    TextDelta,
    Usage,
)


class Heard:
    """A listener; :meth:`fields` has what it heard once the run is over."""

    def __init__(self) -> None:
        self.ir: IR | None = None
        self.code = ""
        self._ir_text = ""
        self._versions: dict[int, str] = {}
        self._dropped = 0
        self._usage: defaultdict[str, Usage] = defaultdict(Usage)
        self._spans: list[Timing] = []
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._fields = FieldClock()
        self._last: RunFinished | None = None

    @property
    def function_name(self) -> str:
        """What the specification calls the function; empty without one."""
        return self.ir.signature.name if self.ir else ""

    @property
    def questions(self) -> list[str]:
        """The questions that the specification asks, each with what it is about and its options."""
        holes = self.ir.holes if self.ir else []
        return [" ".join([hole.identifier, hole.description, *hole.options]) for hole in holes]

    def note(self, event: Event) -> None:
        """Hear one event."""
        match event:
            case TextDelta(stage="draft"):
                self._fields.note(event.text, time.perf_counter())
            case AnswerDropped():
                self._dropped += 1
                if event.stage == "draft":
                    self._fields.drop()
            case SpecFinished():
                self.ir, self._ir_text = event.ir, event.ir_text
            case CodeFinished():
                self.code = self._versions[event.attempt] = event.code
            case CodeChosen():
                self.code = self._versions[event.attempt]
            case SpanFinished():
                self._spans.append(Timing(**event.span.model_dump()))
            case StageStarted():
                self._seconds[event.stage] -= event.at_s
            case StageFinished():
                self._seconds[event.stage] += event.at_s
                if event.usage != Usage():
                    self._usage[event.stage] += event.usage
            case StageFailed():
                self._seconds[event.stage] += event.at_s
            case RunFinished():
                self._last = event
            case _:
                pass

    def fields(self) -> dict[str, Any]:
        """The fields of a :class:`~engine.bench.records.Record` that the run decides."""
        last = self._last
        assert last is not None  # every run ends with it
        holes = self.ir.holes if self.ir else []
        return {
            "model": last.model,
            "ir_valid": self.ir is not None and not any(found.severity == "error" for found in validate(self.ir)),
            "own_checks_passed": last.status == "passed",
            "holes": [hole.description or hole.identifier for hole in holes],
            "repairs": max(len(self._versions) - 1, 0),
            "dropped": self._dropped,
            "seconds": last.duration_s,
            "first_token_s": first_token_s(self._spans),
            "server_s": last.usage.server_s,
            "overhead_s": self._overhead_s(last),
            "tokens": last.usage.prompt_tokens + last.usage.completion_tokens,
            "usage": last.usage,
            "cost_usd": last.cost_usd,
            "stage_seconds": dict(self._seconds),
            "stage_usage": dict(self._usage),
            "draft_fields": self._fields.seconds(),
            "spans": self._spans,
            "error": last.error,
            "code": self.code,
            "ir_text": self._ir_text,
        }

    def _overhead_s(self, last: RunFinished) -> float | None:
        """What of the run's time neither a cold start nor the server accounts for.

        Sampled answers overlap, so that their times do not add up to time on the clock, and of an answer that was
        dropped the server's figures never come.
        """
        overlapping = any(span.name == "sample" for span in self._spans)
        if overlapping or self._dropped or last.error:
            return None
        return overhead_s(last.duration_s, self._spans, last.usage.server_s)
