"""Asking for the tags of a session, with those in use to complete from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tui.keys import bind
from tui.screens.ask import Answer, AskScreen

OFFERED = 12
"""How many tags are offered at once."""


class TagsScreen(AskScreen):
    """Asks for tags, separated by spaces.

    Args:
        tags: the tags that the session has.
        in_use: all tags in use, with the number of sessions that carry each.
    """

    HELP = "Type tags with spaces between them; tab completes one from those in use."
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("tab", "complete", "tags.complete", "Complete", "Complete the tag from those in use.", priority=True),
    ]

    def __init__(self, tags: str, in_use: Mapping[str, int]) -> None:
        super().__init__(
            "Tags, separated by spaces",
            text=f"{tags} " if tags else "",
            hint="enter accepts · tab completes · esc cancels",
            empty=True,
        )
        self._in_use = sorted(in_use, key=lambda tag: (-in_use[tag], tag))

    def on_mount(self) -> None:
        """Offer the tags in use."""
        self.query_one("#ask", Vertical).mount(Static(self._offer(), id="offer", markup=False), before="#hint")

    def on_text_area_changed(self) -> None:
        """Offer what fits the word that is being typed."""
        for offer in self.query("#offer").results(Static):
            offer.update(self._offer())

    def action_complete(self) -> None:
        """Complete the word that is being typed with the first tag offered."""
        field = self.query_one(Answer)
        typed, fitting = self._fitting(field.text)
        if fitting:
            field.text = f"{field.text[: len(field.text) - len(typed)]}{fitting[0]} "
            field.move_cursor(field.document.end)

    def _offer(self) -> str:
        from tui.wording import printable

        fitting = self._fitting(self.query_one(Answer).text)[1]
        more = " …" if len(fitting) > OFFERED else ""
        return f"In use: {printable(' '.join(fitting[:OFFERED]))}{more}" if fitting else ""

    def _fitting(self, text: str) -> tuple[str, list[str]]:
        """The word at the end of ``text``, and the tags in use that begin with it and are not there yet."""
        typed = "" if not text or text[-1].isspace() else text.split()[-1]
        there = set(text.split()) - {typed}
        return typed, [tag for tag in self._in_use if tag.startswith(typed) and tag not in there and tag != typed]
