"""A problem of a text as a line: its sign, what is wrong, what to do, and the key that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from tui.diagnostics import Diagnostic

SIGNS = {"error": ("✗", "$error"), "warning": ("!", "$warning")}


def problem_content(diagnostic: Diagnostic, *, line: bool = False) -> Content:
    """``diagnostic`` in one line of text.

    Args:
        line: whether to name the line it is on.
    """
    from tui.wording import printable

    sign, colour = SIGNS[diagnostic.severity]
    where = f"line {diagnostic.line}: " if line else "" if diagnostic.here else f"{diagnostic.address}: "
    words = f"{diagnostic.message}. {diagnostic.suggestion}".rstrip(" ")
    fix = f" ctrl+f writes {diagnostic.fix.label}" if diagnostic.fix is not None else ""
    return Content.assemble((f"{sign} ", f"{colour} bold"), (printable(f"{where}{words}"), colour), printable(fix))
