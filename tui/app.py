"""The workbench: the full-screen application, and what all of its screens share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import BindingType

from tui.desk import Desk
from tui.keys import bind
from tui.memory import Memory
from tui.messages import Failed, RunEnded, RunProgressed, StoreChanged
from tui.run_view import RunView
from tui.screens.workbench import WorkbenchScreen
from tui.themes import THEMES, default_theme

if TYPE_CHECKING:
    from textual.screen import Screen

    from engine.errors import LiftError
    from engine.sessions.store import SessionStore
    from engine.stages.jobs import RunRequest
    from tui.run_feed import RunFeed

QUIT_WAIT_S = 2.0
"""How long quitting waits for a run to stop and be saved, in seconds."""

DEFECT = 70
"""Exit code after a defect of Lift's own (``EX_SOFTWARE`` of sysexits.h)."""


class LiftApp(App[int]):
    """The workbench.

    Args:
        db: the session database; the user's own when not given.
        endpoint: name or URL of the endpoint for this sitting; the current one when not given.
    """

    TITLE = "Lift"
    CSS_PATH = ["app.tcss", "screens/workbench.tcss"]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("q,ctrl+q", "quit", "app.quit", "Quit", "Leave Lift; a run that goes on is stopped and kept.", show=True),
        bind("question_mark", "help", "app.help", "Help", "Explain the focused part and list its keys.", show=True),
        bind("escape", "cancel_run", "app.cancel", "Stop the run", "Stop what the model does; what it made is kept."),
    ]

    def __init__(self, *, db: Path | None = None, endpoint: str | None = None) -> None:
        super().__init__()
        self.desk = Desk(db, author=os.environ.get("USER") or os.environ.get("LOGNAME") or "")
        self.memory = Memory()
        self.endpoint = endpoint
        self.run_view: RunView | None = None
        """The run that goes on, or the last one of this sitting."""
        self.failures: list[tuple[float, LiftError]] = []
        """What went wrong in this sitting, oldest first, with the time (seconds since the epoch)."""
        self._feed: RunFeed | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = default_theme(self.console)

    def get_default_screen(self) -> Screen[None]:
        """The main screen."""
        return WorkbenchScreen()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, for themes that are not ours."""
        return {"muted": "ansi_bright_black", "pane-border": "ansi_bright_black"}

    # Runs ------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a run goes on."""
        return self._feed is not None

    def start_run(self, make_request: Callable[[SessionStore], RunRequest]) -> bool:
        """Start a run of the pipeline; its frames arrive as :class:`~tui.messages.RunProgressed`.

        Only one runs at a time, because one person watches; the answer is False while another does.

        Args:
            make_request: makes the request; called in the run's thread, because it reads the store.
        """
        from tui.run_feed import RunFeed

        if self._feed is not None:
            self.notify("A run is going on. Press escape to stop it first.", severity="warning")
            return False
        self.run_view = RunView()
        self._feed = RunFeed(
            self.desk.store,
            make_request,
            on_frame=lambda feed, items: self.post_message(RunProgressed(feed, items)),
            on_end=lambda feed, error: self.post_message(RunEnded(feed, error)),
        )
        self._feed.start()
        self._each_screen("show_run", self.run_view)
        return True

    def action_cancel_run(self) -> None:
        """Stop the run that goes on."""
        if self._feed is not None and self.run_view is not None:
            self.run_view.cancelling = True
            self._feed.cancel()
            self._each_screen("show_run", self.run_view)

    def on_run_progressed(self, message: RunProgressed) -> None:
        """Show one frame of the run."""
        if message.feed is self._feed and self.run_view is not None:
            if message.feed.request is not None:
                self.run_view.profile = message.feed.request.profile
            self.run_view.feed(message.items)
            self._each_screen("show_run", self.run_view)

    def on_run_ended(self, message: RunEnded) -> None:
        """Let go of the run."""
        if message.feed is not self._feed or self.run_view is None:
            return
        self._feed = None
        run = self.run_view
        if message.error is not None:
            run.error = message.error.as_dict()
            self.post_message(Failed(message.error))
        elif run.error is not None and run.error["kind"] != "cancelled":
            from engine.errors import LiftError

            self.post_message(Failed(LiftError(run.error["what"], run.error["todo"])))
        self._each_screen("end_run", run)
        self.post_message(StoreChanged())

    def _each_screen(self, method: str, run: RunView) -> None:
        """Tell every screen of the stack that listens to runs."""
        for screen in self.screen_stack:
            listener = getattr(screen, method, None)
            if listener is not None:
                listener(run)

    # Errors and the end ------------------------------------------------------------------------

    def on_failed(self, message: Failed) -> None:
        """Say what went wrong and what to do next, and keep it for the log."""
        import time

        from tui.wording import printable

        error = message.error
        self.failures.append((time.time(), error))
        self.notify(printable(error.todo), title=printable(error.what), severity="error", timeout=10, markup=False)

    def _handle_exception(self, error: Exception) -> None:
        """Turn a defect into a message; its traceback goes to a file.

        One in the background costs what was asked for and no more; one while drawing ends the app.
        """
        from rich.text import Text
        from textual.worker import WorkerFailed

        from engine.errors import LiftError
        from tui.crash import write_crash_report

        background = isinstance(error, WorkerFailed)
        cause = error.error if isinstance(error, WorkerFailed) and isinstance(error.error, Exception) else error
        if self.is_headless or not background:
            self._return_code = DEFECT
            if self._exception is None:
                self._exception = cause
                self._exception_event.set()  # tests have to fail of it
        what = f"Lift ran into a defect of its own ({type(cause).__name__}: {cause})."
        try:
            todo = f"The details are in {write_crash_report(cause)}; please report them. Your sessions are safe."
        except OSError as unwritable:
            todo = f"The details could not be saved ({unwritable})."
        if background:
            self.post_message(Failed(LiftError(what, todo)))
        else:
            self.panic(Text(f"{what}\n{todo}"))

    async def action_quit(self) -> None:
        """Stop the run, save what is open, and leave."""
        if self._feed is not None:
            import asyncio

            self._feed.cancel()
            await asyncio.to_thread(self._feed.join, QUIT_WAIT_S)
        self.exit(0)

    async def on_unmount(self) -> None:
        """Close the store once everything asked for is saved."""
        await self.desk.close()

    def action_help(self) -> None:
        """Show help for the focused widget."""
        self.notify("Help")
