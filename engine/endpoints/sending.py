"""Sending a request to a server that may be asleep: redirects to a result, and waiting that can be watched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable
from http import HTTPStatus
from typing import Generic, TypeVar

import httpx

T = TypeVar("T")

_HOPS = 40
"""Most redirects that are followed for one request. Modal sends one each 150 seconds, so a boot of an hour fits."""

_KEPT_HEADERS = ("authorization", "modal-key", "modal-secret", "accept")


async def send(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Send ``request`` and return the response with its body still unread.

    A web function on Modal that has been starting for 150 seconds answers 303 with the address of the
    result (https://modal.com/docs/guide/webhook-timeouts). It is asked for with GET, by the rules for 303, and
    with the same keys. A redirect to another host is not followed: it would carry the keys there.

    Raises:
        httpx.RequestError: no connection, or it broke before the answer began.
    """
    for _ in range(_HOPS):
        response = await client.send(request, stream=True, follow_redirects=False)
        target = _result_url(request, response)
        if target is None:
            return response
        await response.aclose()
        headers = {name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers}
        # Whoever traces the request wants to know of its own connection; those of the redirects are waiting time.
        extensions = {name: value for name, value in request.extensions.items() if name != "trace"}
        request = client.build_request("GET", target, headers=headers, extensions=extensions)
    raise httpx.TooManyRedirects(f"still redirected after {_HOPS} times", request=request)


def _result_url(request: httpx.Request, response: httpx.Response) -> httpx.URL | None:
    if response.status_code != HTTPStatus.SEE_OTHER or "location" not in response.headers:
        return None
    target = request.url.join(response.headers["location"])
    same = (target.scheme, target.host, target.port) == (request.url.scheme, request.url.host, request.url.port)
    return target if same else None


class Pending:
    """It is not there yet."""


class Done(Generic[T]):
    """It is there."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value


async def patiently(work: Awaitable[T], *, limit_s: float, tick_s: float) -> AsyncGenerator[Pending | Done[T]]:
    """Wait for ``work``, yielding :class:`Pending` every ``tick_s`` seconds and :class:`Done` at the end.

    Closing the generator cancels ``work``; a response that came at that very moment is closed.

    Raises:
        TimeoutError: it took longer than ``limit_s`` seconds.
        Exception: whatever ``work`` raises.
    """
    task = asyncio.ensure_future(work)
    end = time.perf_counter() + limit_s
    handed_over = False
    try:
        while True:
            left = end - time.perf_counter()
            finished, _ = await asyncio.wait({task}, timeout=max(min(tick_s, left), 0))
            if finished:
                value = task.result()
                handed_over = True
                yield Done(value)
                return
            if left <= tick_s:
                raise TimeoutError
            yield Pending()
    finally:
        if not handed_over:
            await _discard(task)


async def _discard(task: asyncio.Future[T]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled() and task.exception() is None and isinstance(value := task.result(), httpx.Response):
        await value.aclose()
