"""Playing the whole pipeline against a server that says a model's part word for word."""

from __future__ import annotations

import asyncio

from engine.endpoints.connect import new_client
from engine.endpoints.profiles import Profile
from engine.stages.events import Event
from engine.stages.pipeline import Run, RunRequest
from tests.support.chat_server import chat_server
from tests.support.scripts import PROMPT


class Played:
    """A finished run: its events, and the server it talked to."""

    def __init__(self, events: list[Event], server) -> None:
        self.events = events
        self.server = server
        self.last = events[-1]

    def of(self, kind: str) -> list:
        return [event for event in self.events if event.type == kind]

    @property
    def session_id(self) -> str:
        return self.events[0].session_id


def profile(url, **fields):
    return Profile(name="scripted", url=url, **fields)


async def play(store, *answers, owner="llamacpp", during=None, hangs_up=False, opinion=False, **request):
    """Run the pipeline against ``answers``; ``during`` sees every event with the run."""
    async with chat_server(*answers, owner=owner) as server, new_client() as client:
        asked = RunRequest(**{"prompt": PROMPT, "profile": profile(server.url, second_opinion=opinion)} | request)
        run = Run(asked, store, client)
        events = []
        async for event in run.events():
            events.append(event)
            if during:
                during(event, run)
        if hangs_up:
            await until(lambda: server.aborted)
    return Played(events, server)


async def until(condition):
    """Wait for something that the other side notices a moment later."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


def cancel_in(stage, after=3):
    """Cancels the run at the given delta of a stage; for ``during``."""
    seen = 0

    def during(event, run):
        nonlocal seen
        if event.type == "text-delta" and event.stage == stage:
            seen += 1
            if seen == after:
                run.cancel()

    return during
