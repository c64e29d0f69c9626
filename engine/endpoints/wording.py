"""What a failure of a server means and what to do about it, in words.

A :class:`Wording` holds the words for one kind of server: each failure is what happened, to follow the
endpoint's name, and what to do. :data:`GENERIC` fits any server; :mod:`engine.endpoints.modal_wording` knows Modal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import httpx

Failure = tuple[str, str]
"""What happened, and what to do."""

BUSY = frozenset({429, 502, 503, 504})
"""Statuses that mean "not now": a booting container, a queue that is full, a proxy without a backend."""

FULL = 429

_KEPT = "What had arrived is kept; run the stage again."


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for one kind of server.

    Args:
        statuses: the meaning of HTTP statuses.
        server_error: a 5xx status that ``statuses`` does not name.
        other: any other status.
        plain_404: the meaning of a 404 that does not come from the inference server itself, if it differs.
        blocked: what is waited for while a request is not answered.
        starting: what is waited for while the server says that it is not up; ``{status}`` is the HTTP status.
        full: what is waited for while the server takes no more requests.
        never_up: it did not come up in time.
        ended: the stream stopped before the answer was complete.
        cut: the connection was reset in mid-stream.
    """

    statuses: Mapping[int, Failure]
    server_error: Failure
    other: Failure
    blocked: str
    starting: str
    full: str
    never_up: Failure
    ended: Failure
    cut: Failure
    plain_404: Failure | None = None

    def meaning(self, response: httpx.Response) -> Failure:
        """What the status of a refusal means."""
        status = response.status_code
        by_proxy = "json" not in response.headers.get("content-type", "")
        if status == 404 and by_proxy and self.plain_404:
            return self.plain_404
        if status in self.statuses:
            return self.statuses[status]
        return self.server_error if status >= 500 else self.other


GENERIC = Wording(
    statuses=MappingProxyType(
        {
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
    ),
    server_error=("failed", "This is a fault on the server's side: look at its log, then run the command again."),
    other=("answered unexpectedly", "Check the URL with `lift endpoint test`."),
    blocked="does not answer yet",
    starting="is not ready yet (HTTP {status})",
    full="is being asked too much; waiting for a turn",
    never_up=("was never ready", "Look at the server's log; `lift endpoint test` shows whether it answers at all."),
    ended=("broke off the stream before the model had finished", _KEPT),
    cut=("was cut off: something between here and the server broke the connection", _KEPT),
)
