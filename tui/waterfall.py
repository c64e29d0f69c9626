"""The waterfall of a finished run on the command line; the workbench draws its own, of the same layout."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from engine.stages.events import Span, Stage
from tui.waterfall_layout import place, shown

STYLES: dict[Stage, str] = {
    "draft": "cyan",
    "refine": "cyan",
    "assist": "cyan",
    "implement": "magenta",
    "check": "green",
    "repair": "magenta",
    "compare": "magenta",
    "save": "yellow",
}


def waterfall(spans: Sequence[Span], total_s: float, width: int) -> Table:
    """A table of stage, span, bar and seconds for a terminal ``width`` columns wide."""
    table = Table.grid(padding=(0, 1))
    table.add_column("stage", no_wrap=True)
    table.add_column("span", no_wrap=True)
    table.add_column("bar", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    room = max(width - 42, 10)
    previous = ""
    for span in shown(spans):
        stage = span.stage if span.stage != previous else ""
        previous = span.stage
        style = STYLES[span.stage]
        bar = Text(_bar(span, total_s, room), style=style, no_wrap=True)
        table.add_row(Text(stage, style=f"bold {style}"), span.name, bar, f"{span.duration_s:.2f} s")
    return table


def _bar(span: Span, total_s: float, room: int) -> str:
    start, length = place(span.start_s, span.duration_s, total_s, room)
    return (" " * start + "━" * length).ljust(room)
