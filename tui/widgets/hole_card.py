"""One open question: its options, a field for an answer in words, and what the answer would come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from tui.keys import bind
from tui.screens.ask import Answer
from tui.widgets.choices import Choices
from tui.widgets.key_hints import KeyHints

if TYPE_CHECKING:
    from engine.ir.models import IR, TypedHole

PLACES = {
    "intent": "the intent: what the function is for",
    "signature": "the signature: a name or a type",
    "effect": "the effects: what it does beside returning a value",
    "assertion": "the pre- and postconditions",
    "implementation": "the implementation: how it is done",
}
"""Where the answer to a hole belongs, by the hole's kind."""


class Options(Choices):
    """The options of one hole."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "select", "holes.pick", "Pick", "Answer with the marked option.", show=True),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to pick where there is something to pick."""
        return self.option_count > 0 if action == "select" else super().check_action(action, parameters)


class HoleCard(Vertical):
    """See the module. Its screen decides what to do with an answer."""

    BORDER_TITLE = "Open questions"

    def __init__(self) -> None:
        super().__init__()
        self._ir: IR | None = None
        self._hole: TypedHole | None = None
        self._options: list[str] = []

    def compose(self) -> ComposeResult:
        """From the function's header down to the keys."""
        yield Static(id="header", markup=False)
        yield Static(id="question", markup=False)
        yield Static(id="about", markup=False)
        yield Options()
        yield Answer("", soft_wrap=True, highlight_cursor_line=False)
        yield Static(id="outcome", markup=False)
        yield Static(id="state", markup=False)
        yield KeyHints()

    def on_mount(self) -> None:
        """Wait for a key."""
        self.query_one(Options).focus()

    def show_hole(self, ir: IR, hole: TypedHole, options: list[str], place: str) -> None:
        """Show a question of ``ir``; ``place`` says which of how many it is.

        When it is the one that is shown already, the mark and what is being typed stay.
        """
        if self._hole is None or self._hole.identifier != hole.identifier:
            self.close_field()
            self.query_one(Options).clear_options()
        self._ir, self._hole = ir, hole
        self.remove_class("-done")
        self.border_subtitle = place
        self._put("#header", _header(ir))
        self._put("#question", hole.description or f"What about {hole.identifier}?")
        self._put("#about", f"{hole.identifier} · {hole.type_hint} · belongs to {PLACES[hole.kind]}")
        self.show_options(options)

    def show_done(self, ir: IR) -> None:
        """Show that no question is left."""
        self._ir, self._hole = ir, None
        self.add_class("-done")
        self.border_subtitle = ""
        self.close_field()
        self._put("#header", _header(ir))
        self._put("#question", "No question is open.")
        self._put("#about", "Press F to finalize the specification, or g to write its code.")
        self.query_one(Options).clear_options()

    def show_options(self, options: list[str]) -> None:
        """Show the options of the question; those that stay are left as they are."""
        self._options = options
        shown = self.query_one(Options)
        rows = [_row(number, option) for number, option in enumerate(options, 1)]
        if shown.option_count > len(rows):
            shown.clear_options()
        for index, row in enumerate(rows):
            if index >= shown.option_count:
                shown.add_option(Option(row))
            elif shown.get_option_at_index(index).prompt != row:
                shown.replace_option_prompt_at_index(index, row)
        if shown.highlighted is None and rows:
            shown.highlighted = 0
        self.screen.refresh_bindings()
        self._explain()

    @property
    def is_whole(self) -> bool:
        """Whether it can show something: a screen that is being closed loses its parts, the innermost first."""
        return bool(self.query("#state")) and bool(self.query(Options))

    def tell(self, text: str) -> None:
        """Say what has become of an answer or a request, in one or two sentences."""
        self._put("#state", text)

    # The field for an answer in words ------------------------------------------------------------

    @property
    def answer(self) -> str | None:
        """What is in the field; None while it is closed."""
        field = self.query_one(Answer)
        return field.text.strip() if self.has_class("-own") else None

    def open_field(self) -> None:
        """Let the user type an answer."""
        field = self.query_one(Answer)
        field.text = ""
        self.add_class("-own")
        field.focus()
        self._explain()

    def close_field(self) -> None:
        """Go back to the options."""
        if self.has_class("-own"):
            self.remove_class("-own")
            self.query_one(Options).focus()
            self._explain()

    def on_option_list_option_highlighted(self) -> None:
        """The mark has moved."""
        self._explain()

    def on_text_area_changed(self) -> None:
        """The answer has grown."""
        self._explain()

    def _explain(self) -> None:
        """Say what the marked option, or the answer typed so far, would come to."""
        if self._hole is None or self._ir is None:
            self._put("#outcome", "")
            return
        from tui.hole_answers import outcome

        marked, text = self.query_one(Options).highlighted, self.answer
        if text is None:
            text = self._options[marked] if marked is not None and marked < len(self._options) else ""
        if text:
            result = outcome(self._ir, self._hole, text)
            self._put("#outcome", f"→ {result.place}" + (f"\n! {result.doubt}" if result.doubt else ""))
        elif self._options or self.has_class("-own"):
            self._put("#outcome", "")
        else:
            self._put("#outcome", "No options: answer in your own words (a), or let the model suggest some (s).")

    def _put(self, selector: str, text: str) -> None:
        from tui.wording import printable

        self.query_one(selector, Static).update(Content(printable(text)))


def _header(ir: IR) -> str:
    """The function in one line."""
    parameters = ", ".join(f"{parameter.name}: {parameter.type_hint}" for parameter in ir.signature.parameters)
    return f"{ir.signature.name}({parameters}) -> {ir.signature.returns}"


def _row(number: int, option: str) -> Content:
    from tui.wording import printable

    key = f"{number}" if number <= 9 else " "
    return Content.assemble((key, "bold"), "  ", printable(option))
