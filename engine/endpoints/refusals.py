"""HTTP failures in words: what the status means and what to do about it."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import httpx

from engine.errors import EndpointRefused, EndpointUnreachable

_MEANING = {
    400: (
        "rejected the request",
        "It may not support this grammar or model; `lift endpoint test` tells more.",
    ),
    401: (
        "wants a key, or a different one",
        "Set the key that the profile names (`lift endpoint list` shows which).",
    ),
    403: ("knows the key but does not let it in", "Check the key's permissions."),
    404: (
        "has nothing at this address",
        "Check the URL and the model name; a stopped deployment answers like this too.",
    ),
    413: ("finds the request too large", "Shorten the prompt, or use an endpoint with a longer context."),
    429: ("is being asked too much", "Wait a moment and run the command again."),
}


BUSY = frozenset({429, 502, 503, 504})
"""Statuses that mean "not now": a booting container, a queue that is full, a proxy without a backend."""

_PATIENCE_S = 5.0
"""How long to wait for the body of a refusal, in seconds; it only explains."""


async def refusal(name: str, response: httpx.Response) -> EndpointRefused:
    """The error for an answer other than 200."""
    status = response.status_code
    if status in _MEANING:
        what, todo = _MEANING[status]
    elif status >= 500:
        what, todo = (
            "failed",
            "This is a fault on the server's side: look at its log, then run the command again.",
        )
    else:
        what, todo = "answered unexpectedly", "Check the URL with `lift endpoint test`."
    said = await _body(response)
    return EndpointRefused(f"{name} {what} (HTTP {status}{': ' + said if said else ''}).", todo, status=status)


def unreachable(name: str, base_url: str, error: httpx.RequestError) -> EndpointUnreachable:
    """The error for a connection that could not be made or broke before the answer began."""
    reason = str(error) or type(error).__name__
    return EndpointUnreachable(
        f"{name} cannot be reached at {base_url} ({reason}).",
        "Is the server running, and the URL right? `lift endpoint list` shows it; "
        "`lift endpoint use local` switches to the embedded model.",
    )


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
