"""The keys that work now: in modal screens wrapped between two of them, at the foot of the workbench in one line."""

from __future__ import annotations

from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

BETWEEN = " · "


class KeyHints(Static):
    """The bindings of the screen and of what has the focus that want to be shown, as the user has mapped them.

    It stands in modal screens, in which Textual's footer would cut off what does not fit.
    """

    DEFAULT_CSS = """
    KeyHints { height: auto; color: $muted; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._hints: list[tuple[str, str]] = []

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._renew)
        self.call_after_refresh(self._renew, self.screen)

    def on_resize(self) -> None:
        """Wrap anew."""
        self._show()

    def _renew(self, screen: Screen[object]) -> None:
        if not self.is_attached or not screen.is_current:
            return
        hints: dict[str, tuple[str, str]] = {}
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.action not in hints:
                hints[binding.action] = self.app.get_key_display(binding), binding.description
        if [*hints.values()] != self._hints:
            self._hints = [*hints.values()]
            self._show()

    def _show(self) -> None:
        lines = [""]
        for hint in (f"{key} {label}" for key, label in self._hints):
            longer = f"{lines[-1]}{BETWEEN}{hint}" if lines[-1] else hint
            if Content(longer).cell_length <= max(self.content_size.width, 1):
                lines[-1] = longer
            else:
                lines.append(hint)
        self.update(Content("\n".join(lines).lstrip("\n")))


class KeyLine(KeyHints):
    """The same in one line, as many as fit; the last of them, the way to the help, always does."""

    DEFAULT_CSS = """
    KeyLine { height: 1; padding: 0 1; background: $panel; color: $foreground; text-wrap: nowrap; }
    """

    BETWEEN = "  "

    def _show(self) -> None:
        room = self.content_size.width
        *others, last = self._hints or [("", "")]
        fitting: list[tuple[str, str]] = []
        used = len(" ".join(last))
        for hint in others:
            used += len(" ".join(hint)) + len(self.BETWEEN)
            if used > room:
                break
            fitting.append(hint)
        parts: list[tuple[str, str] | str] = []
        for key, label in [*fitting, last]:
            parts += [(key, "bold $accent"), f" {label}", self.BETWEEN]
        self.update(Content.assemble(*parts[:-1]))
