"""A list of any number of sessions that draws, and keeps, only what is near the visible part.

The list knows the numbers of all its sessions, so that its scrollbar is exact and every place is
one step away. The records behind the numbers are read as they are needed: the list asks with
:class:`SessionList.Wanted` and is answered with :meth:`SessionList.feed`, one question at a time,
always for what is visible by then.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from tui.widgets.session_row import RowStyle, row_lines

if TYPE_CHECKING:
    from engine.sessions.records import Session

KEPT = 4_000
"""Up to this many records are kept for scrolling back, some 1 kB each."""

DRAWN = 512
"""How many drawn rows are kept."""

AGES_S = 30.0
"""How often ages are drawn anew, in seconds."""


class SessionList(ScrollView, can_focus=True, inherit_bindings=False):
    """See the module. The keys that move the cursor belong to the pane around it."""

    ALLOW_SELECT = False
    HELP = "The sessions. » is the one that is open; ○ is a draft, ◆ finalized, ◌ abandoned."
    COMPONENT_CLASSES: ClassVar[set[str]] = {"session-list--row", "session-list--cursor", "session-list--muted"}
    DEFAULT_CSS = """
    SessionList {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .session-list--muted { color: $muted; }
        & > .session-list--cursor {
            color: $block-cursor-blurred-foreground;
            background: $block-cursor-blurred-background;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .session-list--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
    }
    """

    empty_text: reactive[str] = reactive("")
    """What stands in the list while there is nothing in it."""

    @dataclass
    class Wanted(Message):
        """Records are missing, or may have changed."""

        generation: int
        numbers: list[int]

    @dataclass
    class Moved(Message):
        """The user has moved the cursor to the session with this number."""

        number: int

    class Chosen(Message):
        """The user has clicked twice on the session under the cursor."""

    class EndSeen(Message):
        """The last session of the list is in sight."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.order: array[int] = array("q")
        self.cursor = 0
        """The place of the cursor in :attr:`order`."""
        self._clock = clock
        self._records: dict[int, Session] = {}
        self._fresh: set[int] = set()
        self._generation = 0
        self._asking = False
        self._end_told = False
        self._open_id = ""
        self._by_creation = False
        self._snippets: Mapping[int, str] | None = None
        self._drawn: LRUCache[tuple[int, bool, Style], list[Strip]] = LRUCache(DRAWN)
        self._empty_key: tuple[str, int, Style] | None = None
        self._empty_lines: list[Strip] = []

    # What is shown ---------------------------------------------------------------------------

    @property
    def number(self) -> int | None:
        """The number of the session under the cursor; None in an empty list."""
        return self._at(self.cursor)

    @property
    def current(self) -> Session | None:
        """The session under the cursor; None in an empty list, and until it has been read."""
        return self._records.get(self.number) if self.number is not None else None

    def show(
        self,
        order: array[int],
        *,
        go_to: int | None = None,
        by_creation: bool = False,
        snippets: Mapping[int, str] | None = None,
    ) -> None:
        """Show these sessions, the cursor and the rows around it where they were as far as possible.

        Args:
            go_to: put the cursor on this session, if it is in the list.
            by_creation: ages are those of the sessions, not of their last changes.
            snippets: what a search found in them.
        """
        same = order is self.order or order.tobytes() == self.order.tobytes()
        if go_to is None and same and (by_creation, snippets) == (self._by_creation, self._snippets):
            return
        height, top = self._row.height, self.scroll_offset.y
        fixed = self.cursor if 0 <= self.cursor * height - top < self._page_height else top // height
        anchor, above = self._at(fixed), fixed * height - top
        before = self.number
        self.order, self._by_creation, self._snippets = order, by_creation, snippets
        self._drawn.clear()
        self._end_told = False
        self.cursor = _place(order, before, self.cursor)
        if go_to is not None:
            self.cursor = _place(order, go_to, self.cursor)
        self._resize_content()
        if top:
            self._scroll(_place(order, anchor, fixed) * self._row.height - above)
        if go_to is not None or top == 0:
            self._show_cursor()
        self.refresh()

    def show_open(self, session_id: str) -> None:
        """Mark the session that the other panes show."""
        if session_id != self._open_id:
            self._open_id = session_id
            self._drawn.clear()
            self.refresh()

    def know(self, records: Mapping[int, Session]) -> None:
        """Take in records that were read anyway."""
        self._records.update(records)
        self._fresh.update(records)

    def feed(self, generation: int, asked: Sequence[int], records: Mapping[int, Session]) -> None:
        """Take in the answer to :class:`Wanted`."""
        self._asking = False
        seen = self._records
        changed = [number for number in asked if seen.get(number) != records.get(number)]
        for number in changed:
            if number in records:
                seen[number] = records[number]
            else:
                seen.pop(number, None)
        if generation == self._generation:
            self._fresh.update(asked)
        if len(seen) > KEPT:
            near = self._near()
            self._records = {number: seen[number] for number in near if number in seen}
            self._fresh.intersection_update(near)
        if changed:
            self._drawn.clear()
            self.refresh()
        self._ask()

    def expire(self) -> None:
        """Read the records again that are in sight; they may have changed."""
        self._generation += 1
        self._asking = False
        self._fresh.clear()
        self._ask()

    def go_to(self, number: int) -> bool:
        """Put the cursor on the session with this number; whether it is in the list."""
        place = _place(self.order, number, -1)
        if place >= 0:
            self._put(place)
        return place >= 0

    def move(self, rows: int) -> None:
        """Move the cursor by so many rows."""
        self._move_to(self.cursor + rows)

    def move_page(self, way: int) -> None:
        """Move the cursor by a page; ``way`` is 1 or -1."""
        self.move(way * max(self._page_height // self._row.height - 1, 1))

    def move_end(self, way: int) -> None:
        """Move the cursor to the end of the list, or with -1 to its beginning."""
        self._move_to(len(self.order) - 1 if way > 0 else 0)

    # The place of things ---------------------------------------------------------------------

    @property
    def _row(self) -> RowStyle:
        width = self.scrollable_content_region.width
        return RowStyle(width, self._clock(), by_creation=self._by_creation, snippets=self._snippets is not None)

    @property
    def _page_height(self) -> int:
        return self.scrollable_content_region.height

    def _at(self, place: int) -> int | None:
        return self.order[place] if 0 <= place < len(self.order) else None

    def _move_to(self, place: int) -> None:
        place = max(0, min(place, len(self.order) - 1))
        if self.order and place != self.cursor:
            self._put(place)
            self.post_message(self.Moved(self.order[place]))

    def _put(self, place: int) -> None:
        height = self._row.height
        for changed in (self.cursor, place):
            self.refresh_lines(changed * height, height)
        self.cursor = place
        self._show_cursor()

    def _show_cursor(self) -> None:
        height, page = self._row.height, self._page_height
        first = self.cursor * height
        if first < self.scroll_offset.y:
            self._scroll(first)
        elif first + height > self.scroll_offset.y + page:
            self._scroll(first + height - page)

    def _scroll(self, line: int) -> None:
        self.scroll_to(y=max(0, min(line, self.max_scroll_y)), animate=False, force=True)

    def _resize_content(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.order) * self._row.height)

    def _near(self) -> list[int]:
        """The numbers in sight, and those a page further up and down."""
        height = self._row.height
        page = self._page_height // height + 2
        first = self.scroll_offset.y // height
        return list(self.order[max(first - page, 0) : first + 2 * page])

    def _ask(self) -> None:
        """Ask for the records that are missing or may have changed, unless an answer is under way."""
        if not self._asking and (numbers := [number for number in self._near() if number not in self._fresh]):
            self._asking = True
            self.post_message(self.Wanted(self._generation, numbers))

    # Events ----------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Let the ages grow."""
        self.set_interval(AGES_S, self._redraw)

    def on_resize(self) -> None:
        """Rows may have another height now; keep the cursor where it can be seen."""
        self._drawn.clear()
        self._resize_content()
        self._show_cursor()
        self._ask()

    def on_click(self, event: events.Click) -> None:
        """Go to the row that was clicked; a second click chooses it."""
        place = (event.y + self.scroll_offset.y) // self._row.height
        if place < len(self.order):
            self._move_to(place)
            if event.chain == 2:
                self.post_message(self.Chosen())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Read what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._ask()

    def notify_style_update(self) -> None:
        """Another theme, or the focus came or went."""
        super().notify_style_update()
        self._drawn.clear()

    def _redraw(self) -> None:
        self._drawn.clear()
        self.refresh()

    # Drawing ---------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the visible part."""
        row = self._row
        if not self.order:
            return self._empty_line(y, row.width)
        place, line = divmod(y + self.scroll_offset.y, row.height)
        if place >= len(self.order):
            return Strip.blank(row.width, self.get_visual_style("session-list--row").rich_style)
        if place == len(self.order) - 1 and not self._end_told:
            self._end_told = True
            self.post_message(self.EndSeen())
        return self._strips(place, row)[line]

    def _strips(self, place: int, row: RowStyle) -> list[Strip]:
        number = self.order[place]
        record, is_current = self._records.get(number), place == self.cursor
        style = self.get_visual_style(f"session-list--{'cursor' if is_current else 'row'}")
        key = (number, record is None, style)
        strips = self._drawn.get(key)
        if strips is None:
            if record is None:
                lines = [Content("  …")] + [Content("")] * (row.height - 1)
            else:
                is_open = record.id == self._open_id
                snippet = (self._snippets or {}).get(number, "")
                lines = row_lines(record, row, is_open=is_open, is_current=is_current, snippet=snippet)
            strips = [Visual.to_strips(self, line, row.width, 1, style, pad=True)[0] for line in lines]
            self._drawn.set(key, strips)
        return strips

    def _empty_line(self, y: int, width: int) -> Strip:
        style = self.get_visual_style("session-list--muted")
        key = self.empty_text, width, style
        if key != self._empty_key:
            lines = Visual.to_strips(self, Content(self.empty_text), max(width, 1), None, style, pad=True)
            self._empty_key, self._empty_lines = key, lines
        return self._empty_lines[y] if y < len(self._empty_lines) else Strip.blank(width, style.rich_style)


def _place(order: array[int], number: int | None, otherwise: int) -> int:
    """Where ``number`` is in ``order``; if it is not, ``otherwise``, or the last place before it."""
    if number is not None:
        try:
            return order.index(number)
        except ValueError:
            pass
    return min(otherwise, max(len(order) - 1, 0))
