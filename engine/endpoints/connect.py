"""From a profile to an endpoint that answers: fetch weights, start the embedded model, or ask a server what it is."""

from __future__ import annotations

import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import cache
from typing import TypeVar

import httpx

from engine.endpoints.client import ChatEndpoint
from engine.endpoints.credentials import api_key
from engine.endpoints.memory import EndpointMemory
from engine.endpoints.modal_wording import wording_for
from engine.endpoints.probe import CAPABILITIES, Probe, ask, probe
from engine.endpoints.profiles import DEFAULT_LOCAL_MODEL, Profile
from engine.endpoints.protocol import Waiting
from engine.endpoints.sending import Done, patiently
from engine.endpoints.waking import Waits, Waking
from engine.errors import EndpointRefused, UsageError

T = TypeVar("T")

OnWaiting = Callable[[Waiting], None]

_WAITS = Waits()

_PULLING = {"download": "fetching", "copy": "copying", "verify": "verifying"}


def new_client() -> httpx.AsyncClient:
    """The connection pool that all endpoints of one run share; the caller closes it.

    HTTP/1.1 with keep-alive: an idle connection is kept for a minute.
    """
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=8, keepalive_expiry=60.0)
    return httpx.AsyncClient(limits=limits, follow_redirects=False, verify=_trusted())


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to trust: read once, because it takes 20 ms in which no other thread runs, and clients come and go."""
    return httpx.create_ssl_context()


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
    headers = _headers(profile)
    flavor = profile.flavor
    if flavor is None or not model:
        found = await _once_up(profile, on_waiting, lambda: _probe(profile, headers, client))
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
        wording=wording_for(profile),
        memory=EndpointMemory(profile),
    )


async def wake(
    profile: Profile, client: httpx.AsyncClient, on_waiting: OnWaiting, *, waits: Waits | None = None
) -> float:
    """Make sure that the server of ``profile`` is up, without asking its model anything.

    Returns the seconds that it took. Cancelling stops the waiting; a container that has begun to start goes on.

    Args:
        on_waiting: hears every second how long it has taken.
        waits: how long to wait.

    Raises:
        EndpointError: the server refuses, or does not come up in time.
        SettingsError: the profile's key is not there.
    """
    headers = _headers(profile)
    waits = waits or _WAITS
    began = time.perf_counter()

    async def healthy() -> None:
        await ask(
            profile.name,
            f"{profile.url}/health",
            headers,
            client,
            patience_s=waits.up_s,
            wording=wording_for(profile),
        )

    await _once_up(profile, on_waiting, healthy, waits)
    EndpointMemory(profile).answered()
    return time.perf_counter() - began


async def _probe(profile: Profile, headers: dict[str, str], client: httpx.AsyncClient) -> Probe:
    """Ask the server what it is."""
    return await probe(profile.name, profile.url, headers, client, patience_s=_WAITS.up_s, wording=wording_for(profile))


async def _once_up(
    profile: Profile, on_waiting: OnWaiting, question: Callable[[], Awaitable[T]], waits: Waits | None = None
) -> T:
    """The answer to ``question``, waiting for a server that is still starting."""
    waits = waits or _WAITS
    waking = Waking(profile.name, wording_for(profile), EndpointMemory(profile), waits)
    while True:
        try:
            async with aclosing(patiently(question(), limit_s=waits.up_s, tick_s=waits.tick_s)) as steps:
                async for step in steps:
                    if isinstance(step, Done):
                        waking.answered()
                        return step.value
                    on_waiting(waking.blocked())
        except EndpointRefused as error:
            pauses = waking.after(error)
        except TimeoutError:
            raise waking.gave_up(EndpointRefused("", status=504)) from None
        else:
            raise AssertionError("patiently ends with Done, or raises")
        async for wait in pauses:
            on_waiting(wait)


def _headers(profile: Profile) -> dict[str, str]:
    """The authentication of every request; a proxy token of Modal goes as a bearer, too."""
    key = api_key(profile)
    return {"Authorization": f"Bearer {key}"} if key else {}
