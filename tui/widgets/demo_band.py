"""The two lines at the foot of the demo: what it shows just now, and the keys that steer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.keys import bind

if TYPE_CHECKING:
    from textual.app import App

    from tui.app import LiftApp
    from tui.demo.pace import Pace


@dataclass
class DemoState:
    """How far the demo is; shared by the bands of all screens.

    Attributes:
        pace: its clock.
        keys: for each binding, its key as people know it.
        caption: what is said just now, with ``{id}`` for the key of a binding.
        number: the step that is played, of ``count``.
        over: whether all of it has been played.
    """

    pace: Pace
    keys: Mapping[str, str]
    caption: str = ""
    number: int = 0
    count: int = 0
    over: bool = False


class DemoBand(Static):
    """See the module."""

    DEFAULT_CSS = """
    DemoBand {
        dock: bottom;
        width: 100%;
        height: 2;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("space", "pause", "demo.pause", "pause", "Let the demo stand still, or go on."),
        bind("right", "next", "demo.next", "next", "Hurry through what is shown to the next caption."),
        bind("plus,equals_sign", "speed(2)", "demo.faster", "faster", "Play the demo twice as fast."),
        bind("minus", "speed(0.5)", "demo.slower", "slower", "Play the demo half as fast."),
        bind("escape", "end", "demo.end", "ends", "End the demo; nothing of it is kept."),
    ]

    def __init__(self, state: DemoState) -> None:
        super().__init__()
        self._state = state

    def on_resize(self) -> None:
        """Fill the line anew."""
        self.draw()

    def draw(self) -> None:
        """Show the state as it is now."""
        from tui.demo.script import words

        state, pace = self._state, self._state.pace
        sign = "■" if state.over else "‖" if pace.paused else "»" if pace.hurried else "▶"
        said = words(state.caption, state.keys)
        # Keys stand out of the reversed line like caps, whatever colours there are, if any.
        caption = Content.assemble(
            (f" {sign} ", "reverse bold"),
            *((text, "bold $accent" if is_key else "reverse bold") for text, is_key in said),
        )
        rest = max(self.content_size.width - caption.cell_length, 0)
        caption += Content.styled(" " * rest, "reverse bold")
        steering = "  ".join(f"{state.keys[name]} {label}" for name, label in self._steering())
        place = f" demo {state.number}/{state.count}  {pace.speed:g}x  " if state.count else " demo  "
        self.update(Content("\n").join([caption, Content.styled(place + steering, "$muted")]))

    def _steering(self) -> list[tuple[str, str]]:
        if self._state.over:
            return [("demo.end", "ends")]
        pause = "go on" if self._state.pace.paused else "pause"
        return [
            ("demo.pause", pause),
            ("demo.next", "next"),
            ("demo.faster", "faster"),
            ("demo.slower", "slower"),
            ("demo.end", "ends"),
        ]

    def action_pause(self) -> None:
        """Stand still, or go on."""
        self._state.pace.pause(not self._state.pace.paused)
        draw_bands(self.app)

    def action_next(self) -> None:
        """Hurry to the next caption."""
        self._state.pace.hurry(True)
        draw_bands(self.app)

    def action_speed(self, factor: float) -> None:
        """Go so many times faster."""
        self._state.pace.change_speed(factor)
        draw_bands(self.app)

    async def action_end(self) -> None:
        """Leave."""
        await cast("LiftApp", self.app).action_quit()


def draw_bands(app: App[Any]) -> None:
    """Draw the bands of all screens, so that those below show the same once they come to light."""
    for screen in app.screen_stack:
        for band in screen.query(DemoBand):
            band.draw()
