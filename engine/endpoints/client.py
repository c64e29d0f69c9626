"""A streaming client for the OpenAI-compatible chat API (server-sent events over HTTP/1.1).

One :class:`ChatEndpoint` serves every profile. It adds the grammar in the field the endpoint
understands, times the phases of each request, and turns every way a server can fail into a
typed error. Closing the iterator closes the connection, which stops llama.cpp and vLLM.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError

from engine.endpoints.chunks import Chunk, ServerTimings, Usage, read_chunk
from engine.endpoints.protocol import (
    Capabilities,
    ChatRequest,
    Delta,
    Finished,
    StreamItem,
    Waiting,
)
from engine.endpoints.refusals import BUSY, refusal, unreachable
from engine.endpoints.timing import RequestClock
from engine.endpoints.wire import request_body
from engine.errors import EndpointRefused, EndpointUnreachable, StreamBroken

_END_S = 1.0
"""How long the end of a response may take after its last event, in seconds."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long each phase of a request may take, in seconds.

    A cold start may take minutes, so ``first_token`` is long; a stream that has begun and
    then says nothing is broken, so ``between_tokens`` is short.
    """

    connect: float = 10.0
    first_token: float = 600.0
    between_tokens: float = 60.0
    retry_pause: float = 1.0
    connect_attempts: int = 2


class ChatEndpoint:
    """One endpoint: a URL, a model, and a pool of kept-alive connections.

    Args:
        name: the profile's name, for messages.
        base_url: where the server listens, without ``/v1``.
        model: the model's name in requests.
        headers: authentication headers; never logged.
        capabilities: what the endpoint can do beside plain chat.
        client: the connection pool to use; the caller closes it.
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
    ) -> None:
        self.name = name
        self.model = model
        self.capabilities = capabilities
        self.base_url = base_url.rstrip("/")
        self._headers = headers
        self._client = client
        self._timeouts = timeouts or Timeouts()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem]:
        """Stream one answer; see :meth:`engine.endpoints.protocol.Endpoint.stream`."""
        body = request_body(request, self.model, self.capabilities)
        clock = RequestClock()
        attempt = 0
        while True:
            attempt += 1
            try:
                async with aclosing(self._attempt(body, clock)) as items:
                    async for item in items:
                        yield item
                return
            except EndpointUnreachable:
                if clock.streaming or attempt >= self._timeouts.connect_attempts:
                    raise
                what = f"{self.name} does not answer; trying again"
            except EndpointRefused as error:
                if clock.streaming or error.status not in BUSY or clock.waited > self._timeouts.first_token:
                    raise
                what = f"{self.name} is not ready yet (HTTP {error.status})"
            yield Waiting(what, clock.waited)
            await asyncio.sleep(min(self._timeouts.retry_pause * attempt, 5.0))

    async def _attempt(self, body: dict[str, Any], clock: RequestClock) -> AsyncGenerator[StreamItem]:
        request = self._client.build_request(
            "POST",
            f"{self.base_url}/v1/chat/completions",
            json=body,
            headers=self._headers,
            timeout=httpx.Timeout(None, connect=self._timeouts.connect),
            extensions={"trace": clock.trace},
        )
        clock.begin()
        try:
            async with asyncio.timeout(self._timeouts.first_token):
                response = await self._client.send(request, stream=True)
        except TimeoutError as error:
            raise EndpointUnreachable(
                f"{self.name} accepted the request but did not begin to answer within "
                f"{self._timeouts.first_token:.0f} s.",
                "Look at the server's log; `lift endpoint test` shows whether it answers at all.",
            ) from error
        except httpx.RequestError as error:
            raise unreachable(self.name, self.base_url, error) from error
        try:
            if response.status_code != HTTPStatus.OK:
                raise await refusal(self.name, response)
            clock.answered()
            async for item in self._items(response, clock):
                yield item
        except httpx.RequestError as error:
            raise StreamBroken(
                f"{self.name} broke off the stream ({type(error).__name__}).",
                "What had arrived is kept; run the stage again.",
            ) from error
        finally:
            await response.aclose()

    async def _items(self, response: httpx.Response, clock: RequestClock) -> AsyncIterator[StreamItem]:
        usage, server, reason, model = Usage(), ServerTimings(), None, self.model
        async for chunk in self._chunks(response, clock):
            usage = chunk.usage or usage
            server = chunk.timings or chunk.metrics or server
            model = chunk.model or model
            if chunk.progress is not None:
                yield Waiting("reading the prompt", clock.waited, chunk.progress)
            if chunk.text:
                clock.token()
                yield Delta(chunk.text)
            if chunk.finish_reason:
                reason = chunk.finish_reason
        if reason is None:
            raise StreamBroken(
                f"{self.name} ended the stream before the model had finished.",
                "What had arrived is kept; run the stage again.",
            )
        details = usage.prompt_tokens_details
        yield Finished(
            reason="length" if reason == "length" else "stop",
            prompt_tokens=usage.prompt_tokens or 0,
            cached_tokens=(details.cached_tokens if details else None) or 0,
            completion_tokens=usage.completion_tokens or 0,
            model=model,
            timings=clock.finish(server),
        )

    async def _chunks(self, response: httpx.Response, clock: RequestClock) -> AsyncIterator[Chunk]:
        events = EventSource(response).aiter_sse()
        while True:
            patience = self._timeouts.between_tokens if clock.streaming else self._timeouts.first_token
            try:
                async with asyncio.timeout(patience):
                    event = await anext(events)
            except StopAsyncIteration:
                return
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
            if event.data == "[DONE]":
                await _drain(events)
                return
            if event.data:
                yield read_chunk(event.data, self.name)


async def _drain(events: AsyncGenerator[ServerSentEvent]) -> None:
    """Read the end of the response: only then can its connection be used again."""
    with suppress(TimeoutError, httpx.RequestError, SSEError):
        async with asyncio.timeout(_END_S):
            async for _ in events:
                pass
