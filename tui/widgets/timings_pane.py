"""The pane of the timings."""

from __future__ import annotations

from tui.widgets.pane import Pane


class TimingsPane(Pane):
    """See the module."""

    NAME = "Timings"
    HELP = ""
    can_focus = True
