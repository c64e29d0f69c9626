"""HTTP calls to the vLLM server in the same container.

``http.client`` and not a client library: it takes no proxy from the environment, and nothing needs to be
imported again after a snapshot is restored.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from modal_app.guard import CONTROL_HEADER


class BootError(RuntimeError):
    """The server cannot be brought into service; Modal logs the message and tries another container."""


class NotAnswering(BootError):
    """No HTTP answer: nothing listens yet, or the connection broke or took too long."""


@dataclass(frozen=True)
class VllmControl:
    """The server on a local port.

    Args:
        port: TCP port on this machine.
        token: what the guard asks for on development routes.
        timeout_s: seconds that one call may take; a warm-up compiles kernels, so this is generous.
    """

    port: int
    token: str = ""
    timeout_s: float = 300.0

    def healthy(self) -> bool:
        """Whether the server listens and its engine is alive."""
        try:
            return self._call("GET", "/health", timeout_s=10.0)[0] == 200
        except NotAnswering:
            return False

    def sleeping(self) -> bool:
        """Whether any of the engine's memory is offloaded, or its scheduler paused."""
        return bool(self._json("GET", "/is_sleeping")["is_sleeping"])

    def sleep(self) -> None:
        """Move the weights to host memory (level 1) and drop the key-value cache."""
        self._json("POST", "/sleep?level=1")

    def wake_up(self) -> None:
        """Ask the engine to wake. That this returns does not mean that it is awake: see :meth:`sleeping`."""
        self._json("POST", "/wake_up")

    def complete(self, request: dict[str, Any]) -> str:
        """The answer's text to one chat request that is not streamed."""
        choices = self._json("POST", "/v1/chat/completions", request)["choices"]
        return str(choices[0]["message"]["content"])

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        status, answer = self._call(method, path, body)
        if status != 200:
            raise BootError(f"vLLM answered {method} {path} with {status}: {answer[:500].decode(errors='replace')}")
        return json.loads(answer)

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, timeout_s: float | None = None
    ) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout_s or self.timeout_s)
        headers = {CONTROL_HEADER: self.token, "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException) as error:
            raise NotAnswering(f"vLLM did not answer {method} {path}: {error!r}") from error
        finally:
            connection.close()
