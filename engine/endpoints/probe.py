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
from engine.errors import EndpointRefused

CAPABILITIES: dict[Flavor, Capabilities] = {
    "llama.cpp": Capabilities(structured="grammar", prefill=True, progress=True, compact=True),
    "vllm": Capabilities(structured="structured_outputs", prefill=True, compact=True),
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
    name: str, base_url: str, headers: dict[str, str], client: httpx.AsyncClient, *, patience_s: float = 15.0
) -> Probe:
    """Ask a server what it is, giving it ``patience_s`` seconds to answer.

    Raises:
        EndpointUnreachable: no connection.
        EndpointRefused: an HTTP error status, or an answer that is not a list of models.
    """
    began = time.perf_counter()
    timeout = httpx.Timeout(patience_s, connect=min(patience_s, 10.0))
    try:
        response = await client.get(f"{base_url}/v1/models", headers=headers, timeout=timeout)
    except httpx.RequestError as error:
        raise unreachable(name, base_url, error) from error
    if response.status_code != HTTPStatus.OK:
        raise await refusal(name, response)
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
