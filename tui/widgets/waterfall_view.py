"""A waterfall that grows while a run goes on: one line per span, of which only those that changed are drawn again.

The figures stand before the bars: what is sent to a terminal of a line that changes is all up to
its last change, and that is the tip of the bar.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.keys import bind
from tui.run_words import seconds
from tui.waterfall_layout import Bar, Timeline, axis, axis_end, choose, groups, place

LABEL = 13
"""Cells for the name of a stage or span."""

FIGURES = 9
"""Cells for the seconds."""

TOKENS = 11
RATE = 8
"""Cells for a stage's tokens, and its tokens per second; left out where it is too narrow for them."""

GAP = 2
"""Cells between the figures and the bars."""

AXIS_FROM = 7
"""Lines from which on one is spent on the axis."""


class WaterfallView(ScrollView, can_focus=True):
    """Shows a :class:`~tui.waterfall_layout.Timeline`; see the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "detail", "waterfall.detail", "All spans", "Show every span, or what there is room for."),
        bind("j", "scroll_down", "waterfall.down", "Down", "Scroll down."),
        bind("k", "scroll_up", "waterfall.up", "Up", "Scroll up."),
        bind("G", "scroll_end", "waterfall.last", "End", "Scroll to the end."),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "waterfall--draft",
        "waterfall--refine",
        "waterfall--assist",
        "waterfall--implement",
        "waterfall--repair",
        "waterfall--compare",
        "waterfall--check",
        "waterfall--save",
        "waterfall--axis",
        "waterfall--part",
    }
    DEFAULT_CSS = """
    WaterfallView {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;

        .waterfall--draft, .waterfall--refine, .waterfall--assist { color: $primary; text-style: bold; }
        .waterfall--implement, .waterfall--repair, .waterfall--compare { color: $secondary; text-style: bold; }
        .waterfall--check { color: $success; text-style: bold; }
        .waterfall--save { color: $warning; text-style: bold; }
        .waterfall--axis { color: $muted; }
        .waterfall--part { color: $foreground; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.timeline = Timeline()
        self.detail: bool | None = None
        """Whether to show every span (True), stages alone (False), or what there is room for (None)."""
        self.scale_s: float | None = None
        """Length of the axis in seconds, for several views on one scale; by itself each takes its own."""
        self._bars: list[Bar] = []
        self._axis_s = 1.0
        self._strips: list[tuple[object, Strip]] = []
        self._plain: Style | None = None

    @property
    def lines(self) -> list[str]:
        """What it shows, as text, the whole of it."""
        return [strip.text.rstrip() for _, strip in self._strips]

    def show(self, timeline: Timeline) -> None:
        """Show another timeline, or how far this one has come."""
        self.timeline = timeline
        self._arrange()

    def action_detail(self) -> None:
        """Show all spans, or what there is room for."""
        self.set_detail(None if self.detail else True)

    def set_detail(self, detail: bool | None) -> None:
        """Show every span, only stages, or what there is room for."""
        self.detail = detail
        self._arrange()

    def set_scale(self, scale_s: float | None) -> None:
        """Use an axis of this many seconds."""
        self.scale_s = scale_s
        self._arrange()

    def on_resize(self) -> None:
        """Make use of the room."""
        self._arrange()

    def notify_style_update(self) -> None:
        """Draw with the new colours."""
        super().notify_style_update()
        self._strips = []
        self._plain = None
        self.refresh()
        self._arrange()

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        at = y + self.scroll_offset.y
        strip = self._strips[at][1] if at < len(self._strips) else Strip.blank(0)
        if self._plain is None:
            self._plain = self.rich_style
        return strip.adjust_cell_length(self.size.width, self._plain)

    def _arrange(self) -> None:
        """Lay the lines out again; those that come out differently are redrawn."""
        timeline, width, height = self.timeline, self.scrollable_content_region.width, self.size.height
        if not width or not height or not self.is_attached:
            return
        found = groups(timeline)
        self._bars = choose(found, height - (height >= AXIS_FROM), detail=self.detail)
        going = timeline.open is not None
        self._axis_s = self.scale_s or (axis_end(timeline.total_s) if going else max(timeline.total_s, 0.001))
        keys: list[object] = [(bar, self._axis_s, width) for bar in self._bars]
        if keys and height >= AXIS_FROM:
            keys.append((self._axis_s, width))
        before, self._strips = self._strips, []
        for at, key in enumerate(keys):
            if at < len(before) and before[at][0] == key:
                self._strips.append(before[at])
                continue
            bar = self._bars[at] if at < len(self._bars) else None
            self._strips.append((key, self._strip(bar, width) if bar else self._axis_strip(width)))
            old = before[at][1].text if at < len(before) else ""
            if until := changed_until(old, self._strips[at][1].text):
                self.refresh(Region(0, at - self.scroll_offset.y, until, 1))
        gone = len(before) - len(keys)
        if gone > 0:
            self.refresh(Region(0, len(keys) - self.scroll_offset.y, self.size.width, gone))
        if len(keys) != len(before):
            follow = going and self.scroll_offset.y >= self.max_scroll_y
            self.virtual_size = Size(width, len(keys))
            if follow:
                self.scroll_end(animate=False, immediate=True)

    def _columns(self, width: int) -> tuple[int, bool, bool]:
        """Cells for the bars, and whether there are any for tokens and for their rate."""
        tokens, rate = width >= 52, width >= 62
        return max(width - LABEL - FIGURES - tokens * TOKENS - rate * RATE - GAP, 4), tokens, rate

    def _strip(self, bar: Bar, width: int) -> Strip:
        room, with_tokens, with_rate = self._columns(width)
        start, length = place(bar.start_s, bar.duration_s, self._axis_s, room)
        stage = self.get_component_rich_style(f"waterfall--{bar.stage}")
        part = self.get_component_rich_style("waterfall--part")
        label = f"  {bar.name}" if bar.name else bar.stage
        drawn = ("━" if not bar.name else "─") * length
        if bar.open:
            drawn = f"{drawn[:-1]}>"
        figures = seconds(bar.duration_s).rjust(FIGURES)
        if with_tokens:
            figures += (f"{bar.tokens:,} tok" if bar.tokens and not bar.name else "").rjust(TOKENS)
        if with_rate:
            figures += (f"{bar.rate:.0f}/s" if bar.rate and not bar.name else "").rjust(RATE)
        return Strip(
            [
                Segment(label[: LABEL - 1].ljust(LABEL), part if bar.name else stage),
                Segment(figures + " " * (GAP + start), part),
                Segment(drawn, stage),
            ]
        )

    def _axis_strip(self, width: int) -> Strip:
        room, _, _ = self._columns(width)
        before = width - room
        style = self.get_component_rich_style("waterfall--axis")
        return Strip([Segment(" " * before + axis(self._axis_s, room), style)])


def changed_until(old: str, new: str) -> int:
    """The cell after the last one in which two lines, of characters of one cell, differ; 0 where they are the same."""
    length = max(len(old), len(new))
    old, new = old.ljust(length), new.ljust(length)
    return next((at + 1 for at in reversed(range(length)) if old[at] != new[at]), 0)
