"""How long each field of a draft took to write, from the moments at which its text came."""

from __future__ import annotations

import json
from bisect import bisect_left
from typing import Any


class FieldClock:
    """Hears the text of a draft, which is one JSON object, as it streams."""

    def __init__(self) -> None:
        self._text = ""
        self._ends: list[int] = []
        self._moments: list[float] = []

    def drop(self) -> None:
        """What was said is void."""
        self._text, self._ends, self._moments = "", [], []

    def note(self, text: str, at_s: float) -> None:
        """``text`` came at the moment ``at_s``."""
        self._text += text
        self._ends.append(len(self._text))
        self._moments.append(at_s)

    def seconds(self) -> dict[str, float]:
        """Seconds from the end of the field before to the end of each field; the first one from the first delta.

        Empty where the text is no JSON object.
        """
        took: dict[str, float] = {}
        before: float | None = None
        for name, end in _ends(self._text):
            at = self._moments[min(bisect_left(self._ends, end), len(self._moments) - 1)]
            took[name] = at - (self._moments[0] if before is None else before)
            before = at
        return took


def _ends(text: str) -> list[tuple[str, int]]:
    """The keys of the object ``text`` and where each one's value ends, in characters."""
    decoder = json.JSONDecoder()
    found: list[tuple[str, int]] = []
    at = _past_space(text, 0)
    if text[at : at + 1] != "{":
        return []
    try:
        while text[at] in "{,":
            key: Any
            key, at = decoder.raw_decode(text, _past_space(text, at + 1))
            at = _past_space(text, at)
            _, at = decoder.raw_decode(text, _past_space(text, at + 1))
            found.append((str(key), at))
            at = _past_space(text, at)
    except (ValueError, IndexError):  # it broke off, or is empty
        pass
    return found


def _past_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
