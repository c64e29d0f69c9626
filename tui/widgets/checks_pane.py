"""The pane of the checks."""

from __future__ import annotations

from tui.widgets.pane import Pane


class ChecksPane(Pane):
    """See the module."""

    NAME = "Checks"
    HELP = ""
    can_focus = True
