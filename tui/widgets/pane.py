"""What all panes of the workbench have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.containers import Vertical

from tui.messages import Failed, SessionChanged

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore
    from tui.app import LiftApp
    from tui.desk import Desk
    from tui.run_view import RunView
    from tui.session_view import SessionView


class Pane(Vertical):
    """One pane of the workbench: a titled box that shows its part of a session and of a run.

    Subclasses say in :data:`HELP` what they are for, and override the three ``show`` methods as
    they need. Data comes in through them alone; what the user does goes out as messages, or
    through :meth:`edit`.
    """

    NAME: ClassVar[str] = ""
    """The title, also on the tab."""

    HELP: ClassVar[str | None] = ""
    """One or two sentences for the help screen."""

    view: SessionView | None = None
    """The session shown; None before one is open."""

    @property
    def lift_app(self) -> LiftApp:
        """The app, with its type."""
        return cast("LiftApp", self.app)

    @property
    def desk(self) -> Desk:
        """The way to the store."""
        return self.lift_app.desk

    def on_mount(self) -> None:
        """Put the name on the border."""
        self.border_title = self.NAME

    def show_session(self, view: SessionView | None) -> None:
        """Show another session, or another state of the same."""
        self.view = view

    def show_run(self, run: RunView) -> None:
        """Show how far a run has come; called for every frame, at most 20 times a second."""

    def end_run(self, run: RunView) -> None:
        """A run is over; :meth:`show_session` follows with what it saved."""

    def copy_text(self) -> str:
        """What ``y`` copies while this pane has the focus; empty when there is nothing."""
        return ""

    def focus_inside(self) -> None:
        """Put the focus where it belongs in this pane."""
        first = next((widget for widget in self.query("*") if widget.focusable), None)
        if first is not None:
            first.focus()

    def edit(self, job: Callable[[SessionStore, str, str], Any], note: str = "") -> None:
        """Change the open session in the background; :class:`SessionChanged` or :class:`Failed` follows.

        Args:
            job: gets the store, the session's id and the author's name; its result is given to
                :meth:`edited`.
            note: what to tell the user when it worked.
        """
        if self.view is not None:
            self.run_worker(self._edit(job, self.view.session.id, note), group="edits")

    def edited(self, result: Any) -> str:
        """Hear what :meth:`edit` returned; may say more to tell the user."""
        return ""

    async def _edit(self, job: Callable[[SessionStore, str, str], Any], session_id: str, note: str) -> None:
        from engine.errors import LiftError

        author = self.desk.author
        try:
            result = await self.desk.edit(lambda store: job(store, session_id, author))
        except LiftError as error:
            self.post_message(Failed(error))
            return
        self.post_message(SessionChanged(session_id, " ".join(part for part in (note, self.edited(result)) if part)))
