"""The tab strip: which panes there are, and which one shows, on terminals too narrow for all."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

NAMES = (("sessions", "Sessions"), ("spec", "Spec"), ("code", "Code"), ("checks", "Checks"), ("timings", "Timings"))


class PaneTabs(Static):
    """One line that names the panes with their keys; the active one stands in brackets."""

    DEFAULT_CSS = """
    PaneTabs { height: 1; padding: 0 1; background: $surface; }
    """

    active: reactive[str] = reactive("sessions")

    def render(self) -> Content:
        """The line."""
        parts: list[Content | str | tuple[str, str]] = []
        for number, (name, label) in enumerate(NAMES, 1):
            if name == self.active:
                parts.append((f"[{number} {label}]", "bold $primary"))
            else:
                parts.append((f" {number} {label} ", "$muted"))
        return Content.assemble(*parts)
