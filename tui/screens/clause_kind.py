"""Choosing what kind of clause to add, by its letter or from the list."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.keys import bind

KINDS = {
    "signature.parameters": ("p", "parameter", "one more argument, with its type"),
    "requires": ("q", "requires", "what must hold before the call"),
    "ensures": ("e", "ensures", "what holds of the result"),
    "raises": ("r", "raises", "which exception, and when"),
    "effects": ("f", "effect", "what it does beside returning a value, in words"),
    "examples": ("x", "example", "a call and its result"),
    "holes": ("h", "hole", "a question that is left open"),
}
"""Letter, name and meaning of each kind of clause that can be added."""


class ClauseKindScreen(ModalScreen[str | None]):
    """Gives the list to add to, None when the user presses escape.

    Args:
        kind: the kind that the cursor is on at first.
    """

    HELP = "Press the letter of the kind of clause, or choose it from the list with enter."
    CSS_PATH = "clause_kind.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "pick('')", "kind.give-up", "Cancel", "Add nothing.", show=True),
        bind("j", "move(1)", "kind.down", "Down", "Go to the next kind."),
        bind("k", "move(-1)", "kind.up", "Up", "Go to the previous kind."),
        *(
            bind(letter, f"pick('{kind}')", f"kind.{name}", name.capitalize(), f"Add: {meaning}.")
            for kind, (letter, name, meaning) in KINDS.items()
        ),
    ]

    def __init__(self, kind: str = "ensures") -> None:
        super().__init__()
        self._kind = kind if kind in KINDS else "ensures"

    def compose(self) -> ComposeResult:
        """The question and the list."""
        with Vertical(id="kinds"):
            yield Static("Add which kind of clause?", id="question", markup=False)
            yield OptionList(
                *(
                    Option(Content.assemble((f"{letter}  {name:<10}", "bold"), (meaning, "$muted")), id=kind)
                    for kind, (letter, name, meaning) in KINDS.items()
                ),
                compact=True,
            )

    def on_mount(self) -> None:
        """Begin at the kind that was given."""
        self.query_one(OptionList).highlighted = [*KINDS].index(self._kind)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with the kind."""
        self.dismiss(event.option_id)

    def action_move(self, way: int) -> None:
        """Go through the list."""
        kinds = self.query_one(OptionList)
        (kinds.action_cursor_down if way > 0 else kinds.action_cursor_up)()

    def action_pick(self, kind: str) -> None:
        """Close with the kind."""
        self.dismiss(kind or None)
