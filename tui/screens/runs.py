"""The history of a session's runs: how each ended, what it took, and its waterfall."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.keys import bind
from tui.messages import Failed
from tui.run_words import cost, ended, seconds, tokens
from tui.screens.page import Page
from tui.stored_run import StoredRun, read_runs
from tui.waterfall_layout import Timeline
from tui.widgets.facts import Facts
from tui.widgets.waterfall_view import WaterfallView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.sessions.records import Run, Session
    from engine.sessions.store import SessionStore
    from tui.run_view import RunView

COLUMNS = (("", 2), ("#", 3), ("kind", 10), ("outcome", 16), ("began", 13), ("took", 8), ("written", 8), ("cost", 9))
"""Columns and their widths in cells; the endpoint and the model take what is left."""


class RunList(OptionList):
    """The list of the runs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j", "cursor_down", "runs.down", "Down", "Go to the next run."),
        bind("k", "cursor_up", "runs.up", "Up", "Go to the run before."),
        bind("G", "last", "runs.last", "Last", "Go to the last run."),
        bind("space", "screen.mark", "runs.mark", "Mark", "Mark the run, to compare two.", show=True),
        bind("C", "screen.compare", "runs.compare", "Compare", "Compare the marked runs.", show=True),
    ]


class RunsScreen(Page):
    """See the module.

    Args:
        session: whose runs.
        runs: what is known of them already, oldest first.
    """

    NAME = "Runs"
    HELP = (
        "All runs of the session, the newest first; below, where the time of the one under the cursor went. "
        "Mark two with space and compare them with C; enter goes into the waterfall."
    )
    CSS_PATH = "runs.tcss"

    def __init__(self, session: Session, runs: Sequence[Run]) -> None:
        super().__init__()
        self._session = session
        self._stored = [StoredRun(run, (), {}) for run in reversed(runs)]
        self._marked: list[int] = []

    def body(self) -> ComposeResult:
        """The list, and the waterfall of the run under the cursor."""
        yield Static(Content(self._heading()), id="runs-heading", markup=False)
        yield RunList(markup=False)
        yield Facts(id="run-head")
        yield WaterfallView()

    def on_mount(self) -> None:
        """Show what is known, then read the timings."""
        self.query_one(RunList).focus()
        self._fill()
        self._read()

    def end_run(self, run: RunView) -> None:
        """A run of this session is over, so there is one more."""
        if run.session_id == self._session.id:
            self._read()

    def copy_text(self) -> str:
        """The list as text."""
        return "\n".join([self._heading(), *(self._line(stored).plain for stored in self._stored)])

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show its waterfall."""
        self._show(event.option_index)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go into its waterfall."""
        self.query_one(WaterfallView).focus()

    def action_mark(self) -> None:
        """Mark the run under the cursor, or take its mark away; the older of two marks gives way to a third."""
        stored = self._current()
        if stored is None:
            return
        number = stored.run.id
        if number in self._marked:
            self._marked.remove(number)
        else:
            self._marked.append(number)
        self._marked = self._marked[-2:]
        self._fill()

    def action_compare(self) -> None:
        """Compare the two marked runs; without marks, the one under the cursor with the one before it."""
        chosen = sorted((stored for stored in self._stored if stored.run.id in self._marked), key=_number)
        at = self.query_one(RunList).highlighted
        if not self._marked and at is not None and at + 1 < len(self._stored):
            chosen = [self._stored[at + 1], self._stored[at]]
        if len(chosen) != 2:
            self.notify("Mark two runs with space, then press C.", severity="warning")
            return
        from tui.screens.compare import CompareScreen

        self.app.push_screen(CompareScreen(chosen[0].run, chosen[1].run))

    # Reading and drawing -----------------------------------------------------------------------

    def _read(self) -> None:
        self.run_worker(self._read_all(), group="runs", exclusive=True)

    async def _read_all(self) -> None:
        from engine.errors import LiftError

        session_id = self._session.id

        def read(store: SessionStore) -> list[StoredRun]:
            return read_runs(store, session_id)

        try:
            stored = await self.lift_app.desk.look(read)
        except LiftError as error:
            self.app.post_message(Failed(error))
            return
        self._stored = stored[::-1]
        self.query_one("#runs-heading", Static).update(Content(self._heading()))
        self._fill()

    def _current(self) -> StoredRun | None:
        at = self.query_one(RunList).highlighted
        return self._stored[at] if at is not None and at < len(self._stored) else None

    def _fill(self) -> None:
        """Write the list anew, with the cursor where it was."""
        listed = self.query_one(RunList)
        before = listed.highlighted or 0
        listed.clear_options()
        listed.add_options([Option(self._line(stored)) for stored in self._stored])
        listed.highlighted = min(before, len(self._stored) - 1) if self._stored else None
        self._show(before)

    def _show(self, at: int) -> None:
        head, bars = self.query_one(Facts), self.query_one(WaterfallView)
        if not 0 <= at < len(self._stored):
            head.say()
            bars.show(Timeline())
            return
        stored = self._stored[at]
        run = stored.run
        facts = [f"run {at_number(self._stored, at)}: {ended(run)}", tokens(stored.usage.values()), cost(run.cost_usd)]
        if run.error is not None:
            facts.append(run.error["what"])
        head.say(*facts)
        bars.show(stored.timeline)

    def _heading(self) -> str:
        return "".join(name.ljust(width) for name, width in self._columns()) + "endpoint and model"

    def _columns(self) -> Sequence[tuple[str, int]]:
        """The columns; money is left out where none was spent."""
        return COLUMNS if any(stored.run.cost_usd for stored in self._stored) else COLUMNS[:-1]

    def _line(self, stored: StoredRun) -> Content:
        from tui.wording import printable

        run = stored.run
        took_s = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
        cells = (
            "●" if run.id in self._marked else "",
            str(at_number(self._stored, self._stored.index(stored))),
            run.kind,
            ended(run),
            run.started_at.astimezone().strftime("%d %b %H:%M"),
            seconds(took_s) if took_s is not None else "…",
            f"{stored.written:,}" if stored.usage else "",
            f"${run.cost_usd:.4f}" if run.cost_usd else "-",
        )
        line = "".join(cell.ljust(width) for cell, (_, width) in zip(cells, self._columns(), strict=False))
        return Content(line + printable(f"{run.endpoint} {run.model}".strip()))


def at_number(newest_first: Sequence[StoredRun], at: int) -> int:
    """The number by which people know a run: counted from 1 within the session."""
    return len(newest_first) - at


def _number(stored: StoredRun) -> int:
    return stored.run.id
