"""Taking a Markdown fence off a stream."""

from __future__ import annotations

import re

_OPENING = re.compile(r"\s*```[^`\n]*\n")
_MAYBE_OPENING = re.compile(r"\s*(`{0,2}|```[^`\n]*)")
_CLOSING = re.compile(r"^```", re.MULTILINE)
_MAYBE_CLOSING = re.compile(r"^`{1,2}\Z", re.MULTILINE)


class FenceFilter:
    """Passes a stream on without the Markdown fence around it, if it has one.

    A fence stands at the beginning of a line; backquotes elsewhere are text. Text is held back
    only while it may still turn out to be a fence.
    """

    def __init__(self) -> None:
        self._held = ""
        self._begun = False
        self._ended = False
        self._at_line_start = True

    def feed(self, text: str) -> str:
        """The part of the stream that is certain not to belong to a fence."""
        if self._ended:
            return ""
        self._held += text
        if not self._begun:
            if opening := _OPENING.match(self._held):
                self._held = self._held[opening.end() :]
            elif _MAYBE_OPENING.fullmatch(self._held):
                return ""
            self._begun = True
        offset = 0 if self._at_line_start else 1
        line_aware = self._held if self._at_line_start else f"\x00{self._held}"
        if closing := _CLOSING.search(line_aware):
            self._ended = True
            return self._pass(closing.start() - offset)
        if maybe := _MAYBE_CLOSING.search(line_aware):
            return self._pass(maybe.start() - offset)
        return self._pass(len(self._held))

    def finish(self) -> str:
        """What was held back and turned out to be text after all."""
        return "" if self._ended else self._pass(len(self._held))

    def _pass(self, length: int) -> str:
        passed, self._held = self._held[:length], self._held[length:]
        if passed:
            self._at_line_start = passed.endswith("\n")
        return passed
