"""What failures mean when the server is a deployment on Modal.

Modal's proxy answers for the app: 401 without a proxy token, 404 for an app that is stopped, 429 at the limit of
concurrent requests, 503 while no container is up (https://modal.com/docs/guide/servers).
"""

from __future__ import annotations

from types import MappingProxyType
from urllib.parse import urlsplit

from engine.endpoints.profiles import Profile
from engine.endpoints.wording import GENERIC, Wording

TOKENS_PAGE = "https://modal.com/settings/proxy-auth-tokens"

_DOMAINS = (".modal.run", ".modal.direct")

_LOGS = "`lift modal logs` shows why."
_RESUME = "What had arrived is kept; run the stage again and it goes to a living container."

MODAL = Wording(
    statuses=MappingProxyType(
        {
            **GENERIC.statuses,
            401: (
                "wants a proxy token, or a different one",
                "`lift modal deploy` makes one and keeps it; a token that was deleted on Modal is replaced.",
            ),
            403: (
                "knows the proxy token but does not let it in",
                f"Allow the token for the app's environment at {TOKENS_PAGE}.",
            ),
            429: (
                "has as many requests as its containers take",
                "Wait a moment, or deploy with more of them: lift modal deploy --max-containers N",
            ),
            500: ("failed while answering", f"Its server is up but broken. {_LOGS}"),
            502: ("lost its container", f"The container died or was replaced. {_LOGS}"),
            503: ("did not start", f"No container came up. {_LOGS}"),
            504: ("took too long for Modal's proxy", f"Its container is up but does not answer. {_LOGS}"),
        }
    ),
    server_error=("failed on Modal's side", f"Look at https://status.modal.com. {_LOGS}"),
    other=GENERIC.other,
    plain_404=(
        "is stopped, or was never deployed",
        "`lift modal status` shows it; `lift modal deploy` brings it back.",
    ),
    blocked="does not answer yet: a container may be starting",
    starting="is starting a container",
    full="has as many requests as its containers take; waiting for a turn",
    never_up=("did not start a container in time", f"{_LOGS} A larger model may need more time."),
    ended=("stopped in mid-answer: its container died or was shut down", f"{_RESUME} {_LOGS}"),
    cut=("was cut off: a proxy or the network between here and Modal broke the connection", _RESUME),
)


def wording_for(profile: Profile) -> Wording:
    """The words for the server of ``profile``; a URL on Modal's domains counts as Modal."""
    host = urlsplit(profile.url).hostname or ""
    return MODAL if profile.kind == "modal" or host.endswith(_DOMAINS) else GENERIC
