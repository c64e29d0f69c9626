"""What an endpoint waits for, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.endpoints.protocol import Waiting


def waiting_line(wait: Waiting) -> str:
    """What is waited for, how long already, and how long or how far that takes as a rule."""
    percent = f", {wait.fraction:.0%}" if wait.fraction is not None else ""
    typical = f", typically {wait.typical_s:.0f} s" if wait.typical_s else ""
    return f"{wait.what} … {wait.elapsed_s:.0f} s{percent}{typical}"
