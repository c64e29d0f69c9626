"""Keeping the interpreter out of the way of whoever types."""

from __future__ import annotations

import gc


def favour_typing() -> None:
    """Make pauses short: called once, after the first frame.

    A full collection walks every widget and style there is, which took 50 to 100 ms and was most of the slowest
    echoes while a run streams (``make bench-tui``). What exists by then stays for good, so it need not be walked;
    young objects are still collected, and full collections become rare.
    """
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)
