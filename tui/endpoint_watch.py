"""Whether an endpoint is warm, found out without waking it.

The embedded model's process can be looked at for nothing. A server elsewhere is asked only on the
machine itself or in a private network: asking a deployment that scales to zero would start it, and
cost. When such a one answered last is known anyway, and so is when it has gone to sleep.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from engine.endpoints.local.manager import LocalStatus
    from engine.endpoints.profiles import Profile

PATIENCE_S = 3.0
"""How long a server may take to say that it is there, in seconds."""


@dataclass(frozen=True)
class Warmth:
    """How ready an endpoint is, in one word, and what more there is to say."""

    state: Literal["warm", "cold", "loading", "silent", "not asked"]
    detail: str = ""


async def look(profile: Profile, *, ask: bool = False) -> Warmth:
    """How ready ``profile`` is.

    Args:
        ask: ask a server that can be asked without waking it, for :data:`PATIENCE_S` at most.
    """
    if profile.kind == "local":
        from engine.endpoints.local import manager

        return of_local(await manager.status())
    if ask and near(profile.url):
        return await _asked(profile)
    return remembered(profile, time.time())


def remembered(profile: Profile, now: float) -> Warmth:
    """How ready a server should be that is not asked, from its last answer to this machine.

    Args:
        now: the time, in seconds since the epoch.
    """
    from engine.endpoints.memory import warmth

    known = warmth(profile, now=now)
    if known.idle_s is None:
        return Warmth("warm", "always on") if known.state == "warm" else Warmth("not asked")
    answered = f"answered {ago(known.idle_s)} ago"
    if profile.kind != "modal":  # nothing is known of when, or whether, it sleeps
        return Warmth("warm", answered)
    if known.state == "cold":
        return Warmth("cold", f"{answered}, scaled to zero since; the next run starts it")
    sleeps = "" if known.sleeps_in_s is None else f"; scales to zero in {ago(known.sleeps_in_s)}"
    return Warmth("warm", answered + sleeps)


def of_local(status: LocalStatus) -> Warmth:
    """How ready the embedded model is."""
    match status.phase:
        case "stopped":
            return Warmth("cold", "starts with the next run")
        case "loading":
            typical = f", typically {status.typical_load_s:.0f} s" if status.typical_load_s else ""
            return Warmth("loading", f"{status.model}{typical}")
        case "silent":
            return Warmth("silent", f"process {status.pid} does not answer")
        case "ready":
            since = f"for {ago(time.time() - status.started_at)}" if status.started_at else ""
            return Warmth("warm", f"{status.model}, {'working' if status.busy else 'idle'}, up {since}")


def near(url: str) -> bool:
    """Whether the server is on this machine or in a private network, where asking wakes nothing."""
    import ipaddress
    from urllib.parse import urlsplit

    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def ago(seconds: float) -> str:
    """A duration in its largest unit."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


async def _asked(profile: Profile) -> Warmth:
    from engine.endpoints.connect import new_client
    from engine.endpoints.credentials import api_key
    from engine.endpoints.probe import probe
    from engine.errors import LiftError

    try:
        key = api_key(profile)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with new_client() as client:
            found = await probe(profile.name, profile.url, headers, client, patience_s=PATIENCE_S)
    except LiftError as error:
        return Warmth("silent", error.what)
    models = f"{found.models[0]}" + (f" and {len(found.models) - 1} more" if len(found.models) > 1 else "")
    return Warmth("warm", f"{found.flavor}: {models}" if found.models else found.flavor)
