"""What stands between a specification and its being final: open questions and errors, to go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from tui.keys import bind
from tui.screens.session_screen import SessionScreen
from tui.widgets.choices import Choices
from tui.widgets.key_hints import KeyHints

if TYPE_CHECKING:
    from engine.lifecycle.errors import StillOpen


class Place(NamedTuple):
    """Where to go: a hole by its identifier, or else a clause by its address."""

    hole: str = ""
    clause: str = ""


class Things(Choices):
    """What is still open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "select", "open.go", "Go there", "Go to the question or the clause.", show=True),
    ]


class StillOpenScreen(SessionScreen[Place | None]):
    """See the module."""

    CSS_PATH = "still_open.tcss"
    HELP = "What is left to do before the specification can be finalized; enter goes there."
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "close", "open.close", "Close", "Stay where you were.", show=True),
    ]

    def __init__(self, error: StillOpen) -> None:
        super().__init__()
        self._holes, self._problems = error.holes, error.problems
        self._places = [Place(hole=hole.identifier) for hole in error.holes]
        self._places += [Place(clause=problem.address) for problem in error.problems]

    def compose(self) -> ComposeResult:
        """A row for each question and each error."""
        count = len(self._places)
        with Vertical(id="open"):
            yield Static(
                f"Not final yet: {count} thing{'s are' if count != 1 else ' is'} left.", id="question", markup=False
            )
            yield Things(*map(Option, self._rows()))
            yield KeyHints()

    def on_mount(self) -> None:
        """Mark the first row."""
        self.query_one(Things).focus()

    def on_option_list_option_selected(self, event: Things.OptionSelected) -> None:
        """Go to what was chosen."""
        self.dismiss(self._places[event.option_index])

    def action_close(self) -> None:
        """Go nowhere."""
        self.dismiss(None)

    def _rows(self) -> list[Content]:
        from tui.wording import printable

        rows = [("? question: ", hole.description or hole.identifier) for hole in self._holes]
        for problem in self._problems:
            rows.append(("! error: ", f"{problem.address}: {problem.message}. {problem.suggestion}".rstrip()))
        return [Content.assemble((kind, "bold"), printable(text)) for kind, text in rows]
