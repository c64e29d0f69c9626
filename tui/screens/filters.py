"""Choosing which sessions the list shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.keys import bind
from tui.messages import Failed
from tui.session_query import Query
from tui.widgets.session_row import STATE_SIGNS

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore
    from tui.app import LiftApp

Choice = tuple[str, Any, str]
"""A filter's name, a value for it, and the words for that."""

FIXED: dict[str, list[Choice]] = {
    "State": [("state", state, f"{sign} {state}") for state, sign in STATE_SIGNS.items()],
    "Questions": [("has_holes", True, "open questions left"), ("has_holes", False, "none left")],
    "Checks": [("failing", True, "a check fails"), ("failing", False, "none fails")],
    "Deleted": [("deleted", True, "the deleted sessions")],
}


class FilterList(OptionList, inherit_bindings=False):
    """The filters that there are, under headings."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("up,k", "cursor_up", "filters.up", "Up", "Go to the filter above."),
        bind("down,j", "cursor_down", "filters.down", "Down", "Go to the filter below."),
        bind("home", "first", "filters.first", "First", "Go to the first filter."),
        bind("end,G", "last", "filters.last", "Last", "Go to the last filter."),
        bind("pageup", "page_up", "filters.page-up", "Page up", "Go up by a page."),
        bind("pagedown", "page_down", "filters.page-down", "Page down", "Go down by a page."),
        bind("enter,space", "select", "filters.toggle", "Choose", "Choose this filter, or lift it.", show=True),
    ]


class FilterScreen(ModalScreen[None]):
    """Shows the filters; each change shows in the list at once.

    Args:
        query: the filters and the order so far.
        on_change: hears of each change.
    """

    HELP = "Choose which sessions the list shows. Of each kind one filter can hold; all that hold have to fit."
    CSS_PATH = "filters.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "close", "filters.close", "Close", "Go back to the list.", show=True),
        bind("x", "clear", "filters.clear", "Clear", "Lift all filters.", show=True),
    ]

    @dataclass
    class InUse(Message):
        """The tags and models in use, with their numbers of sessions."""

        tags: dict[str, int]
        models: dict[str, int]

    @dataclass
    class Counted(Message):
        """How many sessions fit ``query``."""

        query: Query
        count: int

    def __init__(self, query: Query, on_change: Callable[[Query], object]) -> None:
        super().__init__()
        self._filters = query
        self._on_change = on_change
        self._choices: list[Choice] = []

    def compose(self) -> ComposeResult:
        """The list, how many sessions fit, the keys."""
        with Vertical(id="filters"):
            yield Static("Show only sessions with …", id="question", markup=False)
            yield FilterList(compact=True, markup=False)
            yield Static("", id="count", markup=False)
            yield Static("enter chooses · x lifts all · esc closes", id="hint", markup=False)

    def on_mount(self) -> None:
        """Show what is known, and ask the store for the rest."""
        self._fill(FIXED)
        self.query_one(FilterList).action_first()
        self.run_worker(self._read_in_use(), group="in-use")
        self._count()

    def on_filter_screen_in_use(self, message: InUse) -> None:
        """Show the tags and models in use, the commonest first."""
        found = FIXED.copy()
        for heading, name, counts in (("Tag", "tag", message.tags), ("Model", "model", message.models)):
            if counts:
                ordered = sorted(counts, key=lambda value: (-counts[value], value))
                found[heading] = [(name, value, f"{value} ({counts[value]:,})") for value in ordered]
        self._fill(found)

    def on_filter_screen_counted(self, message: Counted) -> None:
        """Say how many sessions fit."""
        if message.query == self._filters:
            fit = "1 session fits" if message.count == 1 else f"{message.count:,} sessions fit"
            self.query_one("#count", Static).update(f"{fit}.")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Choose a filter, or lift it."""
        name, value, _ = self._choices[int(event.option_id or 0)]
        self._change(self._filters.toggled(name, value))

    def action_clear(self) -> None:
        """Lift all filters."""
        self._change(self._filters.without_filters())

    def action_close(self) -> None:
        """Go back to the list."""
        self.dismiss(None)

    def _change(self, query: Query) -> None:
        self._filters = query
        self._on_change(query)
        options = self.query_one(FilterList)
        for number, choice in enumerate(self._choices):
            options.replace_option_prompt(str(number), self._prompt(choice))
        self._count()

    def _fill(self, groups: dict[str, list[Choice]]) -> None:
        options = self.query_one(FilterList)
        highlighted = options.highlighted
        self._choices = []
        rows: list[Option] = []
        for heading, choices in groups.items():
            rows.append(Option(Content.styled(heading, "bold"), disabled=True))
            for choice in choices:
                rows.append(Option(self._prompt(choice), id=str(len(self._choices))))
                self._choices.append(choice)
        options.set_options(rows)
        options.highlighted = highlighted

    def _prompt(self, choice: Choice) -> Content:
        from tui.wording import printable

        name, value, words = choice
        chosen = getattr(self._filters, name) == value
        return Content.styled(f" [{'x' if chosen else ' '}] {printable(words)}", "bold" if chosen else "")

    def _count(self) -> None:
        self.run_worker(partial(self._read_count, self._filters), group="count", exclusive=True)

    async def _read_count(self, query: Query) -> None:
        from engine.errors import LiftError

        try:
            count = await self.lift_app.desk.look(lambda store: store.listing.count(query.filter()))
        except LiftError as error:
            self.post_message(Failed(error))
        else:
            self.post_message(self.Counted(query, count))

    async def _read_in_use(self) -> None:
        from engine.errors import LiftError

        def read(store: SessionStore) -> tuple[dict[str, int], dict[str, int]]:
            return store.listing.tags(), store.listing.models()

        try:
            tags, models = await self.lift_app.desk.look(read)
        except LiftError as error:
            self.post_message(Failed(error))
        else:
            self.post_message(self.InUse(tags, models))

    @property
    def lift_app(self) -> LiftApp:
        """The app, with its type."""
        return cast("LiftApp", self.app)
