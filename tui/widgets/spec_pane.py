"""The pane of the spec."""

from __future__ import annotations

from tui.widgets.pane import Pane


class SpecPane(Pane):
    """See the module."""

    NAME = "Specification"
    HELP = ""
    can_focus = True

    def go_to(self, address: str) -> None:
        """Show the clause at ``address``."""
