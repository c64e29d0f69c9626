"""What went wrong in a sitting: said at once, kept for the log, and never a traceback on the screen."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import App

from tui.messages import Failed

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from engine.errors import LiftError

DEFECT = 70
"""Exit code after a defect of Lift's own (``EX_SOFTWARE`` of sysexits.h)."""

SIGNS = {"information": "", "warning": "! ", "error": "✗ "}
"""What a notification begins with, because its colour alone would tell nothing to many."""

LONGEST_NOTICE = 240
"""A notification shows so many characters at most; the log has them all."""


@dataclass(frozen=True)
class Notice:
    """Something the user was told: when (seconds since the epoch), how bad it is, what, and what to do."""

    at: float
    severity: SeverityLevel
    what: str
    todo: str = ""


class FailuresApp(App[int]):
    """The part of the app that tells of failures and keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[tuple[float, LiftError]] = []
        """What went wrong in this sitting, oldest first, with the time (seconds since the epoch)."""
        self.notices: list[Notice] = []
        """All that was told in this sitting, oldest first."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Tell the user something in passing; it stays in the log."""
        self.notices.append(Notice(time.time(), severity, title or message, message if title else ""))
        sign = SIGNS[severity]
        if title:
            title = f"{sign}{_short(title)}"
        else:
            message = f"{sign}{message}"
        super().notify(_short(message), title=title, severity=severity, timeout=timeout, markup=markup)

    def on_failed(self, message: Failed) -> None:
        """Say what went wrong and what to do next, and keep it for the log."""
        from tui.wording import printable

        error = message.error
        self.failures.append((time.time(), error))
        todo = error.todo or "The log has it (L)."
        self.notify(printable(todo), title=printable(error.what), severity="error", timeout=10, markup=False)

    def panic(self, *renderables: Any) -> None:
        """End the app; what is left to say is printed afterwards.

        Textual's reader of the keyboard calls this with a traceback when the terminal is gone.
        """
        from rich.traceback import Traceback

        said = [each for each in renderables if not isinstance(each, Traceback)]
        super().panic(*said or ["The terminal cannot be read any more. Your sessions are safe."])

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


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NOTICE else f"{text[:LONGEST_NOTICE].rstrip()} … (L shows all)"
