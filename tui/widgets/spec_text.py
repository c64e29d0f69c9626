"""The specification's text in an editor: highlighted, its problems marked in the gutter as it is typed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.color import Color
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widgets import Static, TextArea

from tui.keys import bind
from tui.problem_lines import SIGNS, problem_content
from tui.widgets.python_area import PythonArea

if TYPE_CHECKING:
    from tui.diagnostics import Diagnostic

PAUSE_S = 0.2
"""A text is checked when nothing was typed for this long, in seconds."""

TYPING = ("leave", "next_problem", "fix", "new_line", "redo_typing")
"""Actions that exist only while typing; while reading, their keys mean what they mean elsewhere."""


class SpecEditor(PythonArea):
    """The text itself, with a sign in the gutter on each line that has a problem.

    It is read-only until the user begins to type (:class:`SpecText`), so that letters are keys.
    """

    HELP = (
        "The specification as a Python stub. A sign at the line's number marks a problem; its message stands below. "
        "Press enter to type and escape to stop."
    )
    DEFAULT_CSS = """
    SpecEditor { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("ctrl+s", "save", "text.save", "Save", "Save the text as a new draft.", show=True),
        bind("ctrl+n", "next_problem", "text.next-problem", "Next problem", "Go to the next problem.", show=True),
        bind("ctrl+f", "fix", "text.fix", "Fix", "Write what the suggestion for this line says.", show=True),
        bind(
            "escape", "leave", "text.leave", "Stop typing", "Stop typing; the text is saved.", show=True, priority=True
        ),
        bind("enter", "new_line", "text.new-line", "New line", "Begin a line as deep as this one.", priority=True),
        bind("ctrl+r", "redo_typing", "text.redo", "Redo typing", "Type again what ctrl+z took back."),
        bind("j", "cursor_down", "text.down", "Down", "Go down a line; while typing, it types."),
        bind("k", "cursor_up", "text.up", "Up", "Go up a line; while typing, it types."),
        bind("G", "last_line", "text.last", "Last line", "Go to the last line."),
        bind("ctrl+e", "open_editor", "text.editor", "$EDITOR", "Edit the text in your own editor.", show=True),
    ]

    problems: reactive[tuple[Diagnostic, ...]] = reactive(())

    @property
    def host(self) -> SpecText:
        """The view that this is the text of."""
        return next(node for node in self.ancestors if isinstance(node, SpecText))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the keys of typing only while typing."""
        return not self.read_only if action in TYPING else True

    def render_line(self, y: int) -> Strip:
        """A line with the sign of its problem behind its number."""
        strip = super().render_line(y)
        sign = self._sign(y)
        if sign is None:
            return strip
        place = self.gutter_width - 2
        text, colour = sign
        style = Style(color=colour.rich_color, bold=True)
        return Strip.join([strip.crop(0, place), Strip([Segment(text, style)], 1), strip.crop(place + 1)])

    def _sign(self, y: int) -> tuple[str, Color] | None:
        """The sign of a visible line and its colour; None for a line without a problem."""
        visual = self.scroll_offset.y + y
        if not self.problems or visual >= self.wrapped_document.height:
            return None
        row, column = self.wrapped_document.offset_to_location(Offset(0, visual))
        found = [problem.severity for problem in self.problems if problem.line == row + 1]
        if column or not found:
            return None
        sign, variable = SIGNS["error" if "error" in found else "warning"]
        return sign, Color.parse(self.app.theme_variables[variable[1:]])

    def watch_problems(self) -> None:
        """Draw the signs."""
        self.refresh()

    def action_save(self) -> None:
        """Save the text."""
        self.host.post_message(SpecText.Wanted(self.host))

    def action_leave(self) -> None:
        """Stop typing."""
        self.host.stop_typing()

    def action_next_problem(self) -> None:
        """Go to the next problem."""
        self.host.step_problem(1)

    def action_fix(self) -> None:
        """Write what the suggestion says."""
        self.host.fix()

    def action_new_line(self) -> None:
        """Begin a new line with the indentation of this one."""
        row, column = self.cursor_location
        line = self.document.get_line(row)[:column]
        indent = line[: len(line) - len(line.lstrip(" "))]
        self.replace("\n" + indent, *self.selection, maintain_selection_offset=False)

    def action_redo_typing(self) -> None:
        """Type again what was taken back."""
        self.redo()

    def action_last_line(self) -> None:
        """Go to the end of the text."""
        self.move_cursor(self.document.end)

    def action_open_editor(self) -> None:
        """Edit the text in the user's own editor."""
        self.host.post_message(SpecText.EditorWanted(self.host))


class SpecText(Vertical):
    """The editor, and a line beneath it about the problem where the cursor is."""

    DEFAULT_CSS = """
    SpecText #problem { height: auto; max-height: 5; color: $muted; }
    """

    @dataclass
    class Wanted(Message):
        """The user wants the text saved."""

        text_view: SpecText

    @dataclass
    class Left(Message):
        """The user has stopped typing."""

        text_view: SpecText

    @dataclass
    class EditorWanted(Message):
        """The user wants to go on in their own editor."""

        text_view: SpecText

    @dataclass
    class Typed(Message):
        """The text is another one now."""

        text_view: SpecText

    @dataclass
    class Checked(Message):
        """What is wrong with ``text``."""

        text: str
        found: tuple[Diagnostic, ...]

    base: int | None = None
    """Id of the draft that the text was made from."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.saved_text = ""
        self.editor = SpecEditor(read_only=True, show_line_numbers=True, soft_wrap=True, tab_behavior="indent")

    def compose(self) -> ComposeResult:
        """The editor and the line."""
        yield self.editor
        yield Static("", id="problem", markup=False)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.editor.text

    @property
    def dirty(self) -> bool:
        """Whether it differs from what is saved."""
        return self.editor.text != self.saved_text

    @property
    def typing(self) -> bool:
        """Whether letters type."""
        return not self.editor.read_only

    def load(self, base: int | None, saved: str, text: str | None = None) -> None:
        """Show a draft's text, or what was typed over it; the cursor stays on its line.

        Args:
            base: id of the draft.
            saved: its text.
            text: what was typed, if that is what is to be shown.
        """
        self.base, self.saved_text = base, saved
        wanted = saved if text is None else text
        if wanted != self.editor.text:
            place = self.editor.cursor_location
            self.editor.load_text(wanted)
            self.editor.move_cursor(place)
        self._say()

    def start_typing(self) -> None:
        """Let letters type."""
        self.editor.read_only = False
        self.editor.focus()
        self.refresh_bindings()
        self._say()

    def stop_typing(self) -> None:
        """Let letters be keys again."""
        self.editor.read_only = True
        self.refresh_bindings()
        self._say()
        self.post_message(self.Left(self))

    def step_problem(self, way: int) -> bool:
        """Go to the next problem (1) or the one before (-1), round the end; whether there is one."""
        places = [(problem.line - 1, problem.column - 1) for problem in self.editor.problems]
        if not places:
            self.notify("There is no problem in the text.")
            return False
        here = self.editor.cursor_location
        ahead = [place for place in places if (place > here if way > 0 else place < here)]
        target = (ahead or places)[0 if way > 0 else -1]
        self.editor.move_cursor(target, center=True)
        self.editor.focus()
        return True

    def fix(self) -> None:
        """Carry out the suggestion for the problem at the cursor's line, or else the first that can be."""
        row = self.editor.cursor_location[0] + 1
        fixable = [problem for problem in self.editor.problems if problem.fix is not None]
        chosen = next((problem for problem in fixable if problem.line == row), next(iter(fixable), None))
        if chosen is None or chosen.fix is None:
            self.notify("There is nothing to fix, or the suggestion leaves it to you.")
            return
        place = self.editor.cursor_location
        self.editor.replace(chosen.fix.text, (0, 0), self.editor.document.end, maintain_selection_offset=False)
        self.editor.move_cursor(place)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Check the text once there is a pause."""
        event.stop()
        self.post_message(self.Typed(self))
        self._say()
        self.run_worker(partial(self._check, self.text), group="check", exclusive=True)

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        """Tell about the line that the cursor is on."""
        event.stop()
        self._say()

    async def _check(self, text: str) -> None:
        await asyncio.sleep(PAUSE_S)

        def check() -> list[Diagnostic]:
            from tui.diagnostics import text_diagnostics

            return text_diagnostics(text)

        self.post_message(self.Checked(text, tuple(await asyncio.to_thread(check))))

    def on_spec_text_checked(self, message: Checked) -> None:
        """Mark what is wrong, if it is about the text that is there."""
        message.stop()
        if message.text == self.text:
            self.editor.problems = message.found
            self._say()

    def _say(self) -> None:
        """The line beneath the text."""
        if not self.is_mounted:
            return
        problems = self.editor.problems
        row = self.editor.cursor_location[0] + 1
        lines = [problem_content(problem) for problem in problems if problem.line == row][:2]
        if not lines:
            count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
            lines.append(Content(f"{count}: {'ctrl+n' if self.typing else ']'} goes to the next" if problems else ""))
        unsaved = "unsaved · " if self.dirty else ""
        keys = "ctrl+s saves · esc stops typing" if self.typing else "enter types · v shows clauses"
        lines.append(Content.styled(f"{unsaved}{keys}", "$muted"))
        self.query_one("#problem", Static).update(Content("\n").join(line for line in lines if line.plain))
