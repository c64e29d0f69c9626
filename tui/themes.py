"""The themes: dark, light, high contrast, and one that is right with the terminal's own 16 colours.

Sheets use Textual's own variables and these of ours: ``$muted`` for what matters less, and
``$pane-border``. Nothing is told by colour alone, so a theme may set two of them alike.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter
from textual.theme import BUILTIN_THEMES, Theme

if TYPE_CHECKING:
    from rich.console import Console
    from textual.color import Color

MUTED = {"muted": "ansi_bright_black", "pane-border": "ansi_bright_black"}
"""Our own variables, for themes that are not ours."""


def _variables(muted: str, border: str, *, cursor: str, on_cursor: str, track: str, thumb: str) -> dict[str, str]:
    """Variables of a theme with colours of its own.

    Args:
        muted: text that matters less, also placeholders and what is disabled.
        border: borders of what has not the focus.
        cursor: background of the row that the cursor is on, and ``on_cursor`` its text.
        track: the scrollbar's background, and ``thumb`` what moves on it.
    """
    return {
        "muted": muted,
        "pane-border": border,
        "border-blurred": border,
        "text-muted": muted,
        "text-disabled": muted,
        "foreground-muted": muted,
        "foreground-disabled": muted,
        "block-cursor-background": cursor,
        "block-cursor-foreground": on_cursor,
        "input-selection-background": cursor,
        "input-selection-foreground": on_cursor,
        "screen-selection-background": cursor,
        "screen-selection-foreground": on_cursor,
        "scrollbar": thumb,
        "scrollbar-hover": muted,
        "scrollbar-active": muted,
        "scrollbar-background": track,
        "scrollbar-background-hover": track,
        "scrollbar-background-active": track,
        "scrollbar-corner-color": track,
    }


REVERSED = "ansi_bright_magenta"
"""The background that means "drawn reversed" in ``lift-16``, where nothing else has this colour."""

THEMES = (
    Theme(
        name="lift-dark",
        primary="#6cb6ff",
        secondary="#c0a6f5",
        accent="#f0b35e",
        success="#7ecb84",
        warning="#e3b341",
        error="#ff8f87",
        foreground="#d7dce2",
        background="#14171c",
        surface="#1a1e24",
        panel="#222831",
        dark=True,
        variables=_variables(
            "#a5afb9", "#3d4550", cursor="#25405f", on_cursor="#ffffff", track="#1a1e24", thumb="#57606a"
        )
        | {"block-cursor-blurred-background": "#222831", "block-cursor-blurred-foreground": "#d7dce2"},
    ),
    Theme(
        name="lift-light",
        primary="#0550ae",
        secondary="#6639ba",
        accent="#953800",
        success="#116329",
        warning="#7d4e00",
        error="#b3261e",
        foreground="#1f2328",
        background="#ffffff",
        surface="#f6f8fa",
        panel="#eaeef2",
        dark=False,
        variables=_variables(
            "#505a64", "#afb8c1", cursor="#cfe0f7", on_cursor="#1f2328", track="#f6f8fa", thumb="#8c959f"
        )
        | {"block-cursor-blurred-background": "#eaeef2", "block-cursor-blurred-foreground": "#1f2328"},
    ),
    Theme(
        name="lift-contrast",
        primary="#ffff00",
        secondary="#00ffff",
        accent="#ffffff",
        success="#00ff00",
        warning="#ffff00",
        error="#ffa0a0",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#000000",
        dark=True,
        variables=_variables(
            "#ffffff", "#ffffff", cursor="#00009f", on_cursor="#ffffff", track="#000000", thumb="#ffffff"
        )
        | {
            "block-cursor-text-style": "bold underline",
            "block-cursor-blurred-background": "#000000",
            "block-cursor-blurred-foreground": "#ffffff",
            "block-cursor-blurred-text-style": "underline",
            "input-selection-background": "#ffffff",
            "input-selection-foreground": "#000000",
            "screen-selection-background": "#ffffff",
            "screen-selection-foreground": "#000000",
        },
    ),
    Theme(
        name="lift-16",
        primary="ansi_blue",
        secondary="ansi_cyan",
        accent="ansi_bright_blue",
        success="ansi_green",
        warning="ansi_yellow",
        error="ansi_red",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        dark=True,
        ansi=True,
        # Only what is right on a dark and on a light terminal: its own two colours, also reversed.
        variables={
            **BUILTIN_THEMES["ansi-dark"].variables,
            **MUTED,
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "border": "ansi_blue",
            "border-blurred": "ansi_bright_black",
            "block-cursor-foreground": "ansi_default",
            "block-cursor-background": REVERSED,
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-text-style": "bold",
            "footer-key-foreground": "ansi_blue",
            "input-cursor-foreground": "ansi_default",
            "input-cursor-background": "ansi_default",
            "input-cursor-text-style": "reverse",
            "input-selection-foreground": "ansi_black",
            "input-selection-background": "ansi_cyan",
            "screen-selection-foreground": "ansi_black",
            "screen-selection-background": "ansi_cyan",
            "scrollbar": "ansi_bright_black",
            "scrollbar-hover": "ansi_bright_black",
            "scrollbar-active": "ansi_blue",
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
            "text-muted": "ansi_bright_black",
            "text-disabled": "ansi_bright_black",
        },
    ),
)


class Reversing(LineFilter):
    """Draws reversed what has the background :data:`REVERSED`, for ``lift-16``.

    With 16 colours that the user has chosen there is no background on which all the others can be
    read; reversed, each keeps its contrast. Textual's visual styles drop ``text-style: reverse``.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments of a line."""
        return [Segment(text, style and _reversing(style), control) for text, style, control in segments]


class Uncoloured(LineFilter):
    """Takes all colours out, for ``NO_COLOR`` (https://no-color.org), and keeps what they told.

    Meant for ``lift-16``: there only what stands out has a background of its own (a selection, a
    button), and that is drawn reversed instead.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments of a line without colours."""
        return [Segment(text, style and _uncoloured(style), control) for text, style, control in segments]


_PLAIN = Style.from_color(RichColor.default(), RichColor.default())
_BACKGROUND = RichColor.from_ansi(13)  # REVERSED


@lru_cache(1024)
def _reversing(style: Style) -> Style:
    if style.bgcolor != _BACKGROUND:
        return style
    return style + Style(bgcolor=RichColor.default(), reverse=not style.reverse)


@lru_cache(1024)
def _uncoloured(style: Style) -> Style:
    stands_out = style.bgcolor is not None and not style.bgcolor.is_default
    return style + _PLAIN + Style(reverse=bool(style.reverse) != stands_out)


def default_theme(console: Console) -> str:
    """The theme that fits what the terminal can show."""
    return "lift-16" if console.color_system in (None, "standard") else "lift-dark"
