"""The line to search sessions with."""

from __future__ import annotations

from typing import ClassVar

from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input


class SearchField(Input, can_focus=False):
    """One line at the top of the list; arrows and enter go to the pane around it.

    It takes the focus only while it shows, because Textual gives the focus to hidden widgets too.
    """

    HELP = (
        "Words to look for in titles, prompts, specifications and code; all have to occur, the last one may be the "
        "beginning of a word. “quotes” keep words together. enter opens what is found, escape goes back."
    )
    DEFAULT_CSS = """
    SearchField { display: none; background: $panel; }
    SearchField.-shown { display: block; }
    """

    virtual_size: ClassVar[Reactive[Size]] = Reactive(Size(0, 0), layout=False)
    """Textual lays out the whole screen again for each character typed; this line stays where it is."""

    def __init__(self) -> None:
        super().__init__(placeholder="search all sessions", compact=True)

    @property
    def shown(self) -> bool:
        """Whether it shows."""
        return self.can_focus

    def show(self, shown: bool) -> None:
        """Show it, or empty and hide it."""
        self.can_focus = shown
        self.set_class(shown, "-shown")
        if not shown:
            with self.prevent(Input.Changed):
                self.value = ""
