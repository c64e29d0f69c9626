"""What the screens beside the workbench have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Static

from tui.keys import bind
from tui.widgets.key_hints import KeyHints

if TYPE_CHECKING:
    from tui.app import LiftApp


class Page(Screen[None]):
    """A screen of its own: a title, what :meth:`body` yields, and the keys. Escape goes back."""

    NAME: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q", "close", "page.close", "Back", "Go back to where you were.", show=True),
    ]
    DEFAULT_CSS = """
    Page {
        layout: vertical;
        .page--title { height: 1; padding: 0 1; background: $panel; color: $primary; text-style: bold; }
        KeyHints { dock: bottom; padding: 0 1; background: $panel; }
        .page--hint { height: auto; padding: 0 1; color: $muted; }
    }
    """

    @property
    def lift_app(self) -> LiftApp:
        """The app, with its type."""
        return cast("LiftApp", self.app)

    def compose(self) -> ComposeResult:
        """Title, body, keys."""
        yield Static(self.NAME, classes="page--title", markup=False)
        yield from self.body()
        yield KeyHints()

    def body(self) -> ComposeResult:
        """What the page shows between its title and the keys."""
        yield from ()

    def _on_prune(self) -> None:
        """End the page's workers before its widgets go, not after (as Textual does): they may ask for one."""
        self.workers.cancel_node(self)

    def copy_text(self) -> str:
        """What ``y`` copies while nothing more special has the focus."""
        return ""

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()
