"""From a profile to an endpoint that answers: fetch weights, start the embedded model, or ask a server what it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx

from engine.endpoints.client import ChatEndpoint
from engine.endpoints.credentials import api_key
from engine.endpoints.probe import CAPABILITIES, Probe, probe
from engine.endpoints.profiles import DEFAULT_LOCAL_MODEL, Profile
from engine.endpoints.protocol import Waiting
from engine.endpoints.refusals import BUSY
from engine.errors import EndpointRefused, UsageError

OnWaiting = Callable[[Waiting], None]

_COLD_START_S = 600.0
"""How long a server may take to start, in seconds: a container with a large model needs minutes."""

_PAUSE_S = 1.0

_PULLING = {"download": "fetching", "copy": "copying", "verify": "verifying"}


def new_client() -> httpx.AsyncClient:
    """The connection pool that all endpoints of one run share; the caller closes it.

    HTTP/1.1 with keep-alive: an idle connection is kept for a minute.
    """
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=8, keepalive_expiry=60.0)
    return httpx.AsyncClient(limits=limits, follow_redirects=False)


async def connect(
    profile: Profile, client: httpx.AsyncClient, on_waiting: OnWaiting, *, model: str | None = None
) -> ChatEndpoint:
    """Make the endpoint of ``profile`` ready to stream.

    Args:
        on_waiting: hears what a slow start is waiting for.
        model: overrides the profile's model.

    Raises:
        WeightsError: the embedded model's weights cannot be fetched.
        LocalEndpointFailed: the embedded model does not start.
        EndpointError: the server does not say what it is.
        SettingsError: the profile's key is not there.
    """
    if profile.kind == "local":
        return await _local(profile, client, on_waiting, model or profile.model or DEFAULT_LOCAL_MODEL)
    return await _remote(profile, client, on_waiting, model or profile.model)


async def _local(profile: Profile, client: httpx.AsyncClient, on_waiting: OnWaiting, model: str) -> ChatEndpoint:
    from engine import weights
    from engine.endpoints.local.manager import LocalState, ensure

    entry = weights.find(model)
    began = time.perf_counter()

    def pulling(progress: weights.Progress) -> None:
        what = f"{_PULLING[progress.phase]} the weights of {entry.name}"
        on_waiting(Waiting(what, time.perf_counter() - began, progress.done_bytes / progress.total_bytes))

    def loading(state: LocalState) -> None:
        if state.phase == "ready":
            return
        typical = state.typical_load_s
        fraction = min(state.elapsed_s / typical, 1.0) if typical else None
        on_waiting(Waiting("loading the model", state.elapsed_s, fraction, typical))

    if weights.local_path(entry) is None:
        await weights.pull(entry, progress=pulling)
    local = await ensure(entry, idle_s=profile.idle_s, on_state=loading)
    return ChatEndpoint(
        name=profile.name,
        base_url=local.base_url,
        model=entry.name,
        headers={"Authorization": f"Bearer {local.token}"},
        capabilities=CAPABILITIES["llama.cpp"],
        client=client,
    )


async def _remote(profile: Profile, client: httpx.AsyncClient, on_waiting: OnWaiting, model: str) -> ChatEndpoint:
    key = api_key(profile)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    flavor = profile.flavor
    if flavor is None or not model:
        found = await _probe(profile, client, headers, on_waiting)
        flavor = flavor or found.flavor
        model = model or (found.models[0] if found.models else "")
    if not model:
        raise UsageError(
            f"The endpoint {profile.name!r} names no model and its server lists none.", "Name one with --model."
        )
    return ChatEndpoint(
        name=profile.name,
        base_url=profile.url,
        model=model,
        headers=headers,
        capabilities=CAPABILITIES[flavor],
        client=client,
    )


async def _probe(profile: Profile, client: httpx.AsyncClient, headers: dict[str, str], on_waiting: OnWaiting) -> Probe:
    """Ask the server what it is, waiting for one that is still starting."""
    began = time.perf_counter()
    while True:
        try:
            return await probe(profile.name, profile.url, headers, client, patience_s=_COLD_START_S)
        except EndpointRefused as error:
            waited = time.perf_counter() - began
            if error.status not in BUSY or waited > _COLD_START_S:
                raise
            on_waiting(Waiting(f"{profile.name} is not ready yet (HTTP {error.status})", waited))
        await asyncio.sleep(_PAUSE_S)
