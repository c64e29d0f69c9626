"""The strip below the top line: what waits for the user in the open session, with the key for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from engine.sessions.records import Run
    from tui.run_view import RunView
    from tui.session_view import SessionView

MOST = 2
"""Lines at most; the strip takes room from the panes."""

DOING = {
    "": "starting",
    "draft": "drafting the specification",
    "refine": "changing the specification",
    "assist": "looking for answers",
    "implement": "writing the code",
    "check": "checking the code",
    "repair": "repairing the code",
    "compare": "asking for a second opinion",
    "save": "saving",
}


class Notices(Static):
    """See the module; there is no strip while nothing waits, or a run goes on."""

    DEFAULT_CSS = """
    Notices {
        height: auto;
        max-height: 2;
        padding: 0 1;
        background: $surface;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        display: none;
    }
    """

    _lines: tuple[tuple[str, str], ...] = ()
    _busy: bool = False

    def show_session(self, view: SessionView | None) -> None:
        """Show what waits in ``view``."""
        self._lines = tuple(_notices(view))[:MOST] if view is not None else ()
        self._draw()

    def show_run(self, run: RunView) -> None:
        """Make room while a run goes on."""
        if run.running != self._busy:
            self._busy = run.running
            self._draw()

    def _draw(self) -> None:
        from tui.wording import printable

        self.display = bool(self._lines) and not self._busy
        lines = [
            Content.assemble((key, "bold $accent"), "  ", " ".join(printable(text).split()))
            for key, text in self._lines
        ]
        self.update(Content("\n").join(lines))


def _notices(view: SessionView) -> Iterator[tuple[str, str]]:
    """Keys and what they are for, the most urgent first."""
    if view.interrupted is not None and not _let_be(view.interrupted):
        yield "R", _interruption(view.interrupted, sum(map(len, view.partial.values())))
    if view.proposal is not None:
        count = len(view.proposal.changes)
        yield "p", f"to review {count} proposed change{'s' if count != 1 else ''}: “{view.proposal.instruction}”"
    if view.session.state != "draft":
        yield "F", f"to reopen; the session is {view.session.state}, so nothing of it can be changed."


def _let_be(run: Run) -> bool:
    """Whether the user stopped what only helped to answer a question; the question itself is still told."""
    return run.kind == "assist" and run.status == "cancelled"


def _interruption(run: Run, kept: int) -> str:
    """What became of a run that did not come to its end."""
    doing = DOING.get(run.stage, run.stage)
    left = f"; what it had written ({kept} characters) is kept" if kept else ""
    match run.status:
        case "cancelled":
            return f"to go on: you stopped the last run while {doing}{left}."
        case "failed":
            why = f": {run.error['what']}" if run.error else "."
            return f"to try again: the last run failed while {doing}{left}{why}"
        case _:
            return f"to go on: the last run was cut off while {doing}{left}."
