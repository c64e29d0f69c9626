"""A streaming client for the OpenAI-compatible chat API (server-sent events over HTTP/1.1).

One :class:`ChatEndpoint` serves every profile. It adds the grammar in the field the endpoint
understands, waits for a server that is starting, times the phases of each request, and turns every
way a server can fail into a typed error. Closing the iterator closes the connection, which stops
llama.cpp and vLLM.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError

from engine.endpoints.chunks import Chunk, ServerTimings, Usage, read_chunk
from engine.endpoints.memory import EndpointMemory
from engine.endpoints.protocol import (
    Capabilities,
    ChatRequest,
    Delta,
    Finished,
    StreamItem,
    Waiting,
)
from engine.endpoints.refusals import broken, refusal, unreachable
from engine.endpoints.sending import Done, patiently, send
from engine.endpoints.timing import RequestClock
from engine.endpoints.waking import Waits, Waking
from engine.endpoints.wire import request_body
from engine.endpoints.wording import GENERIC, Wording
from engine.errors import EndpointRefused, EndpointUnreachable, StreamBroken

_END_S = 1.0
"""How long the end of a response may take after its last event, in seconds."""

_READING = "reading the prompt"
"""What is waited for before the first token; the faces know it by this."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long each phase of a request may take, in seconds.

    A cold start may take minutes, so ``first_token`` is long; a stream that has begun and
    then says nothing is broken, so ``between_tokens`` is short. ``tick`` is how often somebody
    who waits is told so; see :class:`~engine.endpoints.waking.Waits` for the others.
    """

    connect: float = 10.0
    first_token: float = 600.0
    between_tokens: float = 60.0
    retry_pause: float = 1.0
    connect_attempts: int = 2
    full: float = 120.0
    tick: float = 1.0

    @property
    def waits(self) -> Waits:
        """What of this is about waiting for a server to be ready."""
        return Waits(up_s=self.first_token, full_s=self.full, pause_s=self.retry_pause, tick_s=self.tick)


class ChatEndpoint:
    """One endpoint: a URL, a model, and a pool of kept-alive connections.

    Args:
        name: the profile's name, for messages.
        base_url: where the server listens, without ``/v1``.
        model: the model's name in requests.
        headers: authentication headers; never logged.
        capabilities: what the endpoint can do beside plain chat.
        client: the connection pool to use; the caller closes it.
        wording: the words for this kind of server's failures.
        memory: what is remembered about its starts; None for a server whose starts are not its own.
    """

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        model: str,
        headers: dict[str, str],
        capabilities: Capabilities,
        client: httpx.AsyncClient,
        timeouts: Timeouts | None = None,
        wording: Wording = GENERIC,
        memory: EndpointMemory | None = None,
    ) -> None:
        self.name = name
        self.model = model
        self.capabilities = capabilities
        self.base_url = base_url.rstrip("/")
        self._headers = headers
        self._client = client
        self._timeouts = timeouts or Timeouts()
        self._wording = wording
        self._memory = memory

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem]:
        """Stream one answer; see :meth:`engine.endpoints.protocol.Endpoint.stream`."""
        body = request_body(request, self.model, self.capabilities)
        clock = RequestClock()
        waking = Waking(self.name, self._wording, self._memory, self._timeouts.waits)
        attempt = 0
        while True:
            attempt += 1
            try:
                async with aclosing(self._attempt(body, clock, waking)) as items:
                    async for item in items:
                        yield item
                return
            except EndpointUnreachable:
                late = clock.waited >= self._timeouts.first_token
                if clock.streaming or late or attempt >= self._timeouts.connect_attempts:
                    raise
                waits = waking.again(f"{self.name} does not answer; trying again")
            except EndpointRefused as error:
                if clock.streaming:
                    raise
                waits = waking.after(error)
            async for wait in waits:
                yield wait

    async def _attempt(self, body: dict[str, Any], clock: RequestClock, waking: Waking) -> AsyncGenerator[StreamItem]:
        request = self._client.build_request(
            "POST",
            f"{self.base_url}/v1/chat/completions",
            json=body,
            headers=self._headers,
            timeout=httpx.Timeout(None, connect=self._timeouts.connect),
            extensions={"trace": clock.trace},
        )
        clock.begin()
        limit_s = self._timeouts.first_token
        sending = patiently(send(self._client, request), limit_s=limit_s, tick_s=self._timeouts.tick)
        response: httpx.Response | None = None
        try:
            async with aclosing(sending):
                async for step in sending:
                    if isinstance(step, Done):
                        response = step.value
                    else:
                        yield waking.blocked()
            assert response is not None  # patiently ends with Done, or raises
            if response.status_code != HTTPStatus.OK:
                raise await refusal(self.name, response, self._wording)
            waking.answered()
            clock.answered()
            async with aclosing(self._items(response, clock)) as items:
                async for item in items:
                    yield item
        except TimeoutError as error:
            raise EndpointUnreachable(
                f"{self.name} accepted the request but did not begin to answer within {limit_s:.0f} s.",
                self._wording.never_up[1],
            ) from error
        except httpx.RequestError as error:
            if response is None:
                raise unreachable(self.name, self.base_url, error) from error
            raise broken(self.name, error, self._wording) from error
        finally:
            if response is not None:
                await response.aclose()

    async def _items(self, response: httpx.Response, clock: RequestClock) -> AsyncGenerator[StreamItem]:
        usage, server, reason, model = Usage(), ServerTimings(), None, self.model
        read: float | None = None
        async for chunk in self._chunks(response, clock):
            if isinstance(chunk, Waiting):
                yield replace(chunk, fraction=read)
                continue
            usage = chunk.usage or usage
            server = chunk.timings or chunk.metrics or server
            model = chunk.model or model
            if chunk.progress is not None:
                read = chunk.progress
                yield Waiting(_READING, clock.waited, read)
            if chunk.text:
                clock.token()
                yield Delta(chunk.text, chunk.logprob)
            if chunk.finish_reason:
                reason = chunk.finish_reason
        if reason is None:
            raise broken(self.name, None, self._wording)
        if self._memory is not None:
            self._memory.answered()
        details = usage.prompt_tokens_details
        yield Finished(
            reason="length" if reason == "length" else "stop",
            prompt_tokens=usage.prompt_tokens or 0,
            cached_tokens=(details.cached_tokens if details else None) or 0,
            completion_tokens=usage.completion_tokens or 0,
            model=model,
            timings=clock.finish(server),
            server_s=server.spent_s,
        )

    async def _chunks(self, response: httpx.Response, clock: RequestClock) -> AsyncIterator[Chunk | Waiting]:
        events = EventSource(response).aiter_sse()
        while True:
            patience = self._timeouts.between_tokens if clock.streaming else self._timeouts.first_token
            event: ServerSentEvent | None = None
            try:
                if clock.streaming:
                    async with asyncio.timeout(patience):
                        event = await _next(events)
                else:
                    waiting = patiently(_next(events), limit_s=patience, tick_s=self._timeouts.tick)
                    async with aclosing(waiting):
                        async for step in waiting:
                            if isinstance(step, Done):
                                event = step.value
                            else:
                                yield Waiting(_READING, clock.waited)
            except TimeoutError as error:
                raise StreamBroken(
                    f"{self.name} has been silent for {patience:.0f} s.",
                    "The server may have died; what had arrived is kept, so run the stage again.",
                ) from error
            except SSEError as error:
                raise EndpointRefused(
                    f"{self.name} answered, but not with an event stream.",
                    f"Is {self.base_url} really an OpenAI-compatible server? `lift endpoint test` tells.",
                    status=response.status_code,
                ) from error
            if event is None:
                return
            if event.data == "[DONE]":
                await _drain(events)
                return
            if event.data:
                yield read_chunk(event.data, self.name)


async def _next(events: AsyncGenerator[ServerSentEvent]) -> ServerSentEvent | None:
    """The next event, or None after the last one."""
    return await anext(events, None)


async def _drain(events: AsyncGenerator[ServerSentEvent]) -> None:
    """Read the end of the response: only then can its connection be used again."""
    with suppress(TimeoutError, httpx.RequestError, SSEError):
        async with asyncio.timeout(_END_S):
            async for _ in events:
                pass
