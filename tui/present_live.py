"""On a terminal: the specification fills in, the code streams, the checks tick off, the waterfall follows."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.spinner import Spinner
from rich.syntax import Syntax
from rich.text import Text

from engine.ir.models import IR
from engine.stages.events import (
    AnswerDropped,
    CheckFinished,
    ClauseDoubted,
    CodeChosen,
    CodeFinished,
    Event,
    OptionsProposed,
    OptionsUpdated,
    RefinementProposed,
    RepairStarted,
    RunFinished,
    RunKind,
    RunStarted,
    Span,
    SpanFinished,
    SpecFinished,
    SpecUpdated,
    StageFailed,
    StageStarted,
    StageWaiting,
    TextDelta,
)
from tui.partial_spec import partial_text
from tui.present_changes import COLOURS, change_lines
from tui.waterfall import waterfall
from tui.wording import (
    SYMBOLS,
    chosen_line,
    doubt_line,
    headline,
    next_step,
    option_lines,
    printable,
    repair_line,
)

_FRAMES_PER_S = 12
_RESERVED_LINES = 4
_TITLES = {
    "draft": "Specification",
    "refine": "Proposal",
    "assist": "Options",
    "implement": "Code",
    "check": "Checks",
    "repair": "Repair",
    "compare": "Second opinion",
}
_STYLES = {"passed": "green", "failed": "bold red", "skipped": "dim", "error": "bold red"}


class LivePresenter:
    """Redraws only the part that still changes; what is finished scrolls by and stays.

    Frames are drawn by the event loop, not by a thread of Rich's: two threads that write to one
    terminal now and then erase too little. So it has to be entered while a loop runs.

    Args:
        console: where to draw; the terminal by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._frame: asyncio.TimerHandle | None = None
        self._spans: list[Span] = []
        self._made = ""
        self._base: IR | None = None
        self._kind: RunKind = "generate"

    def show(self, event: Event) -> None:
        """Draw what is new."""
        match event:
            case RunStarted():
                self._base, self._kind = event.ir, event.kind
                self._console.print(Text(printable(event.prompt), style="bold"))
                self._console.print(
                    Text(printable(f"{event.endpoint} · {event.model or 'its own model'}"), style="dim")
                )
                if event.ir_text:
                    self._title("Specification")
                    self._keep(_python(event.ir_text))
            case StageStarted():
                if event.stage in _TITLES:
                    self._title(_TITLES[event.stage])
                self._wait(StageWaiting(stage=event.stage, what="starting", elapsed_s=0))
            case StageWaiting():
                self._wait(event)
            case SpecUpdated():
                self._made = partial_text(event.partial)
                self._draw(self._made)
            case SpecFinished():
                self._made = ""
                if self._kind != "assist":
                    self._keep(_python(event.ir_text))
            case OptionsUpdated():
                self._live.update(_options(event.options))
            case OptionsProposed():
                self._keep(_options(event.options))
            case RefinementProposed():
                self._made = ""
                for line in change_lines(event.changes, self._base or event.ir, event.ir):
                    self._keep(Text(printable(line.text), style=COLOURS[line.sign]))
            case TextDelta(stage="implement" | "repair"):
                self._made += event.text
                self._draw(self._made)
            case AnswerDropped():
                self._made = ""
                self._wait(StageWaiting(stage=event.stage, what="asking again, differently", elapsed_s=0))
            case CodeFinished():
                self._made = ""
                self._keep(_python(event.code))
            case CheckFinished():
                sign = SYMBOLS[event.result.status][0]
                line = Text(f"  {sign} ", style=_STYLES[event.result.status])
                line.append(printable(event.result.name), style="default")
                if event.result.detail:
                    line.append(f"\n      {printable(event.result.detail)}", style="dim")
                self._keep(line)
            case RepairStarted():
                self._made = ""
                self._keep(Text(f"  {repair_line(event)}", style="yellow"))
            case ClauseDoubted():
                self._keep(Text(f"  {doubt_line(event)}", style="yellow"))
            case CodeChosen():
                self._keep(Text(f"  {chosen_line(event)}", style="bold"))
            case SpanFinished():
                self._spans.append(event.span)
            case StageFailed():
                self._failed(event)
            case RunFinished():
                self._finish(event)
            case _:
                pass

    def _title(self, title: str) -> None:
        self._console.print(f"\n[bold]{title}[/bold]")

    def _wait(self, event: StageWaiting) -> None:
        what = printable(event.what)
        text = f"{what} · {event.elapsed_s:.0f} s" if event.elapsed_s >= 1 else what
        if event.fraction is not None:
            filled = round(event.fraction * 24)
            text += f"  {'━' * filled}{'╌' * (24 - filled)} {event.fraction:.0%}"
        self._live.update(Spinner("dots", Text(text, style="dim")))

    def _draw(self, text: str) -> None:
        """Show the end of ``text`` that fits on the screen."""
        room = max(self._console.size.height - _RESERVED_LINES, 3)
        self._live.update(_python("\n".join(text.rstrip("\n").split("\n")[-room:])))

    def _keep(self, renderable: RenderableType) -> None:
        self._live.update("")
        self._console.print(renderable)

    def _failed(self, event: StageFailed) -> None:
        if self._made:
            self._keep(_python(self._made))
        what = Text(printable(event.error["what"]), style="bold red")
        self._keep(Group(what, Text(printable(event.error["todo"]))))

    def _finish(self, event: RunFinished) -> None:
        self._live.update("")
        self._stop()
        self._title("Timings")
        self._console.print(Padding(waterfall(self._spans, event.duration_s, self._console.width - 2), (0, 0, 0, 2)))
        usage = event.usage
        cost = f" · ${event.cost_usd:.4f}" if event.cost_usd else ""
        self._console.print(
            f"  [dim]{event.duration_s:.1f} s · {usage.prompt_tokens} prompt tokens, {usage.cached_tokens} of them "
            f"cached · {usage.completion_tokens} written{cost}[/dim]"
        )
        style = "bold green" if event.status == "passed" else "bold yellow"
        self._console.print(f"\n[{style}]{headline(event)}[/{style}] {escape(next_step(event))}")

    def _draw_frame(self) -> None:
        self._live.refresh()
        self._frame = asyncio.get_running_loop().call_later(1 / _FRAMES_PER_S, self._draw_frame)

    def _stop(self) -> None:
        if self._frame is not None:
            self._frame.cancel()
        self._live.stop()

    def __enter__(self) -> Self:
        self._live.start()
        self._draw_frame()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()


def _python(text: str) -> Syntax:
    return Syntax(printable(text.rstrip("\n")), "python", theme="ansi_dark", background_color="default", word_wrap=True)


def _options(options: list[str]) -> Text:
    return Text("\n".join(option_lines(options)))
