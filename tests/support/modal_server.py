"""A loopback server that behaves as a deployment on Modal does, by a script.

A scenario is a TOML file in ``scenarios/``: how the app is reached, how long a container takes to start, and
what happens to the chat requests, one after the other. The proxy's part is played here, the model's part by
:class:`~tests.support.chat_server.ChatServer`, word for word::

    async with modal_server("cold_start", draft(), body()) as modal:
        profile = modal.profile()
"""

from __future__ import annotations

import asyncio
import json
import sys
import tomllib
from collections.abc import Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from engine.endpoints.profiles import Profile
from tests.support.chat_server import Answer, ChatServer

SCENARIOS = Path(__file__).with_name("scenarios")
TOKEN = "wk-loopback.ws-loopback"
_BREAKS = {"cut_after", "reset_after", "silent_after", "error_after"}
MODEL = "Qwen/Qwen2.5-Coder-7B-Instruct"


@dataclass(frozen=True)
class Scenario:
    """How the deployment behaves; times in seconds.

    Args:
        kind: ``server`` answers 503 while it starts (``app.server``); ``web`` holds a request and, after
            ``hold_s``, answers 303 with the address of its result (``modal.web_server``).
        boot_s: how long a container takes to start; the first request starts it.
        hold_s: see ``kind``.
        scaledown_s: how long an idle container stays; None for ever.
        warm: a container is up from the beginning.
        stopped: the app was stopped.
        foreign: the token is not allowed in the app's environment.
        capacity: how many requests are answered at once, beyond which it is 429.
        echo: the answer repeats the last message, so that answers cannot be mixed up unnoticed.
        chat: what happens to each chat request, beyond its text; the last one for good. Fields of
            :class:`~tests.support.chat_server.Answer`, and ``dies``: the container is gone afterwards.
    """

    kind: Literal["server", "web"] = "server"
    boot_s: float = 0.0
    hold_s: float = 150.0
    scaledown_s: float | None = None
    warm: bool = False
    stopped: bool = False
    foreign: bool = False
    capacity: int | None = None
    echo: bool = False
    chat: tuple[dict[str, Any], ...] = ({},)


def load(name: str) -> Scenario:
    """The scenario in ``scenarios/NAME.toml``."""
    fields = tomllib.loads((SCENARIOS / f"{name}.toml").read_text(encoding="utf-8"))
    return Scenario(**fields | {"chat": tuple(fields.get("chat", [{}]))})


