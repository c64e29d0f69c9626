"""The pane of the code."""

from __future__ import annotations

from tui.widgets.pane import Pane


class CodePane(Pane):
    """See the module."""

    NAME = "Code"
    HELP = ""
    can_focus = True

    def go_to(self, line: int) -> None:
        """Show a line, from 1."""
