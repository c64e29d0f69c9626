"""Asking the user to choose one of a few things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.widgets.option_list import Option

from tui.keys import bind
from tui.widgets.choices import Choices


class PickScreen(ModalScreen[str | None]):
    """Asks for one of ``choices``; the result is its value, or None when the user presses escape.

    Args:
        question: what is asked, one line.
        choices: value and text of each.
        current: the value to stand on at first.
        shown: hears of each value that the user comes to.
    """

    HELP = "Choose one with the arrows and enter; escape leaves everything as it is."
    CSS_PATH = "pick.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "give_up", "pick.give-up", "Cancel", "Close without a choice.", show=True),
    ]

    def __init__(
        self,
        question: str,
        choices: Sequence[tuple[str, str]],
        *,
        current: str = "",
        shown: Callable[[str], object] = lambda _: None,
    ) -> None:
        super().__init__()
        self._question = question
        self._choices = choices
        self._current = current
        self._shown = shown

    def compose(self) -> ComposeResult:
        """The question, the choices, the keys."""
        with Vertical(id="pick"):
            yield Static(self._question, id="question", markup=False)
            yield Choices(*(Option(Content(text)) for _, text in self._choices))
            yield Static("enter chooses · esc cancels", id="hint", markup=False)

    def on_mount(self) -> None:
        """Stand on the current one."""
        values = [value for value, _ in self._choices]
        self.query_one(Choices).highlighted = values.index(self._current) if self._current in values else 0

    def on_option_list_option_highlighted(self, event: Choices.OptionHighlighted) -> None:
        """Show what it would be."""
        self._shown(self._choices[event.option_index][0])

    def on_option_list_option_selected(self, event: Choices.OptionSelected) -> None:
        """Close with the choice."""
        self.dismiss(self._choices[event.option_index][0])

    def action_give_up(self) -> None:
        """Close without one."""
        self.dismiss(None)