class ModalServer(ChatServer):
    """The deployment.

    ``boots`` counts the containers that were started, ``seen`` are the (method, path) of all requests. ``reply``
    makes the answer from a request's body, instead of the script.
    """

    def __init__(self, scenario: Scenario, answers: Iterable[Answer]) -> None:
        super().__init__([], key=None, owner="vllm")
        self._lines = list(answers)
        self.boots = 0
        self.reply: Callable[[dict[str, Any]], Answer] | None = None
        self.seen: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.become(scenario)
        self._idle_since = asyncio.get_running_loop().time()
        self._active = 0
        self._held: dict[str, bytes] = {}

    def profile(self, **fields: Any) -> Profile:
        """A profile as ``lift modal deploy`` writes it; its key is taken from ``$MODAL_KEY``."""
        given = {"name": "gpu", "kind": "modal", "flavor": "vllm", "model": MODEL, "key_env": "MODAL_KEY"}
        return Profile(**given | {"url": self.url, "gpu": "L40S", "idle_s": 60.0} | fields)

    def become(self, scenario: Scenario) -> None:
        """Behave by another scenario from now on."""
        self.scenario = scenario
        self._script = list(scenario.chat)
        self._up_at: float | None = 0.0 if scenario.warm else None

    @property
    def asleep(self) -> bool:
        """No container is up, nor starting."""
        limit = self.scenario.scaledown_s
        if self._up_at is not None and limit is not None and not self._active:
            idle_s = self._now() - max(self._idle_since, self._up_at)
            if idle_s > limit:
                self._up_at = None
        return self._up_at is None

    async def _respond(self, reader, writer, first, headers, body) -> bool:
        method, path, _ = first.split(" ", 2)
        self.seen.append((method, path))
        self.headers.append(headers)
        refusal = self._refusal(headers)
        if refusal:
            self._text(writer, *refusal)
            return True
        if self.asleep:
            self._up_at = self._now() + self.scenario.boot_s
            self.boots += 1
        if self._starting_s() > 0:
            if self.scenario.kind == "server":
                self._text(writer, 503, "modal-http: no containers are ready")
                return True
            if self._starting_s() > self.scenario.hold_s:
                await asyncio.sleep(self.scenario.hold_s)
                call = path.partition("__modal_function_call_id=")[2] or f"fc-{len(self._held)}"
                self._held.setdefault(call, body)
                location = {"location": f"/v1/chat/completions?__modal_function_call_id={call}"}
                self._plain(writer, 303, "", location)
                return True
            await asyncio.sleep(self._starting_s())
        call = path.partition("__modal_function_call_id=")[2]
        if call:
            assert method == "GET", "the result of a held request is fetched with GET"
            body = self._held.pop(call)
        if path == "/health":
            self._text(writer, 200, "")
            return True
        return await self._work(reader, writer, first, headers, body)

    async def _work(self, reader, writer, first, headers, body) -> bool:
        if "/v1/chat/completions" not in first:
            return await super()._respond(reader, writer, first, headers, body)
        step = dict(self._script.pop(0) if len(self._script) > 1 else self._script[0])
        dies = step.pop("dies", False)
        if self.scenario.capacity is not None and self._active >= self.scenario.capacity:
            self._text(writer, 429, "modal-http: too many requests")
            return True
        if "status" in step:
            self._text(writer, step["status"], step.get("body") or "modal-http: internal error")
            return True
        self.answers = [replace(self._line(body, kept=bool(_BREAKS & step.keys())), **step)]
        self._active += 1
        try:
            return await super()._respond(reader, writer, first, headers, body)
        finally:
            self._active -= 1
            self._idle_since = self._now()
            if dies:
                self._up_at = None

    def _line(self, body: bytes, *, kept: bool) -> Answer:
        """What the model says; an answer that breaks off is ``kept`` for the next request."""
        if self.reply:
            return self.reply(json.loads(body))
        if self.scenario.echo:
            return Answer(json.loads(body)["messages"][-1]["content"])
        return self._lines[0] if kept or len(self._lines) == 1 else self._lines.pop(0)

    def _refusal(self, headers: dict[str, str]) -> tuple[int, str] | None:
        """What Modal's proxy says before any container is asked."""
        if self.scenario.stopped:
            return 404, "modal-http: app for invoked web endpoint is stopped"
        pair = f"{headers.get('modal-key', '')}.{headers.get('modal-secret', '')}"
        if TOKEN not in (pair, headers.get("authorization", "").removeprefix("Bearer ")):
            return 401, "modal-http: missing credentials for proxy authorization"
        if self.scenario.foreign:
            return 403, "modal-http: token is not allowed in this environment"
        return None

    def _starting_s(self) -> float:
        return (self._up_at or 0.0) - self._now()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _text(self, writer: asyncio.StreamWriter, status: int, text: str) -> None:
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: text/plain\r\ncontent-length: {len(text)}\r\n\r\n{text}".encode()
        )


@asynccontextmanager
async def modal_server(scenario: str | Scenario, *answers: Answer):
    """Run a :class:`ModalServer` on a free loopback port."""
    modal = ModalServer(load(scenario) if isinstance(scenario, str) else scenario, answers or (Answer("Hello."),))
    server = await asyncio.start_server(modal.serve, "127.0.0.1", 0, backlog=1024)
    modal.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield modal
    finally:
        server.close()


async def main(scenario: str) -> None:
    """Run one until it is killed, and print its URL: ``python -m tests.support.modal_server SCENARIO``."""
    async with modal_server(scenario) as modal:
        sys.stdout.write(f"{modal.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
