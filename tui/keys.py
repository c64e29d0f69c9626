"""Key bindings of the workbench: each has a stable id, a short label and a sentence of help.

The id is what a user's key-map names (:mod:`tui.keymap`), so it never changes once published.
Keys that terminals cannot tell from others (ctrl+h, ctrl+i, ctrl+m, ctrl+[) and the prefixes of
tmux and screen (ctrl+b, ctrl+a) are not used; a test looks.
"""

from __future__ import annotations

from textual.binding import Binding


def bind(
    keys: str, action: str, id: str, label: str, help: str, *, show: bool = False, priority: bool = False
) -> Binding:
    """One action of a widget, screen or the app.

    Args:
        keys: one key, or several separated by commas.
        action: the action's name, ``undo`` for ``action_undo``.
        id: stable and unique, ``pane.verb``.
        label: two or three words, for the footer and the palette.
        help: one sentence, for the help screen.
        show: list it in the footer.
        priority: reach it before the focused widget does.
    """
    return Binding(keys, action, label, id=id, tooltip=help, show=show, priority=priority)
