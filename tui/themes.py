"""The themes: dark, light, high contrast, and one that is right with the terminal's own 16 colours.

Sheets use Textual's own variables and these of ours: ``$muted`` for what matters less, and
``$pane-border``. Nothing is told by colour alone, so a theme may set two of them alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.theme import BUILTIN_THEMES, Theme

if TYPE_CHECKING:
    from rich.console import Console

MUTED = {"muted": "ansi_bright_black", "pane-border": "ansi_bright_black"}
"""Our own variables, for themes that are not ours."""

THEMES = (
    Theme(
        name="lift-dark",
        primary="#6cb6ff",
        secondary="#b392f0",
        accent="#f0b35e",
        success="#7ecb84",
        warning="#e3b341",
        error="#ff7b72",
        foreground="#d7dce2",
        background="#14171c",
        surface="#1a1e24",
        panel="#222831",
        dark=True,
        variables={"muted": "#8b949e", "pane-border": "#3d4550"},
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
        variables={"muted": "#57606a", "pane-border": "#afb8c1"},
    ),
    Theme(
        name="lift-contrast",
        primary="#ffff00",
        secondary="#00ffff",
        accent="#ffffff",
        success="#00ff00",
        warning="#ffff00",
        error="#ff8080",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#000000",
        dark=True,
        variables={"muted": "#ffffff", "pane-border": "#ffffff"},
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
        variables={
            **BUILTIN_THEMES["ansi-dark"].variables,
            "muted": "ansi_bright_black",
            "pane-border": "ansi_bright_black",
        },
    ),
)


def default_theme(console: Console) -> str:
    """The theme that fits what the terminal can show."""
    return "lift-16" if console.color_system in (None, "standard") else "lift-dark"
