"""The top line: the open session, its state and open questions, and what the model is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from tui.run_view import RunView
    from tui.session_view import SessionView


class StatusBar(Static):
    """See the module."""

    DEFAULT_CSS = """
    StatusBar { height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    _session: str = "opening …"
    _run: str = ""

    def on_mount(self) -> None:
        """Say something from the first frame on."""
        self._draw()

    def show_session(self, view: SessionView | None) -> None:
        """Show which session is open."""
        if view is None:
            self._session = "no session yet: press n"
        else:
            holes = view.session.holes_open
            questions = f" · {holes} open question{'s' if holes != 1 else ''}" if holes else ""
            self._session = f"{view.session.title or view.session.id} · {view.session.state}{questions}"
        self._draw()

    def show_run(self, run: RunView) -> None:
        """Show what the model is doing."""
        span = run.open_span()
        if run.cancelling and run.running:
            self._run = "stopping …"
        elif span is not None:
            self._run = f"{span.stage}: {span.name} · {span.now_s:.0f} s · esc stops"
        else:
            self._run = ""
        self._draw()

    def _draw(self) -> None:
        self.update(Content.assemble(("Lift", "bold $primary"), " · ", self._session, "  ", (self._run, "$accent")))
