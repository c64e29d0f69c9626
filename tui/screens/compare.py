"""Two runs side by side: their waterfalls on one scale, and what differs, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.keys import bind
from tui.messages import Failed
from tui.run_words import ended, seconds
from tui.screens.page import Page
from tui.stored_run import TOTAL, Difference, StoredRun, conditions, differences, read_run
from tui.widgets.waterfall_view import WaterfallView

if TYPE_CHECKING:
    from engine.sessions.records import Run
    from engine.sessions.store import SessionStore

FIGURE = 11
"""Cells of a column of figures."""


class Figures(VerticalScroll):
    """The table of differences, where it is longer than there is room for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j", "scroll_down", "compare.down", "Down", "Scroll the figures down."),
        bind("k", "scroll_up", "compare.up", "Up", "Scroll the figures up."),
    ]


class CompareScreen(Page):
    """See the module.

    Args:
        one: the run on the left, the older one as a rule.
        other: the run that it is compared with.
    """

    NAME = "Two runs"
    HELP = (
        "Two runs on one scale, so that lengths can be compared. Below, what each stage took in both, "
        "and the difference; a minus says that the second run took less."
    )
    CSS_PATH = "compare.tcss"
    AUTO_FOCUS = "#figures"
    HORIZONTAL_BREAKPOINTS = [(0, "-stacked"), (120, "-beside")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("s", "swap", "compare.swap", "Swap", "Exchange the two runs.", show=True),
    ]

    def __init__(self, one: Run, other: Run) -> None:
        super().__init__()
        self._runs = one, other
        self._stored: tuple[StoredRun, StoredRun] | None = None

    def body(self) -> ComposeResult:
        """Two waterfalls and a table."""
        with Container(id="compared"):
            for side in ("one", "other"):
                with Vertical():
                    yield Static("", id=f"{side}-head", markup=False)
                    yield WaterfallView(id=side)
        with Figures(id="figures"):
            yield Static("reading …", id="table", markup=False)

    def on_mount(self) -> None:
        """Read both runs."""
        self.run_worker(self._read(), group="runs", exclusive=True)

    def copy_text(self) -> str:
        """The figures as text."""
        return self._table(*self._stored).plain if self._stored else ""

    def action_swap(self) -> None:
        """Exchange the two runs."""
        if self._stored is not None:
            self._stored = self._stored[1], self._stored[0]
            self._show()

    async def _read(self) -> None:
        from engine.errors import LiftError

        one, other = self._runs

        def read(store: SessionStore) -> tuple[StoredRun, StoredRun]:
            return read_run(store, one), read_run(store, other)

        try:
            self._stored = await self.lift_app.desk.look(read)
        except LiftError as error:
            self.app.post_message(Failed(error))
            return
        self._show()

    def _show(self) -> None:
        if self._stored is None:
            return
        from tui.wording import printable

        scale_s = max(stored.timeline.total_s for stored in self._stored) or 1.0
        for side, name, stored in zip(("one", "other"), "AB", self._stored, strict=True):
            run = stored.run
            began = run.started_at.astimezone().strftime("%d %b %H:%M")
            words = f"{name}: {run.kind}, {ended(run)} · {began} · {run.endpoint} {run.model}"
            self.query_one(f"#{side}-head", Static).update(Content(printable(words)))
            bars = self.query_one(f"#{side}", WaterfallView)
            bars.set_scale(scale_s)
            bars.show(stored.timeline)
        self.query_one("#table", Static).update(self._table(*self._stored))

    def _table(self, one: StoredRun, other: StoredRun) -> Content:
        from tui.wording import printable

        heading = ("seconds A", "B", "B - A", "tokens A", "B", "B - A")
        parts: list[Content | str | tuple[str, str]] = [
            (f"{'stage':<12}{''.join(name.rjust(FIGURE) for name in heading)}", "$muted")
        ]
        for row in differences(one, other):
            line = f"\n{row.stage:<12}{''.join(cell.rjust(FIGURE) for cell in _cells(row))}"
            parts.append((line, "bold") if row.stage == TOTAL else line)
        parts.append("\n")
        for name, first, second in conditions(one, other):
            same = first == second
            parts.append(printable(f"\n{name:<12}{first}{' in both' if same else f' → {second}'}"))
        return Content.assemble(*parts)


def _cells(row: Difference) -> list[str]:
    first, second = row.seconds
    took = ["-" if value is None else seconds(value) for value in row.seconds]
    change = f"{second - first:+.2f} s" if first is not None and second is not None else "-"
    wrote = [f"{value:,}" if value else "-" for value in row.tokens]
    more = f"{row.tokens[1] - row.tokens[0]:+,}" if any(row.tokens) else "-"
    return [*took, change, *wrote, more]
