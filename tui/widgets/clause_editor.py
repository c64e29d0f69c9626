"""The field in which one clause is edited, right beneath its row, checked as it is typed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from engine.ir.addresses import list_of
from tui.keys import bind
from tui.problem_lines import problem_content
from tui.widgets.python_area import PythonArea
from tui.wording import printable

if TYPE_CHECKING:
    from engine.ir.models import IR
    from tui.diagnostics import Diagnostic

PAUSE_S = 0.15
"""A text is checked when nothing was typed for this long, in seconds."""

SAMPLES = {
    "requires": 'requires: low <= high, "why it must hold"',
    "ensures": 'ensures: low <= result, "why it holds"',
    "raises": "raises: ValueError, low > high",
    "effects": "effect, in words: writes the log file",
    "examples": "example: f(1, 2) == 3",
    "holes": 'hole: "nan", kind="signature", ask="Reject NaN?", options=["yes", "no"]',
    "signature.parameters": 'parameter: low: int = 0, "the lower bound"',
    "intent": "intent: the summary on the first line, reasons below it",
    "signature": "header: def f(low: int) -> bool",
}
"""What a clause of each kind looks like in its form (:mod:`tui.clause_forms`)."""


class ClauseField(PythonArea):
    """The text of the clause."""

    HELP = "One clause as it stands in the specification's text. It is checked while you type."
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "save", "clause.save", "Save", "Save the clause as a new draft.", show=True, priority=True),
        bind("ctrl+j", "new_line", "clause.new-line", "New line", "Begin a new line.", priority=True),
        bind("ctrl+f", "fix", "clause.fix", "Fix", "Write what the suggestion says.", show=True),
        bind("escape", "give_up", "clause.give-up", "Give up", "Leave the clause as it was.", show=True),
    ]

    @property
    def editor(self) -> ClauseEditor:
        """The editor that this is the field of."""
        return next(node for node in self.ancestors if isinstance(node, ClauseEditor))

    def action_save(self) -> None:
        """Save the clause."""
        self.editor.save()

    def action_new_line(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    def action_fix(self) -> None:
        """Write what the suggestion says."""
        self.editor.fix()

    def action_give_up(self) -> None:
        """Leave the clause as it was."""
        self.editor.post_message(ClauseEditor.Left(self.editor))


class ClauseEditor(Vertical):
    """See the module.

    Args:
        ir: the specification that the clause belongs to, without the edit.
        base: id of the draft that it is.
        address: the clause, or the address that a new one will have.
        text: the clause in its form; empty for a new one.
        adding: whether it is a new clause.
        changed: a text typed before that is given back.
        take_focus: whether to take the focus.
    """

    DEFAULT_CSS = """
    ClauseEditor {
        height: auto;
        margin-left: 2;
        border-left: thick $primary;
        padding-left: 1;
    }
    ClauseEditor ClauseField { height: auto; max-height: 12; background: $panel; }
    ClauseEditor Static { height: auto; color: $muted; }
    """

    @dataclass
    class Wanted(Message):
        """The user wants the clause saved as it is typed."""

        editor: ClauseEditor

    @dataclass
    class Left(Message):
        """The user gives up."""

        editor: ClauseEditor

    @dataclass
    class Typed(Message):
        """The text is another one now."""

        editor: ClauseEditor

    @dataclass
    class Checked(Message):
        """What is wrong with ``text``."""

        text: str
        found: list[Diagnostic]

    def __init__(
        self,
        ir: IR,
        base: int,
        address: str,
        text: str,
        *,
        adding: bool = False,
        changed: str | None = None,
        take_focus: bool = True,
    ) -> None:
        super().__init__()
        self.base, self.address, self.adding = base, address, adding
        self._ir = ir
        self._before = text
        prose = list_of(address) in ("intent", "effects")
        self.field = ClauseField(
            text if changed is None else changed,
            language=None if prose else "python",
            soft_wrap=True,
            highlight_cursor_line=False,
        )
        self._take_focus = take_focus
        self._found: list[Diagnostic] = []

    @property
    def kind(self) -> str:
        """The list that the clause stands in."""
        return list_of(self.address)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.field.text

    @property
    def dirty(self) -> bool:
        """Whether it differs from what is saved."""
        return self.text != self._before

    def compose(self) -> ComposeResult:
        """What it is and looks like, the field, what is wrong."""
        yield Static(f"{'New ' if self.adding else ''}{SAMPLES[self.kind]}", id="sample", markup=False)
        yield self.field
        yield Static("", id="found", markup=False)

    def on_mount(self) -> None:
        """Begin at the end of the text."""
        self.field.move_cursor(self.field.document.end)
        if self._take_focus:
            self.field.focus()
        self._show([])

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Check what is typed once there is a pause."""
        event.stop()
        self.post_message(self.Typed(self))
        self.run_worker(partial(self._check, self.text), group="check", exclusive=True)

    async def _check(self, text: str) -> None:
        await asyncio.sleep(PAUSE_S)
        if not text.strip():
            self.post_message(self.Checked(text, []))
            return

        def check() -> list[Diagnostic]:
            from tui.diagnostics import clause_diagnostics

            return clause_diagnostics(self._ir, self.address, text, adding=self.adding)

        self.post_message(self.Checked(text, await asyncio.to_thread(check)))

    def on_clause_editor_checked(self, message: Checked) -> None:
        """Show what is wrong, if it is about the text that is there."""
        message.stop()
        if message.text == self.text:
            self._show(message.found)

    def _show(self, found: list[Diagnostic]) -> None:
        self._found = found
        lines = [problem_content(diagnostic) for diagnostic in found[:4]]
        if len(found) > 4:
            lines.append(Content(f"and {len(found) - 4} more"))
        keys = "enter saves · ctrl+j new line · esc gives up"
        lines.append(Content.styled(keys, "$muted"))
        self.query_one("#found", Static).update(Content("\n").join(lines))

    def save(self) -> None:
        """Ask for the clause to be saved; an unchanged or empty one is left as it was."""
        if not self.text.strip() or not self.dirty:
            self.post_message(self.Left(self))
        else:
            self.post_message(self.Wanted(self))

    def fix(self) -> None:
        """Carry out the first suggestion that names a replacement."""
        for diagnostic in self._found:
            if diagnostic.fix is not None:
                end = self.field.document.end
                self.field.replace(diagnostic.fix.text, (0, 0), end, maintain_selection_offset=False)
                return
        self.notify(printable("There is nothing to fix, or the suggestion leaves it to you."))
