"""The workbench that plays the demo: real in every part, but for who types, and where its runs come from."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.screen import Screen

import tui
from engine.errors import LiftError
from tui.app import LiftApp
from tui.demo.player import Player
from tui.known_bindings import known_bindings, own_bindings
from tui.widgets.demo_band import DemoBand, DemoState, draw_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.demo.pace import Pace
    from tui.demo.script import Step
    from tui.run_feed import MakeRun

HERE = Path(tui.__file__).parent
"""Where the workbench's style sheets are; their paths are taken from the class's own module otherwise."""

LEAVING = ("q", "ctrl+q", "ctrl+c")
"""Keys that end the demo as they leave the workbench, or as they end most programs."""


class DemoApp(LiftApp):
    """See the module. Keys of the person who watches belong to the demo (:class:`DemoBand`); the player types.

    Args:
        db: the demo's own database.
        script: what is played.
        pace: the clock to play by.
        make_run: makes the runs; the pipeline's when None.
        endpoint: the endpoint, where the runs are the pipeline's.
    """

    CSS_PATH = [HERE / "app.tcss", HERE / "screens/workbench.tcss"]  # noqa: RUF012

    CSS = "ToastRack { margin-bottom: 3; }"
    """What is told stands above the captions, not on them."""

    @dataclass
    class Pressed(Message):
        """The player has pressed a key; ``character`` is what it types, if anything."""

        key: str
        character: str | None

    def __init__(
        self,
        db: Path,
        script: Sequence[Step],
        pace: Pace,
        make_run: MakeRun | None = None,
        *,
        endpoint: str | None = None,
    ) -> None:
        super().__init__(db=db, endpoint=endpoint)
        from tui.keymap import shown_keys

        self.failure: LiftError | None = None
        """Why the demo came to a premature end, if it did."""

        self.ended = asyncio.Event()
        """Set once all of it has been played, or it cannot go on."""

        self.make_run = make_run
        self.run_clock = pace.now
        self._script = script
        self._keys = {each.id: each.keys.split(",")[0] for each in known_bindings()}
        self._state = DemoState(pace, {name: shown_keys(key) for name, key in self._keys.items()})
        self._player = Player(self, pace, self._keys)
        self._own = {key.strip(): each.action for each in own_bindings(DemoBand) for key in each.key.split(",")}

    def on_mount(self) -> None:
        """Put the captions on every screen."""
        self.screen_change_signal.subscribe(self, self._show_band, immediate=True)
        self._show_band(self.screen)
        self.call_after_refresh(self.run_worker, self._play(), group="demo")

    async def _play(self) -> None:
        try:
            await self._player.play(self._script)
        except LiftError as error:
            self.failure = error
            await self.action_quit()
        else:
            self._state.over = True
            draw_bands(self)
        finally:
            self.ended.set()

    async def _endpoint_line(self) -> str:
        return "recorded" if self.make_run is not None else await super()._endpoint_line()

    # Captions ------------------------------------------------------------------------------------

    def show_step(self, number: int, count: int) -> None:
        """Show how far it is."""
        self._state.number, self._state.count = number, count

    def show_caption(self, caption: str) -> None:
        """Show a caption."""
        self._state.caption = caption
        draw_bands(self)

    def _show_band(self, screen: Screen[object]) -> None:
        if not screen.query(DemoBand):
            screen.call_later(screen.mount, DemoBand(self._state))

    # Keys ----------------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """Press a key, as Textual names it."""
        from textual.keys import key_to_character

        self.post_message(self.Pressed(key, key_to_character(key)))

    def type(self, character: str) -> None:
        """Press the key of a character."""
        from textual.keys import _character_to_key

        self.post_message(self.Pressed(_character_to_key(character), character))

    async def on_demo_app_pressed(self, message: Pressed) -> None:
        """Do what the key does when a person presses it."""
        await super().on_event(events.Key(message.key, message.character))

    async def on_event(self, event: events.Event) -> None:
        """Keep what a person types away from the workbench, which it would bring out of step."""
        if not isinstance(event, events.InputEvent | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, events.Key):
            bands = self.screen.query(DemoBand)
            if event.key in LEAVING:
                await self.action_quit()
            elif event.key in self._own and bands:
                await self.run_action(self._own[event.key], bands.first())
