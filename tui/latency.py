"""Keeping the interpreter out of the way of whoever types."""

from __future__ import annotations

import gc
import os

UPDATES_PER_S = 240
"""How often Textual looks whether there is something to draw."""


def draw_soon() -> None:
    """Draw a typed character at once: called before Textual is imported, which reads this only then.

    Textual draws at the ticks of a clock of 60 a second, and skips up to two of them after a frame that took long:
    some 30 ms in which nothing happened were most of the slowest echoes. What streams is drawn no more often for it,
    because its frames are limited where they are made.
    """
    os.environ.setdefault("TEXTUAL_FPS", str(UPDATES_PER_S))


def favour_typing() -> None:
    """Make pauses short: called once, after the first frame.

    A full collection walks every widget and style there is, which took 50 to 100 ms and was most of the slowest
    echoes while a run streams (``make bench-tui``). What exists by then stays for good, so it need not be walked;
    young objects are still collected, and full collections become rare.
    """
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)


def collect() -> None:
    """Free what a run has left behind: called when one is over, because full collections are rare otherwise."""
    gc.collect()
