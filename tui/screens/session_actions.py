"""What can be done with the open session as a whole: refine, review, answer, finalize, resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from tui.keys import bind
from tui.messages import ClauseWanted, Failed, SessionChanged, SessionRead

if TYPE_CHECKING:
    from engine.sessions.records import Session
    from engine.sessions.store import SessionStore
    from engine.stages.jobs import RunRequest
    from tui.app import LiftApp
    from tui.run_view import RunView
    from tui.screens.still_open import Place
    from tui.session_view import SessionView


SESSION_BINDINGS = (
    bind("r", "refine", "session.refine", "Refine", "Say in plain English what should change.", show=True),
    bind("p", "proposal", "session.proposal", "Proposal", "Review what the model proposes to change."),
    bind("o", "holes", "session.holes", "Questions", "Answer the open questions.", show=True),
    bind("F", "finalize", "session.finalize", "Finalize", "Sign the specification off, or reopen it."),
    bind("R", "resume", "session.resume", "Resume", "Go on with the run that did not come to its end."),
)
"""The bindings of :class:`SessionActions`."""


class SessionActions(Screen[None]):
    """The part of the main screen that acts on the open session."""

    view: SessionView | None = None
    """The session that is open."""

    _wishes: dict[str, str]
    """For each session, the refinement that was asked for and has not arrived."""

    _review = ""
    """The session whose proposal is to be shown once it is read."""

    def __init__(self) -> None:
        super().__init__()
        self._wishes = {}

    @property
    def lift_app(self) -> LiftApp:
        """The app, with its type."""
        return cast("LiftApp", self.app)

    def on_session_read(self, message: SessionRead) -> None:
        """Tell the screens above, and show the proposal that a refinement has just made."""
        view = message.view
        for screen in self.app.screen_stack:
            listener = getattr(screen, "show_session", None)
            if screen is not self and listener is not None:
                listener(view)
        if view is not None and view.session.id == self._review:
            self._review = ""
            if view.proposal is not None and self.is_current:
                self._show_proposal(view)

    def after_run(self, run: RunView) -> None:
        """See what a refinement has brought."""
        if run.kind != "refine" or run.error is not None or run.changes is None:
            return
        self._wishes.pop(run.session_id, None)
        if run.changes:
            self._review = run.session_id
        else:
            self.notify("Nothing would change. Press r to say it in other words.", title="No changes")

    # Refining ----------------------------------------------------------------------------------

    def action_refine(self) -> None:
        """Ask what should change."""
        view = self._changeable()
        if view is None or view.draft is None:
            return
        if self.lift_app.busy:
            self.notify("A run is going on. Press escape to stop it first.", severity="warning")
            return
        from tui.screens.ask import AskScreen

        session_id, number = view.session.id, None if view.is_head else view.draft.seq

        def refine(wish: str | None) -> None:
            if wish is not None and wish.strip():
                self._wishes[session_id] = wish
                self.lift_app.start_run(lambda store: self._refinement(store, session_id, wish, number))

        text = self._wishes.get(session_id, "")
        self.app.push_screen(AskScreen("What should change?", text=text), refine)

    def _refinement(self, store: SessionStore, session_id: str, wish: str, number: int | None) -> RunRequest:
        from engine.lifecycle.requests import refine_request

        app = self.lift_app
        return app.sampled(refine_request(store, session_id, wish, app.profile(), number=number))

    def action_proposal(self) -> None:
        """Review the proposal that waits."""
        if self.view is None or self.view.proposal is None:
            self.notify("Nothing is proposed. Press r to ask for a change.")
        else:
            self._show_proposal(self.view)

    def _show_proposal(self, view: SessionView) -> None:
        from tui.screens.proposal import ProposalScreen

        assert view.proposal is not None
        head = next((draft.seq for draft in view.drafts if draft.id == view.session.head_id), 0)
        self.app.push_screen(ProposalScreen(view.proposal, head))

    # Open questions ----------------------------------------------------------------------------

    def action_holes(self) -> None:
        """Open the hole deck."""
        self._open_deck("")

    def _open_deck(self, hole: str) -> None:
        view = self._changeable()
        if view is None:
            return
        from tui.screens.holes import HoleDeck

        async def go_on(action: str | None) -> None:
            if action:
                await self.run_action(action)

        self.app.push_screen(HoleDeck(view, hole), go_on)

    # The end, and a new beginning ----------------------------------------------------------------

    def action_finalize(self) -> None:
        """Sign off; a session that is closed is reopened after a question."""
        view = self.view
        if view is None:
            self._say_none()
        elif view.session.state == "draft":
            self.run_worker(self._finalize(view.session.id), group="edits")
        else:
            from tui.screens.ask import ConfirmScreen

            session_id, state = view.session.id, view.session.state

            def reopen(yes: bool | None) -> None:
                if yes:
                    self.run_worker(self._reopen(session_id), group="edits")

            self.app.push_screen(
                ConfirmScreen(f"The session is {state}. Reopen it, so that it can be changed?"), reopen
            )

    async def _finalize(self, session_id: str) -> None:
        from engine.errors import LiftError
        from engine.lifecycle.errors import StillOpen
        from engine.lifecycle.states import finalize

        author = self.lift_app.desk.author
        try:
            await self.lift_app.desk.edit(lambda store: finalize(store, session_id, author=author))
        except StillOpen as error:
            from tui.screens.still_open import StillOpenScreen

            self.app.push_screen(StillOpenScreen(error), self._go_to)
        except LiftError as error:
            self.post_message(Failed(error))
        else:
            self.post_message(SessionChanged(session_id, "Finalized. F reopens it."))

    def _go_to(self, place: Place | None) -> None:
        if place is None:
            return
        if place.hole:
            self._open_deck(place.hole)
        else:
            self.post_message(ClauseWanted(place.clause))

    async def _reopen(self, session_id: str) -> None:
        from engine.errors import LiftError
        from engine.lifecycle.states import reopen

        author = self.lift_app.desk.author

        def job(store: SessionStore) -> Session:
            return reopen(store, session_id, author=author)

        try:
            await self.lift_app.desk.edit(job)
        except LiftError as error:
            self.post_message(Failed(error))
        else:
            self.post_message(SessionChanged(session_id, "Reopened."))

    def action_resume(self) -> None:
        """Go on with the run that was interrupted."""
        view = self.view
        if view is None:
            self._say_none()
            return
        run = view.interrupted
        if run is None:
            self.notify("The last run came to its end; there is nothing to resume.")
            return
        app = self.lift_app

        def request(store: SessionStore) -> RunRequest:
            from engine.endpoints.profiles import Profiles
            from engine.errors import UsageError
            from engine.lifecycle.requests import resume_request

            try:
                profile = Profiles().get(app.endpoint or run.endpoint or None)
            except UsageError:
                profile = app.profile()
                gone = f"The run's endpoint {run.endpoint} is not there any more; going on with {profile.name}."
                app.notify(gone, severity="warning", markup=False)
            return app.sampled(resume_request(store, run, profile), again=True)

        app.start_run(request)

    # What stands in the way ----------------------------------------------------------------------

    def _changeable(self) -> SessionView | None:
        """The open session if its specification can be changed; otherwise the user is told why not."""
        view = self.view
        if view is None:
            self._say_none()
        elif view.session.state != "draft":
            self.notify(f"The session is {view.session.state}. Press F to reopen it.", severity="warning")
        elif view.draft is None:
            self.notify("There is no specification yet. Press g to let the model draft one.", severity="warning")
        else:
            return view
        return None

    def _say_none(self) -> None:
        self.notify("No session is open. Press n to begin one.", severity="warning")
