"""Code with line numbers, colours and a cursor, that may still be streaming.

A frame of a stream redraws the lines that changed and no other. When the text reaches the lower
edge it moves up by a third of the view at once: a line at a time would redraw every line for each
new one, and over SSH that is most of what there is to send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.events import Blur, Focus, MouseDown, MouseScrollUp
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.keys import bind

if TYPE_CHECKING:
    from textual.selection import Selection

    from tui.code_versions import Mark
    from tui.highlight import Highlighter, Line

TAB = "    "
WIDER = 16
"""By how many cells the room to scroll sideways in grows while text streams."""


class Row(NamedTuple):
    """One line shown: its sign in a comparison, its number (none for a line that is gone), and itself."""

    mark: Mark
    number: int | None
    line: Line


class CodeView(ScrollView, can_focus=True):
    """See the module."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "code--keyword",
        "code--string",
        "code--number",
        "code--comment",
        "code--function",
        "code--type",
        "code--constant",
        "code--plain",
        "code--gutter",
        "code--added",
        "code--removed",
        "code--cursor",
    }
    DEFAULT_CSS = """
    CodeView {
        height: 1fr;
        scrollbar-size: 1 1;

        .code--keyword { color: $primary; text-style: bold; }
        .code--string { color: $success; }
        .code--number, .code--constant { color: $accent; }
        .code--comment { color: $muted; text-style: italic; }
        .code--function { color: $secondary; text-style: bold; }
        .code--type { color: $secondary; }
        .code--plain { color: $foreground; }
        .code--gutter { color: $muted; }
        .code--added { color: $success; text-style: bold; }
        .code--removed { color: $error; text-style: bold; }
        .code--cursor { background: $panel; text-style: bold; }

        &:ansi .code--cursor { text-style: reverse; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j", "move(1)", "code.down", "Down", "Go down by a line."),
        bind("up,k", "move(-1)", "code.up", "Up", "Go up by a line."),
        bind("pagedown", "page(1)", "code.page-down", "Page down", "Go down by a page."),
        bind("pageup", "page(-1)", "code.page-up", "Page up", "Go up by a page."),
        bind("home", "edge(-1)", "code.first", "First line", "Go to the first line."),
        bind("end,G", "edge(1)", "code.last", "Last line", "Go to the last line, and follow what streams."),
        bind("shift+down", "select(1)", "code.select-down", "Select down", "Select lines downwards; y copies them."),
        bind("shift+up", "select(-1)", "code.select-up", "Select up", "Select lines upwards; y copies them."),
        bind("right", "aside(8)", "code.right", "Right", "Scroll to the right."),
        bind("left", "aside(-8)", "code.left", "Left", "Scroll to the left."),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: list[Row] = []
        self.cursor = 0
        """Index of the row that the cursor is on."""
        self.following = True
        """Whether the end stays in view while text is appended."""
        self._anchor: int | None = None
        self._source: Highlighter | None = None
        self._streaming = False
        self._wide = 0
        self._strips: dict[int, Strip] = {}
        self._own: Style | None = None

    # Content -----------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The code shown, a comparison without the lines that are gone; in characters that can be printed."""
        return "\n".join(row.line.text for row in self.rows if row.number is not None)

    def load(self, text: str, *, streaming: bool = False) -> None:
        """Show other code, from its beginning; ``streaming`` says that more will be appended."""
        from tui.highlight import Highlighter

        self._source = Highlighter(_clean(text))
        self._streaming, self.following = streaming, streaming
        self._show(_rows(self._source.lines))

    def append(self, text: str) -> None:
        """Add to what :meth:`load` has shown."""
        if self._source is None:
            self.load(text, streaming=True)
            return
        first = self._source.append(_clean(text))
        before = len(self.rows)
        gutter = self.number_cells
        self.rows[first:] = _rows(self._source.lines[first:], first + 1)
        self._wide = max([self._wide, *(cell_len(row.line.text) for row in self.rows[first:])])
        if self.number_cells != gutter:
            first = 0
        for at in range(first, max(before, len(self.rows))):
            self._strips.pop(at, None)
        for at in range(first, len(self.rows)):
            self._redraw(at, cells=self.number_cells + cell_len(self.rows[at].line.text) + 1)
        if before > len(self.rows):
            self._redraw(len(self.rows), before - len(self.rows))
        self._resize()

    def finish(self) -> None:
        """No more will be appended: give the room below the end back."""
        if self._streaming:
            self._streaming = False
            self._resize()

    def compare(self, old: str, new: str) -> None:
        """Show ``new`` with signs for what it has and has not of ``old``."""
        from tui.code_versions import differences
        from tui.highlight import Highlighter

        self._source, self._streaming, self.following = None, False, False
        rows = differences(*(_ended(Highlighter(_clean(text)).lines) for text in (old, new)))
        self._show([Row(*row) for row in rows])
        changed = next((at for at, row in enumerate(self.rows) if row.mark), 0)
        self._go(changed)

    def go_to(self, number: int) -> bool:
        """Put the cursor on the line ``number``, counted from 1; whether there is such a line."""
        at = next((at for at, row in enumerate(self.rows) if row.number == number), None)
        if at is not None:
            self.following = False
            self._go(at)
            self.scroll_to(y=max(at - self.size.height // 3, 0), animate=False)
        return at is not None

    @property
    def chosen_text(self) -> str:
        """The lines selected with the keyboard, each with its end; empty when none are."""
        if self._anchor is None:
            return ""
        low, high = sorted((self._anchor, self.cursor))
        return "".join(f"{row.line.text}\n" for row in self.rows[low : high + 1])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text selected with the mouse, without line numbers."""
        gutter, lines = self.number_cells, list[str]()
        for at, row in enumerate(self.rows):
            span = selection.get_span(at)
            if span is not None:
                start, end = span
                lines.append(row.line.text[max(start - gutter, 0) : None if end < 0 else max(end - gutter, 0)])
        return "\n".join(lines), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show what the mouse has selected."""
        self.refresh()

    # Moving ------------------------------------------------------------------------------------

    def action_move(self, count: int) -> None:
        """Move the cursor by lines."""
        self._anchor = None
        self._go(self.cursor + count)

    def action_page(self, count: int) -> None:
        """Move the cursor by pages."""
        self.action_move(count * max(self.size.height - 1, 1))

    def action_edge(self, way: int) -> None:
        """Move the cursor to the beginning or the end."""
        self._anchor = None
        self._go(0 if way < 0 else len(self.rows) - 1)
        if way > 0:
            self.following = True

    def action_select(self, count: int) -> None:
        """Extend the selection by lines."""
        if self._anchor is None:
            self._anchor = self.cursor
        self._go(self.cursor + count)

    def action_aside(self, cells: int) -> None:
        """Scroll sideways."""
        self.scroll_relative(x=cells, animate=False)

    def on_mouse_down(self, event: MouseDown) -> None:
        """Put the cursor where the mouse is."""
        self._anchor = None
        self._go(self.scroll_offset.y + event.y)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Whoever scrolls up wants to read what is there."""
        self.following = False

    def on_focus(self, event: Focus) -> None:
        """Show the cursor."""
        self._redraw(self.cursor)

    def on_blur(self, event: Blur) -> None:
        """Hide the cursor."""
        self._redraw(self.cursor)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """At the end, the end is followed again."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and new_value < self.max_scroll_y:
            self.following = False

    def _go(self, row: int) -> None:
        row = max(min(row, len(self.rows) - 1), 0)
        if row < self.cursor:
            self.following = False
        low, high = sorted((self.cursor, row))
        self.cursor = row
        if self._anchor is None:
            self.refresh()  # a selection may have gone
        else:
            self._redraw(low, high - low + 1)
        self.scroll_to_region(
            Region(self.scroll_offset.x, row, 1, 1), animate=False, force=True, x_axis=False, immediate=True
        )

    # Drawing -----------------------------------------------------------------------------------

    @property
    def number_cells(self) -> int:
        """Cells before the code: sign, number and a blank."""
        return 1 + max(len(str(len(self.rows))), 2) + 1

    def notify_style_update(self) -> None:
        """Draw with the new colours."""
        super().notify_style_update()
        self._strips.clear()
        self._own = None

    def on_resize(self) -> None:
        """Keep the end in view."""
        self._resize()

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        scroll_x, scroll_y = self.scroll_offset
        width, at = self.size.width, y + scroll_y
        if at >= len(self.rows):
            return Strip.blank(width, self._plain())
        strip = self._strips.get(at)
        if strip is None:
            strip = self._strips[at] = self._strip(self.rows[at])
        if (selection := self.text_selection) is not None and (span := selection.get_span(at)) is not None:
            start, end = span
            stop = strip.cell_length if end < 0 else min(end, strip.cell_length)
            chosen = _over(strip.crop(start, stop), self.screen.get_component_rich_style("screen--selection"))
            strip = Strip.join([strip.crop(0, start), chosen, strip.crop(stop)])
        shown = strip.crop_extend(scroll_x, scroll_x + width, self._plain()).apply_offsets(scroll_x, at)
        if self._anchor is not None and min(self._anchor, self.cursor) <= at <= max(self._anchor, self.cursor):
            return _over(shown, Style(reverse=True))
        if at == self.cursor and self.has_focus:
            return _over(shown, self._cursor_style())
        return shown

    def _plain(self) -> Style:
        """The style of the widget itself, which takes a while to find out."""
        if self._own is None:
            self._own = self.rich_style
        return self._own

    def _cursor_style(self) -> Style:
        """What the cursor changes: the background, and nothing of the colours of the code."""
        style = self.get_component_rich_style("code--cursor")
        return Style(bgcolor=style.bgcolor, bold=style.bold, reverse=style.reverse)

    def _strip(self, row: Row) -> Strip:
        sign = {"+": "code--added", "-": "code--removed", "": "code--gutter"}[row.mark]
        gutter, plain = self.get_component_rich_style("code--gutter"), self.get_component_rich_style("code--plain")
        text = row.line.text
        segments = [
            Segment(row.mark or " ", self.get_component_rich_style(sign)),
            Segment(f"{row.number or ''}".rjust(self.number_cells - 2) + " ", gutter),
        ]
        done = 0
        for start, end, part in row.line.stretches:
            segments.append(Segment(text[done:start], plain))
            segments.append(Segment(text[start:end], self.get_component_rich_style(f"code--{part}")))
            done = end
        segments.append(Segment(text[done:], plain))
        return Strip(segments)

    def _show(self, rows: list[Row]) -> None:
        """Show other rows, from the first one."""
        self.rows = rows
        self._strips.clear()
        self._anchor, self.cursor = None, 0
        self._wide = max((cell_len(row.line.text) for row in rows), default=0)
        following = self.following
        self._resize()
        self.scroll_to(x=0, y=None if following else 0, animate=False)
        self.following = following
        self.refresh()

    def _redraw(self, first: int, count: int = 1, *, cells: int | None = None) -> None:
        """Draw lines anew, in their whole width or up to a cell where nothing further on has changed."""
        width = self.size.width if cells is None else max(min(cells - self.scroll_offset.x, self.size.width), 0)
        self.refresh(Region(0, first - self.scroll_offset.y, width, count))

    def _resize(self) -> None:
        """Make the room to scroll in fit the code, and keep its end in view if it is followed.

        A change of that room redraws everything, so while text streams in it grows in steps.
        """
        width, height = self.size
        wide, high = self._wide + self.number_cells + 1, len(self.rows)
        if self._streaming:
            step = max(height // 3, 1)
            wide = width if wide <= width else _up(wide, WIDER)
            high = height if high <= height else height + _up(high - height, step)
        size = Size(wide, high)
        following = self.following
        if size != self.virtual_size:
            self.virtual_size = size
        if following and high - height > self.scroll_offset.y:
            self.scroll_to(y=high - height, animate=False)
        self.following = following


def _ended(lines: list[Line]) -> list[Line]:
    """The lines that there are: the end of a line does not begin another one."""
    return lines if lines[-1].text else lines[:-1]


def _rows(lines: list[Line], first: int = 1) -> list[Row]:
    """Lines as they are shown, counted from ``first``."""
    return [Row("", number, line) for number, line in enumerate(_ended(lines), first)]


def _up(number: int, step: int) -> int:
    """The next multiple of ``step`` at or above ``number``."""
    return -(-number // step) * step


def _over(strip: Strip, style: Style) -> Strip:
    """``strip`` with ``style`` over its own styles."""
    return Strip(list(Segment.apply_style(strip, post_style=style)), strip.cell_length)


def _clean(text: str) -> str:
    """``text`` so that it can be shown and every character has a cell of its own."""
    from tui.wording import printable

    return printable(text).replace("\t", TAB)
