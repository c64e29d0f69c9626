"""Without a terminal: plain lines, each printed once and whole, no control characters.

Specification and code are printed when they are finished, or as far as they came when they will
not be: only then are the imports known that belong above the code.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from engine.ir.models import IR
from engine.stages.events import (
    CheckFinished,
    ClauseDoubted,
    CodeChosen,
    CodeFinished,
    Event,
    OptionsProposed,
    RefinementProposed,
    RepairStarted,
    RunFinished,
    RunKind,
    RunStarted,
    Span,
    SpanFinished,
    SpecFinished,
    StageFailed,
    StageStarted,
    StageWaiting,
)
from tui.present_changes import change_lines
from tui.wording import (
    check_line,
    chosen_line,
    doubt_line,
    headline,
    next_step,
    option_lines,
    printable,
    repair_line,
)

_PROGRESS_STEP = 0.1


class PlainPresenter:
    """Prints what is finished."""

    def __init__(self) -> None:
        self._waiting_for = ""
        self._told_fraction = 0.0
        self._spans: list[Span] = []
        self._base: IR | None = None
        self._kind: RunKind = "generate"

    def show(self, event: Event) -> None:
        """Print what is new."""
        match event:
            case RunStarted():
                self._base, self._kind = event.ir, event.kind
                self._say(f"prompt   {event.prompt}")
                self._say(f"endpoint {event.endpoint} ({event.model or 'its own model'})")
                if event.ir_text:
                    self._say(f"--- specification\n{event.ir_text.rstrip()}")
            case StageStarted():
                self._say(f"--- {event.stage}")
            case StageWaiting():
                self._wait(event)
            case SpecFinished(ir_text=text) if self._kind != "assist":
                self._say(text.rstrip("\n"))
            case OptionsProposed():
                self._say("\n".join(option_lines(event.options)))
            case RefinementProposed():
                for line in change_lines(event.changes, self._base or event.ir, event.ir):
                    self._say(line.text)
            case CodeFinished():
                self._say(event.code.rstrip("\n"))
            case CheckFinished():
                self._say(check_line(event.result))
            case RepairStarted():
                self._say(repair_line(event))
            case ClauseDoubted():
                self._say(doubt_line(event))
            case CodeChosen():
                self._say(chosen_line(event))
            case SpanFinished():
                self._spans.append(event.span)
            case StageFailed():
                if event.partial_text:
                    self._say(event.partial_text.rstrip("\n"))
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
        self._say("--- timings (seconds)")
        for span in self._spans:
            if span.duration_s >= 0.0005:
                self._say(f"{span.stage:<10} {span.name:<18} {span.start_s:8.2f} + {span.duration_s:.3f}")
        usage = event.usage
        self._say(
            f"{event.duration_s:.1f} s in all; {usage.prompt_tokens} prompt tokens "
            f"({usage.cached_tokens} cached), {usage.completion_tokens} completion tokens"
        )
        self._say(f"{headline(event)} {next_step(event)}")

    def _say(self, text: str) -> None:
        sys.stdout.write(printable(text) + "\n")
        sys.stdout.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass
