"""A text area for Python, highlighted in the colours of the theme, 16 colours included."""

from __future__ import annotations

from typing import Any

from rich.style import Style
from textual.color import Color
from textual.theme import Theme
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

STYLES = {
    "keyword": "primary bold",
    "keyword.function": "primary bold",
    "keyword.operator": "primary bold",
    "keyword.return": "primary bold",
    "conditional": "primary bold",
    "repeat": "primary bold",
    "exception": "primary bold",
    "include": "primary bold",
    "boolean": "accent",
    "constant.builtin": "accent",
    "number": "accent",
    "float": "accent",
    "string": "success",
    "string.documentation": "success",
    "comment": "muted italic",
    "type": "secondary",
    "type.builtin": "secondary",
    "function": "bold",
    "function.call": "bold",
    "method.call": "bold",
}
"""What tree-sitter's query for Python calls a token, and the theme's variable and attributes it is shown with."""


class PythonArea(TextArea):
    """See the module; takes what a text area takes."""

    DEFAULT_CSS = """
    PythonArea {
        border: none;
        padding: 0;
        background: transparent;
        &:focus { border: none; }
    }
    """

    def __init__(self, text: str = "", *, language: str | None = "python", **options: Any) -> None:
        super().__init__(text, language=language, **options)

    def on_mount(self) -> None:
        """Take on the colours of the app's theme, now and whenever it changes."""
        self.app.theme_changed_signal.subscribe(self, self._recolour)
        self._recolour(self.app.current_theme)

    def _recolour(self, theme: Theme) -> None:
        variables = self.app.theme_variables
        styles: dict[str, Style] = {}
        for token, words in STYLES.items():
            variable, _, attributes = words.partition(" ")
            if variable in variables:
                colour = Color.parse(variables[variable]).rich_color
                styles[token] = Style(color=colour, bold="bold" in attributes, italic="italic" in attributes)
            else:
                styles[token] = Style(bold="bold" in words)
        self.register_theme(TextAreaTheme("lift", syntax_styles=styles))
        self.theme = "lift"

    def grow(self, text: str) -> None:
        """Show ``text``, which most likely only goes on where the shown one ended; keep the end in view."""
        old = self.text
        if text == old:
            return
        same = next((place for place, (a, b) in enumerate(zip(old, text, strict=False)) if a != b), None)
        if same is None:
            same = min(len(old), len(text))
        before = old[:same]
        begin = (before.count("\n"), same - (before.rfind("\n") + 1))
        self.replace(text[same:], begin, self.document.end, maintain_selection_offset=False)
        self.history.clear()
        self.move_cursor(self.document.end)
