"""Runs of the open session: begin one, and look back at those that were."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from tui.keys import bind
from tui.messages import Failed, SessionRead

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore
    from engine.stages.jobs import RunRequest
    from tui.app import LiftApp
    from tui.session_view import SessionView

RUN_BINDINGS = (
    bind("g", "generate", "run.generate", "Generate", "Draft from the prompt, or write code and check it.", show=True),
    bind("H", "runs", "run.history", "Runs", "All runs of the session; compare two of them."),
)
"""The bindings of :class:`RunActions`."""


class RunActions(Screen[None]):
    """The part of the main screen that runs the pipeline for the open session."""

    view: SessionView | None = None
    """The session that is open."""

    _opened = False
    """Whether it is known which session is open, if any."""

    _generate_when_opened = False
    """Whether ``g`` was pressed before that, by somebody who types ahead."""

    def on_session_read(self, message: SessionRead) -> None:
        """From now on it is known."""
        self._opened = True
        if self._generate_when_opened:
            self._generate_when_opened = False
            self.call_later(self.action_generate)

    def action_generate(self) -> None:
        """Write code for the draft that is shown and check it; without any draft, begin with the prompt."""
        view = self.view
        if view is None and not self._opened:
            self._generate_when_opened = True
            return
        if view is None:
            self.notify("No session is open. Press n to begin one.", severity="warning")
            return
        if view.draft is None and not view.prompt:
            from engine.errors import UsageError

            what = "This session has neither a specification nor a prompt, so there is nothing to generate from."
            self.post_message(Failed(UsageError(what, "Press n to begin a session with a prompt.")))
            return
        app = cast("LiftApp", self.app)
        session_id = view.session.id
        number = view.draft.seq if view.draft is not None and not view.is_head else None

        def request(store: SessionStore) -> RunRequest:
            from engine.lifecycle.requests import generate_request

            return app.sampled(generate_request(store, session_id, app.profile(), number=number))

        if app.start_run(request):
            self.watch_run(code=view.draft is not None)

    def watch_run(self, *, code: bool) -> None:
        """Bring what is going to be written to the front, where it would not be seen."""
        from tui.widgets.pane import Pane

        wanted = self.query_one("#code" if code else "#spec", Pane)
        active = next(iter(self.query(Pane).filter(".-active")), None)
        if not wanted.region.area and (active is None or active.id in ("sessions", "spec")):
            cast("LiftApp", self.app).call_later(self.run_action, f"pane('{wanted.id}')")

    def action_runs(self) -> None:
        """List the runs of the session."""
        view = self.view
        if view is None or not view.runs:
            self.notify("There are no runs yet. Press g to generate.", severity="warning")
            return
        from tui.screens.runs import RunsScreen

        self.app.push_screen(RunsScreen(view.session, view.runs))
