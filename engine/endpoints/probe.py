"""Finding out what kind of server an endpoint is: one request to ``/v1/models``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from engine.endpoints.profiles import Flavor
from engine.endpoints.protocol import Capabilities
from engine.endpoints.refusals import refusal, unreachable
from engine.endpoints.sending import send
from engine.endpoints.wording import GENERIC, Wording
from engine.errors import EndpointRefused

CAPABILITIES: dict[Flavor, Capabilities] = {
    "llama.cpp": Capabilities(
        structured="grammar", prefill=True, progress=True, compact=True, parallel=False, logprobs=True
    ),
    "vllm": Capabilities(structured="structured_outputs", prefill=True, compact=True, logprobs=True),
    "openai": Capabilities(structured="response_format"),
}
"""What each kind of server can do. llama.cpp and vLLM are sent our EBNF for JSON too: xgrammar's own reading
of a JSON Schema takes no escapes in strings of bounded length, and the EBNF is compact."""

_OWNERS: dict[str, Flavor] = {"vllm": "vllm", "llamacpp": "llama.cpp"}


@dataclass(frozen=True, slots=True)
class Probe:
    """What ``/v1/models`` said: the kind of server, its models, and how long it took in seconds."""

    flavor: Flavor
    models: tuple[str, ...]
    latency_s: float


async def probe(
    name: str,
    base_url: str,
    headers: dict[str, str],
    client: httpx.AsyncClient,
    *,
    patience_s: float = 15.0,
    wording: Wording = GENERIC,
) -> Probe:
    """Ask a server what it is, giving it ``patience_s`` seconds to answer.

    Raises:
        EndpointUnreachable: no connection.
        EndpointRefused: an HTTP error status, or an answer that is not a list of models.
    """
    began = time.perf_counter()
    response = await ask(name, f"{base_url}/v1/models", headers, client, patience_s=patience_s, wording=wording)
    try:
        models: list[dict[str, Any]] = response.json()["data"]
        names = tuple(str(model["id"]) for model in models)
        owner = str(models[0].get("owned_by", "")) if models else ""
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EndpointRefused(
            f"{name} answered, but not as an OpenAI-compatible server does.",
            "Check the URL: it is the part before /v1/chat/completions.",
            status=response.status_code,
        ) from error
    return Probe(_OWNERS.get(owner, "openai"), names, time.perf_counter() - began)


async def ask(
    name: str,
    url: str,
    headers: dict[str, str],
    client: httpx.AsyncClient,
    *,
    patience_s: float,
    wording: Wording = GENERIC,
) -> httpx.Response:
    """Get ``url`` and return the whole answer, which is 200.

    Raises:
        EndpointUnreachable: no connection, or no answer within ``patience_s`` seconds.
        EndpointRefused: an HTTP error status.
    """
    timeout = httpx.Timeout(patience_s, connect=min(patience_s, 10.0))
    request = client.build_request("GET", url, headers=headers, timeout=timeout)
    response: httpx.Response | None = None
    try:
        response = await send(client, request)
        if response.status_code != HTTPStatus.OK:
            raise await refusal(name, response, wording)
        await response.aread()
        return response
    except httpx.RequestError as error:
        raise unreachable(name, url.removesuffix("/v1/models"), error) from error
    finally:
        if response is not None:
            await response.aclose()
