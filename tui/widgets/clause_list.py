"""The clauses of a specification as rows under headings, with a cursor that moves through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.keys import bind

if TYPE_CHECKING:
    from tui.clause_rows import ClauseRow

CURSOR, MARK = 2, 7
"""Columns, in cells: the cursor's sign, and the provenance with a space behind it."""


class ClauseLine(Widget):
    """One clause: the cursor's sign, its provenance, its words wrapped beside it, its problems beneath."""

    DEFAULT_CSS = """
    ClauseLine { height: auto; width: 1fr; }
    ClauseLine.-chosen { background: $boost; }
    """

    def __init__(self, row: ClauseRow) -> None:
        super().__init__()
        self.row = row
        self._chosen = False
        self._drawn: tuple[int, Content] = (0, Content())

    def show(self, row: ClauseRow) -> None:
        """Show another clause, or another state of it."""
        if row != self.row:
            self.row, self._drawn = row, (0, Content())
            self.refresh(layout=True)

    def choose(self, chosen: bool) -> None:
        """Put the cursor on it, or take it away."""
        if chosen is not self._chosen:
            self._chosen, self._drawn = chosen, (0, Content())
            self.set_class(chosen, "-chosen")
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """How many lines it takes at this width."""
        return self._content(width).plain.count("\n") + 1

    def render(self) -> Content:
        """The lines."""
        return self._content(self.content_size.width)

    def on_click(self) -> None:
        """Put the cursor here."""
        if isinstance(self.parent, ClauseList):
            self.parent.choose(self.row.address)

    def _content(self, width: int) -> Content:
        if self._drawn[0] != width:
            self._drawn = (width, Content("\n").join(self._lines(width)))
        return self._drawn[1]

    def _lines(self, width: int) -> list[Content]:
        row, room = self.row, max(10, width - CURSOR - MARK)
        lines = Content.styled(row.text, "bold" if self._chosen else "").wrap(room)
        for note in row.notes:
            lines += Content.styled(note, "$muted").wrap(room)
        for sign, words in row.problems:
            colour = "$error" if sign == "✗" else "$warning"
            first, *rest = Content.styled(words, colour).wrap(room - 2)
            lines += [Content.assemble((f"{sign} ", f"{colour} bold"), first), *(Content("  ") + line for line in rest)]
        sign = Content.styled("▸ " if self._chosen else "  ", "bold $primary")
        head = sign + Content.styled(f"{row.mark:<{MARK}}", "$muted") + lines[0]
        indent = Content(" " * (CURSOR + MARK))
        return [head, *(indent + line for line in lines[1:])]


class ClauseHeading(Static):
    """The name of a group of clauses."""

    DEFAULT_CSS = """
    ClauseHeading { height: 1; text-style: bold; color: $secondary; }
    """

    def __init__(self, group: str) -> None:
        super().__init__(group, markup=False)
        self.group = group


class ClauseList(VerticalScroll):
    """See the module. What a row does when keys are pressed is decided by the pane around it."""

    HELP = (
        "Every clause of the specification. The letter before it tells who wrote it, the percentage how sure they were."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j,down", "step(1)", "clauses.down", "Down", "Go to the next clause."),
        bind("k,up", "step(-1)", "clauses.up", "Up", "Go to the previous clause."),
        bind("home", "step(-9999)", "clauses.first", "First", "Go to the first clause."),
        bind("G,end", "step(9999)", "clauses.last", "Last", "Go to the last clause."),
        bind("pagedown", "page(1)", "clauses.page-down", "Page down", "Go down by a screenful."),
        bind("pageup", "page(-1)", "clauses.page-up", "Page up", "Go up by a screenful."),
    ]

    DEFAULT_CSS = """
    ClauseList { scrollbar-size-vertical: 1; }
    """

    @dataclass
    class Chosen(Message):
        """The cursor is on another row; None when there is none."""

        row: ClauseRow | None

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[ClauseLine] = []
        self._items: list[ClauseLine | ClauseHeading] = []
        self._index = 0
        self._hidden = ""

    @property
    def row(self) -> ClauseRow | None:
        """The row under the cursor."""
        return self.lines[self._index].row if self.lines else None

    @property
    def line(self) -> ClauseLine | None:
        """The widget of the row under the cursor."""
        return self.lines[self._index] if self.lines else None

    def show_rows(self, rows: Sequence[ClauseRow], *, address: str = "") -> None:
        """Show these rows; what stays the same is not drawn again.

        Args:
            address: where to put the cursor; it stays where it is when there is no such row.
        """
        wanted = _outline(rows)
        shown = [item.group if isinstance(item, ClauseHeading) else None for item in self._items]
        kinds = [item if isinstance(item, str) else None for item in wanted]
        head = _common(shown, kinds)
        tail = _common(shown[head:][::-1], kinds[head:][::-1])
        with self.app.batch_update():
            for gone in self._items[head : len(shown) - tail]:
                gone.remove()
            middle = [
                ClauseHeading(item) if isinstance(item, str) else ClauseLine(item)
                for item in wanted[head : len(wanted) - tail]
            ]
            after = self._items[:head]
            before = self._items[len(shown) - tail :]
            if middle:
                if after:
                    self.mount_all(middle, after=after[-1])
                elif before:
                    self.mount_all(middle, before=before[0])
                else:
                    self.mount_all(middle)
            self._items = [*after, *middle, *before]
            self.lines = [item for item in self._items if isinstance(item, ClauseLine)]
            for line, row in zip(self.lines, rows, strict=True):
                line.show(row)
                line.display = row.address != self._hidden
        self._index = min(self._index, max(0, len(self.lines) - 1))
        self.choose(address or (self.row.address if self.row else ""))

    def hide(self, address: str) -> None:
        """Hide the row of the clause at ``address``, because it is being edited; none when it is empty."""
        self._hidden = address
        for line in self.lines:
            line.display = line.row.address != address

    def choose(self, address: str) -> bool:
        """Put the cursor on a clause; whether there is one with that address."""
        found = next((index for index, line in enumerate(self.lines) if line.row.address == address), None)
        if found is not None:
            self._index = found
        for index, line in enumerate(self.lines):
            line.choose(index == self._index)
        self.post_message(self.Chosen(self.row))
        self.call_after_refresh(self._reveal)
        return found is not None

    def action_step(self, count: int) -> None:
        """Go down by ``count`` rows, up when it is negative."""
        if self.lines:
            index = min(len(self.lines) - 1, max(0, self._index + count))
            self.choose(self.lines[index].row.address)

    def action_page(self, way: int) -> None:
        """Go on by as many rows as fit the height."""
        if self.lines:
            top = self.lines[self._index].virtual_region.y + way * max(1, self.size.height - 1)
            near = min(self.lines, key=lambda line: abs(line.virtual_region.y - top))
            self.choose(near.row.address)

    def _reveal(self) -> None:
        line = self.line
        if line is None or not line.is_attached:
            return
        if self._index == 0:
            self.scroll_home(animate=False)
        else:
            self.scroll_to_widget(line, animate=False)


def _outline(rows: Sequence[ClauseRow]) -> list[ClauseRow | str]:
    """The rows with the name of each group before its first."""
    outline: list[ClauseRow | str] = []
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            outline.append(group)
        outline.append(row)
    return outline


def _common(one: Sequence[str | None], other: Sequence[str | None]) -> int:
    """How many items at the beginning are the same."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
