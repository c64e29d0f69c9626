"""The main screen: sessions, specification, code, checks and timings, laid out as the terminal allows.

Wide terminals (from 160 columns) show everything at once; from 100 columns two panes stand side by
side, below that one at a time, with the tab strip to choose. Below 60x20 there is only a message.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import DescendantFocus
from textual.widgets import Static

from tui.frugal_compositor import FrugalCompositor
from tui.keys import bind
from tui.messages import ClauseWanted, Failed, LineWanted, SessionChanged, SessionPicked, SessionRead, StoreChanged
from tui.screens.run_actions import RUN_BINDINGS, RunActions
from tui.screens.session_actions import SESSION_BINDINGS, SessionActions
from tui.screens.spec_actions import SPEC_BINDINGS, SpecActions
from tui.widgets.checks_pane import ChecksPane
from tui.widgets.code_pane import CodePane
from tui.widgets.key_hints import KeyLine
from tui.widgets.notices import Notices
from tui.widgets.pane import Pane
from tui.widgets.pane_tabs import PaneTabs
from tui.widgets.sessions_pane import SessionsPane
from tui.widgets.spec_pane import SpecPane
from tui.widgets.status_bar import StatusBar
from tui.widgets.timings_pane import TimingsPane

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore
    from tui.run_view import RunView
    from tui.session_view import SessionView

POLL_S = 1.0
"""How often to look whether another process has written, in seconds."""

LEFT = ("sessions", "spec")
"""The panes that share the left half of a terminal of medium width; the others share the right one."""


class WorkbenchScreen(SessionActions, RunActions, SpecActions):
    """See the module."""

    NAME = "Workbench"
    HELP = (
        "Sessions on the left, then the specification, the code, its checks and the timings of the runs. "
        "1 to 5 and tab go from pane to pane."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-medium"), (160, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (20, "-short"), (36, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("tab", "next_pane", "pane.next", "Next pane", "Go to the next pane."),
        bind("shift+tab", "previous_pane", "pane.previous", "Previous pane", "Go to the previous pane."),
        bind("1", "pane('sessions')", "pane.sessions", "Sessions", "Go to the list of sessions."),
        bind("2", "pane('spec')", "pane.spec", "Specification", "Go to the specification."),
        bind("3", "pane('code')", "pane.code", "Code", "Go to the code."),
        bind("4", "pane('checks')", "pane.checks", "Checks", "Go to the checks."),
        bind("5", "pane('timings')", "pane.timings", "Timings", "Go to the timings and runs."),
        *RUN_BINDINGS,
        bind("n", "new_session", "session.new", "New session", "Begin a session with a prompt.", show=True),
        bind("slash", "search", "sessions.search", "Search", "Search all sessions for words.", show=True),
        *SESSION_BINDINGS,
        *SPEC_BINDINGS,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._compositor = FrugalCompositor()

    def compose(self) -> ComposeResult:
        """The status bar, the notices, the tab strip, the panes, the keys."""
        yield StatusBar()
        yield Notices()
        yield PaneTabs()
        with Container(id="panes"):
            yield SessionsPane(id="sessions")
            yield SpecPane(id="spec")
            yield CodePane(id="code")
            yield ChecksPane(id="checks")
            yield TimingsPane(id="timings")
        yield Static("Lift needs at least 60 columns and 20 lines.\nEnlarge the terminal; nothing is lost.", id="tiny")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the empty screen first; the database is read afterwards."""
        self._mark_active("sessions")
        self.call_after_refresh(self._begin)

    # Panes -----------------------------------------------------------------------------------

    @property
    def panes(self) -> list[Pane]:
        """All panes, in the order of their keys."""
        return list(self.query(Pane))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """The pane that holds the focus is the active one."""
        pane = next((node for node in event.widget.ancestors_with_self if isinstance(node, Pane)), None)
        if pane is not None and pane.id is not None:
            self._mark_active(pane.id)

    def action_pane(self, name: str) -> None:
        """Go to a pane, wherever it is hidden."""
        self._mark_active(name)
        self.call_after_refresh(self.query_one(f"#{name}", Pane).focus_inside)

    def action_next_pane(self) -> None:
        """Go to the next pane."""
        self._step(1)

    def action_previous_pane(self) -> None:
        """Go to the previous pane."""
        self._step(-1)

    def _step(self, way: int) -> None:
        names = [pane.id for pane in self.panes]
        active = next(place for place, pane in enumerate(self.panes) if pane.has_class("-active"))
        self.action_pane(str(names[(active + way) % len(names)]))

    def _mark_active(self, name: str) -> None:
        """Make the pane ``name`` the active one, and the one that shows in its half."""
        half = name in LEFT
        for pane in self.panes:
            pane.set_class(pane.id == name, "-active")
            if (pane.id in LEFT) is half:
                pane.set_class(pane.id == name, "-shown")
        if not self.query("#panes > .-shown").filter("#code, #checks, #timings"):
            self.query_one("#code").add_class("-shown")
        if not self.query("#panes > .-shown").filter("#sessions, #spec"):
            self.query_one("#sessions").add_class("-shown")
        self.query_one(PaneTabs).active = name

    def action_new_session(self) -> None:
        """Begin a session."""
        self.query_one(SessionsPane).new_session()

    def action_search(self) -> None:
        """Search all sessions."""
        self._mark_active("sessions")
        self.query_one(SessionsPane).start_search()

    # The open session --------------------------------------------------------------------------

    def _begin(self) -> None:
        self.run_worker(self._read_last(), group="open", exclusive=True)
        self.set_interval(POLL_S, self._look_for_changes)
        self._look_for_changes()  # what is written from now on counts as a change

    async def _read_last(self) -> None:
        """Open the session that was asked for, that of the last sitting, or else the newest one."""
        from engine.errors import LiftError

        wanted = self.lift_app.first_session
        last = self.lift_app.memory.get("session")

        def find(store: SessionStore) -> str | None:
            from engine.lifecycle.finding import find_session
            from engine.sessions.errors import AmbiguousId, NoSuchRecord

            try:
                if wanted:
                    return find_session(store, wanted).id
            except (AmbiguousId, NoSuchRecord) as error:
                self.post_message(Failed(error))
            try:
                if last and store.sessions.get(str(last)).deleted_at is None:
                    return str(last)
            except NoSuchRecord:
                pass
            newest = store.listing.page(limit=1).items
            return newest[0].id if newest else None

        try:
            session_id = await self.lift_app.desk.edit(find)
        except LiftError as error:
            self.post_message(Failed(error))
            return
        if session_id is None:
            self.post_message(SessionRead(None))
        else:
            await self._read(session_id, None)

    async def _read(self, session_id: str, number: int | None) -> None:
        from engine.errors import LiftError

        def read(store: SessionStore) -> SessionView:
            from tui.session_view import read_session

            return read_session(store, session_id, number=number)

        try:
            view = await self.lift_app.desk.edit(read)
        except LiftError as error:
            self.post_message(Failed(error))
        else:
            self.post_message(SessionRead(view))

    def open_session(self, session_id: str, number: int | None = None) -> None:
        """Read a session and show it; a later call overtakes an earlier one."""
        self.run_worker(partial(self._read, session_id, number), group="open", exclusive=True)

    def on_session_picked(self, message: SessionPicked) -> None:
        """Open what was picked."""
        self.open_session(message.session_id, message.number)

    def on_session_read(self, message: SessionRead) -> None:
        """Show what was read in every pane."""
        self.view = message.view
        if message.view is not None:
            self.lift_app.memory.set("session", message.view.session.id)
        for pane in self.panes:
            pane.show_session(message.view)
        self.query_one(StatusBar).show_session(message.view)
        self.query_one(Notices).show_session(message.view)

    def on_session_changed(self, message: SessionChanged) -> None:
        """Read an edited session again."""
        if message.note:
            self.notify(message.note, markup=False)
        if self.view is not None and self.view.session.id == message.session_id:
            self.open_session(message.session_id)
        self.post_message(StoreChanged())

    def on_store_changed(self, message: StoreChanged) -> None:
        """The list may look different now, and so may the open session."""
        self.query_one(SessionsPane).refresh_list()

    def _look_for_changes(self) -> None:
        self.run_worker(self._poll(), group="poll", exclusive=True)

    _seen_version: int | None = None

    async def _poll(self) -> None:
        """Find out whether anybody has written since the last look."""
        from engine.errors import LiftError

        view = self.view

        def look(store: SessionStore) -> tuple[int, bool]:
            from engine.sessions.errors import NoSuchRecord

            version = store.data_version()
            if version == self._seen_version or view is None:
                return version, False
            try:
                return version, store.sessions.get(view.session.id).updated_at != view.session.updated_at
            except NoSuchRecord:
                return version, False

        try:
            version, touched = await self.lift_app.desk.look(look)
        except LiftError:
            return  # whatever is wrong shows with the next thing the user asks for
        first, changed = self._seen_version is None, version != self._seen_version
        self._seen_version = version
        if changed and not first:
            self.post_message(StoreChanged())
            if touched and view is self.view and view is not None and not self.lift_app.busy and view.is_head:
                self.open_session(view.session.id)

    # Runs --------------------------------------------------------------------------------------

    def show_run(self, run: RunView) -> None:
        """Show one frame of a run in every pane."""
        for pane in self.panes:
            pane.show_run(run)
        self.query_one(StatusBar).show_run(run)
        self.query_one(Notices).show_run(run)

    def end_run(self, run: RunView) -> None:
        """A run is over: show what it saved."""
        for pane in self.panes:
            pane.end_run(run)
        self.query_one(StatusBar).show_run(run)
        self.query_one(Notices).show_run(run)
        self.after_run(run)
        if run.session_id:
            self.open_session(run.session_id)

    # Jumps -------------------------------------------------------------------------------------

    def on_clause_wanted(self, message: ClauseWanted) -> None:
        """Go to a clause of the specification."""
        self.action_pane("spec")
        self.query_one(SpecPane).go_to(message.address)

    def on_line_wanted(self, message: LineWanted) -> None:
        """Go to a line of the code."""
        self.action_pane("code")
        self.query_one(CodePane).go_to(message.line)
