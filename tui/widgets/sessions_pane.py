"""The pane of the sessions: the list with its filters, its order and its search."""

from __future__ import annotations

import asyncio
from array import array
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from tui.keys import bind
from tui.messages import Failed, SessionPicked, SessionRead
from tui.session_query import SORTS, Query
from tui.widgets.facts import Facts
from tui.widgets.list_actions import ListActions
from tui.widgets.session_list import SessionList
from tui.widgets.session_search import SearchField

if TYPE_CHECKING:
    from engine.sessions.records import Session
    from engine.sessions.search import Hits
    from engine.sessions.store import SessionStore
    from tui.screens.workbench import WorkbenchScreen
    from tui.session_view import SessionView

FOLLOW_S = 0.15
"""The session under the cursor is opened once the cursor has rested there for so long, in seconds."""

TYPING_S = 0.06
"""A search begins once nothing has been typed for so long, in seconds."""

HITS = 50
"""How many sessions a search finds at once; more are looked for when the last one is in sight."""

SORT_KEY = "sessions.sort"
"""The key under which the order is remembered."""


class SessionsPane(ListActions):
    """See the module."""

    NAME = "Sessions"
    HELP = (
        "All sessions; the one under the cursor opens when the cursor rests. »: open. ○ draft, ◆ finalized, "
        "◌ abandoned. ?2: two open questions. ✓5 ✗1: checks. ▶: runs. ‖: was stopped or interrupted."
    )
    DEFAULT_CSS = """
    SessionsPane > #summary { color: $muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("up,k", "move(-1)", "sessions.up", "Up", "Go to the session above."),
        bind("down,j", "move(1)", "sessions.down", "Down", "Go to the session below."),
        bind("pageup", "page(-1)", "sessions.page-up", "Page up", "Go up by a page."),
        bind("pagedown", "page(1)", "sessions.page-down", "Page down", "Go down by a page."),
        bind("home", "end(-1)", "sessions.first", "First", "Go to the first session."),
        bind("end,G", "end(1)", "sessions.last", "Last", "Go to the last session."),
        bind("enter", "open", "sessions.open", "Open", "Open the session and go to its specification.", show=True),
        bind("f", "filter", "sessions.filter", "Filter", "Choose which sessions the list shows.", show=True),
        bind("s", "sort", "sessions.sort", "Sort", "Sort by last change, by creation, or by title."),
        bind("escape", "leave_search", "sessions.leave-search", "All sessions", "Leave the search.", show=True),
    ]

    @dataclass
    class OrderRead(Message):
        """The list for ``query`` has been read."""

        query: Query
        order: array[int]

    @dataclass
    class Found(Message):
        """A search has found something.

        ``step`` says what: a new search's hits, those of the same search ``again``, or ``more`` of them.
        """

        text: str
        hits: Hits
        step: str

    @dataclass
    class RecordsRead(Message):
        """The records that the list wanted have been read."""

        wanted: SessionList.Wanted
        records: dict[int, Session]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._query = Query()
        self._reveal: int | None = None
        self._replace_open = False
        self._snippets: dict[int, str] = {}
        self._next_hits: str | None = None

    def compose(self) -> ComposeResult:
        """The search line, what the list shows, the list."""
        yield SearchField()
        yield Facts(id="summary")
        yield SessionList()

    def on_mount(self) -> None:
        """Read the list once the screen has been painted."""
        self._summarise(["reading …"])
        self.call_after_refresh(self._first_read)

    def _first_read(self) -> None:
        self._query = self._query.with_sort(self.lift_app.memory.get(SORT_KEY))
        self.refresh_list()

    @property
    def sessions(self) -> SessionList:
        """The list."""
        return self.query_one(SessionList)

    @property
    def field(self) -> SearchField:
        """The search line."""
        return self.query_one(SearchField)

    @property
    def search_text(self) -> str:
        """What is searched for; empty while the whole list shows."""
        return self.field.value.strip()

    # What a pane does --------------------------------------------------------------------------

    def show_session(self, view: SessionView | None) -> None:
        """Mark the open session, and follow when it was opened elsewhere."""
        before = self.view.session.id if self.view else None
        super().show_session(view)
        self.sessions.show_open(view.session.id if view else "")
        if view is None or view.session.id == before or (self.sessions.has_focus and before is not None):
            return
        if not self.sessions.order:
            self._reveal = view.session.num
        elif not self.search_text:
            self.sessions.go_to(view.session.num)

    def focus_inside(self) -> None:
        """The focus belongs on the list."""
        self.sessions.focus()

    def copy_text(self) -> str:
        """The id and the title of the session under the cursor."""
        session = self.sessions.current
        return f"{session.id}  {session.title}" if session else ""

    # The list ----------------------------------------------------------------------------------

    def refresh_list(self) -> None:
        """Read the list again; the cursor stays on its session."""
        if text := self.search_text:
            self._search(text, "again")
        else:
            self.run_worker(partial(self._read_order, self._query), group="list", exclusive=True)

    def on_sessions_pane_order_read(self, message: OrderRead) -> None:
        """Show the list."""
        if message.query != self._query or self.search_text:
            return
        self.sessions.empty_text = self._why_empty()
        self.sessions.show(message.order, go_to=self._reveal, by_creation=self._query.sort == "created")
        self.sessions.expire()
        self._reveal = None
        count = len(message.order)
        parts = [f"{count:,} session{'' if count == 1 else 's'}", SORTS[self._query.sort], *self._query.words()]
        self._summarise(parts)
        self._replace()

    def on_session_list_wanted(self, message: SessionList.Wanted) -> None:
        """Read the records that the list wants."""
        self.run_worker(self._read_records(message), group="records")

    def on_sessions_pane_records_read(self, message: RecordsRead) -> None:
        """Hand the list its records."""
        self.sessions.feed(message.wanted.generation, message.wanted.numbers, message.records)

    def on_session_list_moved(self, message: SessionList.Moved) -> None:
        """Open the session on which the cursor comes to rest; but not away from a run that is watched."""
        if not self.lift_app.busy:
            self._pick(message.number, rest_s=FOLLOW_S)

    def on_session_list_chosen(self) -> None:
        """Open what was clicked twice."""
        self.action_open()

    def action_move(self, rows: int) -> None:
        """Move the cursor by so many rows."""
        self.sessions.move(rows)

    def action_page(self, way: int) -> None:
        """Move the cursor by a page, up (-1) or down (1)."""
        self.sessions.move_page(way)

    def action_end(self, way: int) -> None:
        """Move the cursor to the first session (-1) or the last one (1)."""
        self.sessions.move_end(way)

    def action_open(self) -> None:
        """Open the session under the cursor and go to its specification."""
        if self.sessions.number is not None:
            self._pick(self.sessions.number)
            cast("WorkbenchScreen", self.screen).action_pane("spec")

    def action_sort(self) -> None:
        """Sort by the next order."""
        self._ask(self._query.next_sort())
        self.lift_app.memory.set(SORT_KEY, self._query.sort)

    def action_filter(self) -> None:
        """Choose filters."""
        from tui.screens.filters import FilterScreen

        self.app.push_screen(FilterScreen(self._query, self._ask))

    def _ask(self, query: Query) -> None:
        """Show the list for another query."""
        self._query, self._reveal = query, self.sessions.number
        self._end_search()
        self.refresh_list()

    def _why_empty(self) -> str:
        if self._query.filtered:
            return "No session fits. Press f to change the filters."
        return "No sessions yet. Press n to begin one."

    def _summarise(self, parts: list[str]) -> None:
        self.query_one("#summary", Facts).say(*parts)

    # Search ------------------------------------------------------------------------------------

    def start_search(self) -> None:
        """Let the user type what to look for."""
        if not self.field.shown:
            self._reveal = self.sessions.number
            self.field.show(True)
            self._summarise(["Type to search titles, prompts, specifications and code."])
        self.call_after_refresh(self.field.focus)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape leaves a search only while there is one; otherwise it is the app's."""
        return self.field.shown if action == "leave_search" else True

    def action_leave_search(self) -> None:
        """Go back to the whole list, the cursor where it was or on what was opened."""
        self._end_search()
        self.sessions.focus()
        self.refresh_list()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search for what has been typed so far."""
        event.stop()
        if text := self.search_text:
            self._search(text, "new")
        else:
            self.refresh_list()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open what is under the cursor."""
        event.stop()
        self.action_open()

    def on_session_list_end_seen(self) -> None:
        """Look for more of what is searched for."""
        if self.search_text and self._next_hits is not None:
            self._search(self.search_text, "more")

    def on_sessions_pane_found(self, message: Found) -> None:
        """Show what was found, unless something else has been typed by now."""
        if message.text != self.search_text:
            return
        items, self._next_hits = message.hits.items, message.hits.next
        before = self._snippets if message.step == "more" else {}
        self._snippets = before | {hit.session.num: hit.snippet for hit in items}
        self.sessions.empty_text = f"Nothing found for “{message.text}”. escape goes back to all sessions."
        self.sessions.know({hit.session.num: hit.session for hit in items})
        first = items[0].session.num if items and message.step == "new" else None
        self.sessions.show(array("q", self._snippets), go_to=first, snippets=self._snippets)
        more = "+" if self._next_hits else ""
        self._summarise([f"{len(self._snippets)}{more} found", "in all sessions"])
        self._replace()

    def _end_search(self) -> None:
        self.field.show(False)
        self._snippets, self._next_hits = {}, None

    def _search(self, text: str, step: str) -> None:
        if step != "new" and any(worker.group == "search" and worker.is_running for worker in self.workers):
            return  # a newer search is under way
        wait_s = TYPING_S if step == "new" else 0.0
        cursor = self._next_hits if step == "more" else None
        limit = max(HITS, len(self._snippets)) if step == "again" else HITS
        find = partial(self._find, text, step, wait_s, cursor, limit)
        self.run_worker(find, group="search", exclusive=True)

    # What the actions on sessions want -----------------------------------------------------------

    def chosen(self) -> Session | None:
        """The session under the cursor."""
        return self.sessions.current

    def reveal(self, number: int) -> None:
        """Put the cursor on this session once the list has been read again."""
        self._end_search()
        self._reveal = number

    def left(self) -> None:
        """Open the session that takes the place of the open one."""
        self._replace_open = True

    def _replace(self) -> None:
        """Open what is under the cursor now if the open session has been deleted."""
        if not self._replace_open:
            return
        self._replace_open = False
        if self.sessions.number is None:
            self.post_message(SessionRead(None))
        else:
            self._pick(self.sessions.number)

    # Work ----------------------------------------------------------------------------------------

    def _pick(self, number: int, *, rest_s: float = 0.0) -> None:
        """Open a session; the latest call counts."""
        if self.search_text:
            self._reveal = number  # where the cursor will be when the search is left
        self.run_worker(partial(self._open, number, rest_s), group="pick", exclusive=True)

    async def _open(self, number: int, rest_s: float) -> None:
        from engine.errors import LiftError

        await asyncio.sleep(rest_s)
        try:
            found = await self.desk.look(lambda store: store.listing.at([number]))
        except LiftError as error:
            self.post_message(Failed(error))
            return
        if number in found and (self.view is None or self.view.session.id != found[number].id):
            self.post_message(SessionPicked(found[number].id))

    async def _read_order(self, query: Query) -> None:
        from engine.errors import LiftError

        def read(store: SessionStore) -> array[int]:
            return store.listing.order(query.filter(), sort=query.sort)

        try:
            order = await self.desk.look(read)
        except LiftError as error:
            self.post_message(Failed(error))
        else:
            self.post_message(self.OrderRead(query, order))

    async def _read_records(self, wanted: SessionList.Wanted) -> None:
        from engine.errors import LiftError

        try:
            records = await self.desk.look(lambda store: store.listing.at(wanted.numbers))
        except LiftError as error:
            self.post_message(Failed(error))
        else:
            self.post_message(self.RecordsRead(wanted, records))

    async def _find(self, text: str, step: str, wait_s: float, cursor: str | None, limit: int) -> None:
        from engine.errors import LiftError

        await asyncio.sleep(wait_s)
        try:
            hits = await self.desk.look(lambda store: store.search.page(text, prefix=True, limit=limit, cursor=cursor))
        except LiftError as error:
            self.post_message(Failed(error))
        else:
            self.post_message(self.Found(text, hits, step))
