"""The pane of the timings: where the time and the money of the session's last run went, live while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer

from tui.keys import bind
from tui.run_words import cost, doing, ended, outcome, seconds, tokens
from tui.waterfall_layout import Timeline
from tui.widgets.facts import Facts
from tui.widgets.pane import Pane
from tui.widgets.waterfall_view import WaterfallView

if TYPE_CHECKING:
    from tui.run_view import RunView
    from tui.session_view import SessionView

TICK_S = 0.2
"""How often the span that goes on is drawn again, in seconds."""

EMPTY = "Nothing has run yet: press g to generate."
NO_SESSION = "No session is open: press n to begin one."


class TimingsPane(Pane):
    """See the module."""

    NAME = "Timings"
    HELP = (
        "Where the time of the last run went, span by span on one axis, with tokens and cost. "
        "A bar that ends in > goes on. Stages too many for the pane are folded; enter unfolds them all."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("C", "compare", "timings.compare", "Compare", "Compare the last two runs.", show=True),
    ]
    run: RunView | None = None
    """The run that is shown live; None when a stored one is."""

    _timer: Timer | None = None
    _words: tuple[object, ...] = ()
    """What the words shown are about."""

    def compose(self) -> ComposeResult:
        """A line of words above the bars."""
        yield Facts(id="timings-head")
        yield WaterfallView()

    def show_session(self, view: SessionView | None) -> None:
        """Show the session's last run, or the one that goes on in it."""
        super().show_session(view)
        going = self.lift_app.run_view
        if going is not None and going.running and self.lift_app.busy and going.concerns(view):
            self.show_run(going)
        else:
            self.run = None
            self._show_stored()

    def show_run(self, run: RunView) -> None:
        """Begin to follow a run; drawing is the timer's."""
        if not run.concerns(self.view):
            return
        if run is not self.run:
            self.run, self._words = run, ()
            self._draw()
        if self._timer is None and run.running:
            self._timer = self.set_interval(TICK_S, self._tick)

    def end_run(self, run: RunView) -> None:
        """Draw the end of it."""
        self._stop()
        if run is self.run:
            self._draw()

    def copy_text(self) -> str:
        """The line of words and the waterfall."""
        bars = self.query_one(WaterfallView).lines
        return "\n".join([self.query_one(Facts).text, *bars]) if bars else ""

    def action_compare(self) -> None:
        """Compare the last two runs of the session."""
        runs = self.view.runs if self.view else ()
        if len(runs) < 2:
            self.notify("There are no two runs to compare yet. H lists the runs.", severity="warning")
            return
        from tui.screens.compare import CompareScreen

        self.app.push_screen(CompareScreen(runs[-2], runs[-1]))

    # Drawing ---------------------------------------------------------------------------------

    def _tick(self) -> None:
        run = self.run
        if run is None or not run.running:
            self._stop()
        elif self.query_one(WaterfallView).region.area:
            self._draw()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _draw(self) -> None:
        """Show the run as it stands."""
        run = self.run
        if run is None:
            return
        # The words are drawn once a second, or when something else begins; the bars at every tick.
        span = run.open_span()
        words = int(run.elapsed_s()), run.stage, span.name if span else "", run.cancelling, run.running
        if words != self._words:
            self._words = words
            self._say_run(run)
        self.query_one(WaterfallView).show(Timeline.of_run(run))

    def _say_run(self, run: RunView) -> None:
        """Put a run in words."""
        used = tokens(run.usage.values()) if run.usage else f"{run.tokens:,} written" if run.tokens else ""
        end = outcome(run.kind, run.finished.status) if run.finished else (run.error or {}).get("what", "")
        took = f"{run.elapsed_s():.0f} s" if run.running else seconds(run.elapsed_s())
        self._say(doing(run) or end, run.kind, run.endpoint, took, used, cost(run.cost_usd()))

    def _show_stored(self) -> None:
        view = self.view
        if view is None or not view.runs:
            self._say(NO_SESSION if view is None else EMPTY)
            self.query_one(WaterfallView).show(Timeline())
            return
        last = view.runs[-1]
        timeline = Timeline.stored(view.spans, view.usage)
        model = f"{last.endpoint} {last.model}".strip()
        self._say(
            f"{last.kind}: {ended(last)}",
            model,
            seconds(timeline.total_s),
            tokens(view.usage.values()),
            cost(last.cost_usd),
        )
        self.query_one(WaterfallView).show(timeline)

    def _say(self, *facts: str) -> None:
        self.query_one(Facts).say(*facts)
