"""Text to read: scrolls with arrows and with vim's keys."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll

from tui.keys import bind


class Reading(VerticalScroll):
    """A scrolling column that can have the focus."""

    HELP = "Text to read; it scrolls."
    can_focus = True
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("down,j", "scroll_down", "read.down", "Down", "Scroll down a line."),
        bind("up,k", "scroll_up", "read.up", "Up", "Scroll up a line."),
        bind("pagedown,space", "page_down", "read.page-down", "Page down", "Scroll down a page."),
        bind("pageup", "page_up", "read.page-up", "Page up", "Scroll up a page."),
        bind("home", "scroll_home", "read.top", "Top", "Go to the beginning."),
        bind("G,end", "scroll_end", "read.end", "End", "Go to the end."),
    ]
