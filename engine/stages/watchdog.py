"""Noticing early that a model will not come to an end.

A small model under a grammar sometimes falls into a loop, or goes on and on where the grammar keeps it from
saying what it wants to. Waiting for the token limit would cost most of a minute; the text shows it earlier.
"""

from __future__ import annotations

_TAIL = ((200, 40), (480, 120))
"""A tail of so many characters with a period of at most so many is a loop: at least four repetitions."""


class Watchdog:
    """Watches one answer.

    Args:
        limit: how long the answer may become, in characters, given the size of what it answers; None for any length.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit

    def complaint(self, text: str) -> str:
        """What is wrong with the answer ``text`` so far; empty when nothing is."""
        if self._limit is not None and len(text) > self._limit:
            return f"has written {len(text)} characters, far more than the request calls for"
        if any(len(text) >= length and _loops(text[-length:], most) for length, most in _TAIL):
            return f"repeats itself: {text[-_TAIL[0][1] :]!r}"
        return ""


def _loops(tail: str, most: int) -> bool:
    """Whether ``tail`` agrees with itself under some shift of up to ``most`` characters."""
    return any(tail.startswith(tail[shift:]) for shift in range(1, most + 1))
