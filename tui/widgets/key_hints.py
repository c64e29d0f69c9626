"""The keys that work now, as a line of text that wraps where the terminal is narrow."""

from __future__ import annotations

from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static


class KeyHints(Static):
    """The bindings of the screen and of what has the focus that want to be shown, as the user has mapped them.

    It stands in modal screens, in which Textual's footer would cut off what does not fit.
    """

    DEFAULT_CSS = """
    KeyHints { height: auto; color: $muted; }
    """

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._renew)
        self.call_after_refresh(self._renew, self.screen)

    def _renew(self, screen: Screen[object]) -> None:
        if not self.is_attached or not screen.is_current:
            return
        hints: dict[str, str] = {}
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.action not in hints:
                hints[binding.action] = f"{self.app.get_key_display(binding)}\u00a0{_joined(binding.description)}"
        self.update(Content(" · ".join(hints.values())))


def _joined(label: str) -> str:
    """``label`` with spaces at which no line breaks."""
    return label.replace(" ", "\u00a0")
