"""Playing the script: captions, real key presses, and waiting for what they bring about."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from textual.widgets import Input, TextArea

from engine.errors import LiftError
from tui.demo.script import Press, Step, Type, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui.demo.app import DemoApp
    from tui.demo.pace import Pace
    from tui.demo.script import Act

READ_S, READ_CHARACTER_S = 1.0, 0.05
"""How long a caption stands at least, and how much longer for each of its characters, in seconds at speed 1."""

KEY_S, TYPE_S = 0.8, 0.05
"""Between two keys, and between two characters of a text, in seconds at speed 1."""

LOOK_S = 0.02
"""How often to look whether something waited for has come, in real seconds."""

KEY_PATIENCE_S, REST_PATIENCE_S = 20.0, 60.0
"""For how long to wait for a key to mean what it should, and for the workbench to come to rest, in real seconds."""

ASIDE = ("demo", "endpoint", "poll")
"""Groups of workers that come and go whatever is done."""


class DemoError(LiftError):
    """The demo cannot go on: the workbench is not where the script takes it to be."""

    kind = "demo"


def reading_s(caption: str) -> float:
    """How long a caption takes to read, in seconds."""
    return READ_S + READ_CHARACTER_S * len(caption)


class Player:
    """Plays a script once.

    Args:
        app: the workbench.
        pace: the clock to play by.
        keys: for each binding, its key as Textual names it.
    """

    def __init__(self, app: DemoApp, pace: Pace, keys: Mapping[str, str]) -> None:
        self._app = app
        self._pace = pace
        self._keys = keys

    async def play(self, script: Sequence[Step]) -> None:
        """Play.

        Raises:
            DemoError: a key of the script does nothing where it is pressed.
        """
        await self._settle()  # the first caption is about a workbench that is there
        for number, step in enumerate(script, 1):
            self._pace.hurry(False)
            self._app.show_step(number, len(script))
            self._app.show_caption(step.caption)
            await self._settle()
            # Half of the time before anything is done, so that one sees it coming, and half to look at the outcome.
            await self._pace.sleep(self._pace.reading(reading_s(step.caption) / 2))
            for act in step.acts:
                await self._do(act)
            if not any(isinstance(act, Watch) for act in step.acts):
                await self._pace.sleep(self._pace.reading(reading_s(step.caption) / 2))
        self._pace.hurry(False)

    async def _do(self, act: Act) -> None:
        match act:
            case Press():
                await self._press(act)
            case Type():
                await self._type(act.text)
            case Watch():
                await self._watch(act)

    async def _press(self, press: Press) -> None:
        key = self._keys[press.binding]

        def ready() -> bool:
            active = self._app.active_bindings.get(key)
            return active is not None and active.enabled and active.binding.id == press.binding

        await self._wait(ready, f"the key {key} means {press.binding}", KEY_PATIENCE_S)
        self._app.press(key)
        await self._settle()
        await self._pace.sleep(self._pace.reading(KEY_S))

    async def _type(self, text: str) -> None:
        await self._wait(
            lambda: isinstance(self._app.focused, Input | TextArea), "there is a field to type in", KEY_PATIENCE_S
        )
        start_s, step_s = self._pace.now(), self._pace.reading(TYPE_S)
        for number, character in enumerate(text):
            await self._pace.until(start_s + number * step_s)  # what a slow terminal has delayed is caught up with
            self._app.type(character)
        await self._settle()
        await self._pace.sleep(self._pace.reading(KEY_S))

    async def _watch(self, watch: Watch) -> None:
        seen = ""
        while self._app.busy:
            run = self._app.run_view
            stage = run.stage if run is not None else ""
            if stage != seen and stage in watch.stages:
                caption, press = watch.stages[stage]
                self._app.show_caption(caption)
                if press is not None:
                    self._app.press(self._keys[press.binding])
            seen = stage or seen
            await asyncio.sleep(LOOK_S)
        await self._settle()
        run = self._app.run_view
        if run is not None and run.error is not None:
            raise DemoError(f"The run of the demo failed: {run.error['what']}", run.error["todo"])

    async def _settle(self) -> None:
        """Wait until the workbench has done what was asked of it; a run may go on."""
        await asyncio.sleep(LOOK_S)
        workers = self._app.workers
        await self._wait(
            lambda: not any(worker.is_running and worker.group not in ASIDE for worker in workers),
            "the workbench comes to rest",
            REST_PATIENCE_S,
        )

    async def _wait(self, done: Callable[[], bool], what: str, patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        while not done():
            if time.monotonic() > deadline:
                raise DemoError(f"The demo cannot go on: it waits until {what}.", "Please report it.")
            await asyncio.sleep(LOOK_S)
