"""A list to choose from, moved through with arrows and with vim's keys."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import OptionList

from tui.keys import bind


class Choices(OptionList):
    """Textual's list of options, which wrap, with j, k and G besides."""

    DEFAULT_CSS = """
    Choices {
        height: auto;
        border: none;
        padding: 0;
        background: transparent;
        &:focus { border: none; background-tint: transparent 0%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j", "cursor_down", "choices.down", "Down", "Go to the next entry."),
        bind("k", "cursor_up", "choices.up", "Up", "Go to the previous entry."),
        bind("G", "last", "choices.last", "Last", "Go to the last entry."),
    ]
