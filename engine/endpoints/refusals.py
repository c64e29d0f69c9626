"""HTTP failures as errors: what the status means, what the server says about it, and what to do."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import httpx

from engine.endpoints.wording import BUSY, FULL, GENERIC, Wording
from engine.errors import EndpointRefused, EndpointUnreachable, StreamBroken

__all__ = ["BUSY", "FULL", "broken", "refusal", "unreachable"]

_PATIENCE_S = 5.0
"""How long to wait for the body of a refusal, in seconds; it only explains."""


async def refusal(name: str, response: httpx.Response, wording: Wording = GENERIC) -> EndpointRefused:
    """The error for an answer other than 200."""
    status = response.status_code
    what, todo = wording.meaning(response)
    said = await _body(response)
    if response.is_redirect and (target := response.headers.get("location")):
        said, todo = f"it points to {target[:200]}", "If that is right, give the endpoint that URL."
    return EndpointRefused(f"{name} {what} (HTTP {status}{': ' + said if said else ''}).", todo, status=status)


def unreachable(name: str, base_url: str, error: httpx.RequestError) -> EndpointUnreachable:
    """The error for a connection that could not be made or broke before the answer began."""
    reason = str(error) or type(error).__name__
    return EndpointUnreachable(
        f"{name} cannot be reached at {base_url} ({reason}).",
        "Is the server running, and the URL right? `lift endpoint list` shows it; "
        "`lift endpoint use local` switches to the embedded model.",
    )


def broken(name: str, error: httpx.RequestError | None, wording: Wording = GENERIC) -> StreamBroken:
    """The error for a stream that stopped in mid-answer; ``error`` is None when it just ended.

    A server that dies leaves its response unfinished, which is an error of the protocol. A reset
    comes from something in between, or from a machine that went away as a whole.
    """
    reset = isinstance(error, httpx.NetworkError | httpx.TimeoutException)
    what, todo = wording.cut if reset else wording.ended
    return StreamBroken(f"{name} {what}{f' ({type(error).__name__})' if error else ''}.", todo)


async def _body(response: httpx.Response) -> str:
    """What the server says about it, on one line."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await response.aread()
    except (TimeoutError, httpx.RequestError):
        return ""
    try:
        data: Any = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return " ".join(response.text.split())[:200]
    if isinstance(data, dict):
        error = cast("dict[str, Any]", data).get("error", cast("dict[str, Any]", data).get("message", ""))
        if isinstance(error, dict):
            error = cast("dict[str, Any]", error).get("message", "")
        return " ".join(str(error).split())[:200]
    return ""
