"""The pane of the sessions."""

from __future__ import annotations

from tui.widgets.pane import Pane


class SessionsPane(Pane):
    """See the module."""

    NAME = "Sessions"
    HELP = ""
    can_focus = True

    def refresh_list(self) -> None:
        """Read the list again."""
