"""Without a terminal: plain lines, each printed once and whole, no control characters."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from engine.stages.events import (
    CheckFinished,
    Event,
    RunFinished,
    RunStarted,
    Span,
    SpanFinished,
    SpecFinished,
    StageFailed,
    StageStarted,
    StageWaiting,
    TextDelta,
)
from tui.wording import HEADLINES, check_line, next_step, printable

_PROGRESS_STEP = 0.1


class PlainPresenter:
    """Prints lines as they become whole: the specification when it is finished, code line by line."""

    def __init__(self) -> None:
        self._line = ""
        self._waiting_for = ""
        self._told_fraction = 0.0
        self._spans: list[Span] = []

    def show(self, event: Event) -> None:
        """Print what is new."""
        match event:
            case RunStarted():
                self._say(f"prompt   {event.prompt}")
                self._say(f"endpoint {event.endpoint} ({event.model or 'its own model'})")
            case StageStarted():
                self._end_line()
                self._say(f"--- {event.stage}")
            case StageWaiting():
                self._wait(event)
            case SpecFinished():
                self._say(event.ir_text.rstrip("\n"))
            case TextDelta(stage="implement"):
                *lines, self._line = (self._line + event.text).split("\n")
                for line in lines:
                    self._say(line)
            case CheckFinished():
                self._say(check_line(event.result))
            case SpanFinished():
                self._spans.append(event.span)
            case StageFailed():
                self._end_line()
                self._say(event.error["what"])
                if event.error["todo"]:
                    self._say(event.error["todo"])
            case RunFinished():
                self._finish(event)
            case _:
                pass

    def _wait(self, event: StageWaiting) -> None:
        if event.what != self._waiting_for:
            self._waiting_for, self._told_fraction = event.what, 0.0
            self._say(f"{event.what} …")
        elif event.fraction is not None and event.fraction >= self._told_fraction + _PROGRESS_STEP:
            self._told_fraction = event.fraction
            self._say(f"{event.what}: {event.fraction:.0%}")

    def _finish(self, event: RunFinished) -> None:
        self._end_line()
        self._say("--- timings (seconds)")
        for span in self._spans:
            if span.duration_s >= 0.0005:
                self._say(f"{span.stage:<10} {span.name:<18} {span.start_s:8.2f} + {span.duration_s:.3f}")
        usage = event.usage
        self._say(
            f"{event.duration_s:.1f} s in all; {usage.prompt_tokens} prompt tokens "
            f"({usage.cached_tokens} cached), {usage.completion_tokens} completion tokens"
        )
        self._say(f"{HEADLINES[event.status]} {next_step(event)}")

    def _end_line(self) -> None:
        if self._line.strip("` \n"):
            self._say(self._line)
        self._line = ""

    def _say(self, text: str) -> None:
        sys.stdout.write(printable(text) + "\n")
        sys.stdout.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_line()
