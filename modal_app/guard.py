"""Keeps vLLM's development routes for the container itself.

Sleep mode needs ``VLLM_SERVER_DEV_MODE``, which also opens routes such as ``/collective_rpc`` and
``/update_weights``. Modal's proxy asks callers for a token but forwards every path, so whoever may ask
for a completion could also put the server to sleep or run code in it. vLLM loads this class through
``--middleware``; it imports nothing but the standard library.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

CONTROL_TOKEN_VARIABLE = "LIFT_CONTROL_TOKEN"
CONTROL_HEADER = "x-lift-control"
PUBLIC_PATHS = frozenset({"/health", "/metrics", "/version"})
PUBLIC_PREFIX = "/v1/"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class ControlGuard:
    """ASGI middleware: any path but the public ones is 404 without the control token."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._token = os.environ[CONTROL_TOKEN_VARIABLE].encode()
        if not self._token:
            raise ValueError(f"{CONTROL_TOKEN_VARIABLE} is empty")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 404 (close, for a websocket)."""
        if scope["type"] == "lifespan" or self._allowed(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

    def _allowed(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIX):
            return True
        given = dict(scope["headers"]).get(CONTROL_HEADER.encode(), b"")
        return hmac.compare_digest(given, self._token)
