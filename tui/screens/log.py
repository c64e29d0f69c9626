"""The log of a sitting: everything the user was told, newest first, and where crash reports lie."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.screens.page import Page
from tui.widgets.reading import Reading

if TYPE_CHECKING:
    from tui.app_failures import Notice

LOOK_S = 0.5
"""How often to look for news, in seconds."""

SIGNS = {"error": ("✗", "$error"), "warning": ("!", "$warning"), "information": ("·", "$muted")}


class LogScreen(Page):
    """See the module."""

    NAME = "Log of this sitting"
    HELP = "All that Lift told you since it was started, newest first: when, what happened, what to do. y copies it."
    CSS_PATH = "log.tcss"

    _shown = -1

    def body(self) -> ComposeResult:
        """The entries, and where crash reports lie."""
        yield Reading(Static(id="entries"))
        yield Static(id="crash", classes="page--hint", markup=False)

    def on_mount(self) -> None:
        """Show what there is, and look for more; what stood in the corner is here now."""
        self.app.clear_notifications()
        self.query_one(Reading).focus()
        self._look()
        self.set_interval(LOOK_S, self._look)
        self.run_worker(self._find_crash(), group="crash")

    def _look(self) -> None:
        notices = self.lift_app.notices
        if len(notices) == self._shown:
            return
        self._shown = len(notices)
        entries = [_entry(notice) for notice in reversed(notices)]
        self.query_one("#entries", Static).update(
            Content("\n\n").join(entries) if entries else "Nothing went wrong so far; nothing was told."
        )

    async def _find_crash(self) -> None:
        import asyncio

        line = await asyncio.to_thread(crash_line)
        self.query_one("#crash", Static).update(line)

    def copy_text(self) -> str:
        """The entries as plain text, oldest first."""
        return "\n\n".join(_entry(notice).plain for notice in self.lift_app.notices)


def crash_line() -> str:
    """Where the report of the last defect is, if there was one."""
    from engine import paths

    path = paths.state_dir() / "crash.log"
    try:
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
    except OSError:
        return f"A defect of Lift's own would leave its details in {path}; there is none."
    return f"The last defect of Lift's own was on {at}; its details are in {path}."


def _entry(notice: Notice) -> Content:
    """When, what happened, what to do."""
    from tui.wording import printable

    sign, colour = SIGNS[notice.severity]
    at = time.strftime("%H:%M:%S", time.localtime(notice.at))
    head = Content.assemble((f"{at} {sign} ", colour), (printable(notice.what), "bold"))
    todo = Content(printable(notice.todo))
    return Content("\n").join([head, todo]) if notice.todo else head
