"""Asking the user for a text, or for a yes."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from tui.keys import bind


class Answer(TextArea):
    """The field of :class:`AskScreen`: enter accepts, ctrl+j begins a new line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "screen.accept", "ask.accept", "Accept", "Take the text.", show=True, priority=True),
        bind("ctrl+j", "new_line", "ask.new-line", "New line", "Begin a new line."),
    ]

    def action_new_line(self) -> None:
        """Insert a line end."""
        self.insert("\n")


class AskScreen(ModalScreen[str | None]):
    """Asks for a text; the result is None when the user presses escape.

    Args:
        question: what is asked, one line.
        text: what stands in the field at first.
        hint: one muted line below the field.
        check: says what is wrong with a text, as it is typed; empty when it is fine.
        empty: whether an empty text is an answer.
    """

    HELP = "A question that wants a text. Enter takes it, escape leaves everything as it is."
    CSS_PATH = "ask.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "give_up", "ask.give-up", "Cancel", "Close without an answer.", show=True),
    ]

    def __init__(
        self,
        question: str,
        *,
        text: str = "",
        hint: str = "enter accepts · ctrl+j new line · esc cancels",
        check: Callable[[str], str] = lambda _: "",
        empty: bool = False,
    ) -> None:
        super().__init__()
        self._question = question
        self._text = text
        self._hint = hint
        self._check = check
        self._empty = empty

    def compose(self) -> ComposeResult:
        """The question, the field, the hint."""
        with Vertical(id="ask"):
            yield Static(self._question, id="question", markup=False)
            yield Answer(self._text, soft_wrap=True, highlight_cursor_line=False)
            yield Static(self._hint, id="hint", markup=False)

    def on_mount(self) -> None:
        """Put the cursor at the end of what is there."""
        field = self.query_one(Answer)
        field.move_cursor(field.document.end)
        field.focus()

    def on_text_area_changed(self) -> None:
        """Say what is wrong with the text so far."""
        problem = self._check(self.query_one(Answer).text)
        hint = self.query_one("#hint", Static)
        hint.update(problem or self._hint)
        hint.set_class(bool(problem), "-problem")

    def action_accept(self) -> None:
        """Close with the text, if it may be."""
        text = self.query_one(Answer).text.strip()
        if (text or self._empty) and not self._check(text):
            self.dismiss(text)

    def action_give_up(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


class ConfirmScreen(ModalScreen[bool]):
    """Asks a question whose answer is yes or no; escape is no."""

    HELP = "A question to answer with yes or no."
    CSS_PATH = "ask.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("y,enter", "answer(True)", "confirm.yes", "Yes", "Do it.", show=True),
        bind("n,escape", "answer(False)", "confirm.no", "No", "Leave everything as it is.", show=True),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and the keys."""
        with Vertical(id="ask"):
            yield Static(self._question, id="question", markup=False)
            yield Static("y yes · n no", id="hint", markup=False)

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)
