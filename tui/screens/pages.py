"""The screens beside the workbench, each imported when it is opened."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

PAGES = {
    "endpoints": "tui.screens.endpoints:EndpointsScreen",
    "settings": "tui.screens.settings:SettingsScreen",
    "help": "tui.screens.help:HelpScreen",
    "keymap": "tui.screens.keymap:KeymapScreen",
    "log": "tui.screens.log:LogScreen",
}


def open_page(app: App[int], name: str) -> None:
    """Show the page ``name``; one that is open already comes to the front instead of a second one."""
    module, _, attribute = PAGES[name].partition(":")
    kind = getattr(importlib.import_module(module), attribute)
    if isinstance(app.screen, kind):
        return
    if any(isinstance(screen, kind) for screen in app.screen_stack):
        while not isinstance(app.screen, kind):
            app.pop_screen()
    else:
        app.push_screen(kind())
