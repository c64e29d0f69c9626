"""Making an endpoint cold: whatever answers next has to be started first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from engine.endpoints.profiles import Profile
from engine.errors import EndpointUnreachable, UsageError

Chill = Callable[[], Awaitable[None]]
"""Makes one endpoint cold, and returns when it is."""

_GONE_S = 90.0
"""How long containers may take to end, in seconds; each may finish what it is at for up to a minute."""

_LOOK_S = 1.0


def chill_for(profile: Profile, *, app: str = "", server: str = "") -> Chill:
    """What makes the endpoint of ``profile`` cold: the embedded one is stopped, containers on Modal are ended.

    Args:
        app, server: what the app on Modal and its server class are called.

    Raises:
        UsageError: Lift does not control that server, or it is set up never to be cold.
    """
    if profile.kind == "local":
        return _stop_embedded
    if profile.kind != "modal":
        raise UsageError(
            f"{profile.name} cannot be made cold from here: Lift did not start it.",
            "--cold works with the embedded endpoint and with a deployment on Modal.",
        )
    if profile.min_containers:
        raise UsageError(
            f"{profile.name} keeps {profile.min_containers} containers up, so it is never cold.",
            "Deploy it with `--min-containers 0`, or leave out --cold.",
        )
    return partial(_end_containers, profile, app, server)


async def _stop_embedded() -> None:
    from engine.endpoints.local.manager import stop

    await stop()


async def _end_containers(profile: Profile, app: str, server: str) -> None:
    from engine.endpoints.modal import account

    async with account() as modal:
        found = await modal.find(app, server)
        if found.url != profile.url:  # never end what is not measured
            raise UsageError(
                f"The app {app} on Modal is at {found.url}, but {profile.name} is at {profile.url}.",
                "Name the app in LIFT_MODAL_APP_NAME, or another endpoint with --endpoint.",
            )
        deadline = asyncio.get_running_loop().time() + _GONE_S
        while await modal.end_containers(app, server):
            if asyncio.get_running_loop().time() > deadline:
                raise EndpointUnreachable(
                    f"The containers on Modal have not ended within {_GONE_S:.0f} s.",
                    "`lift modal status` tells how many are up.",
                )
            await asyncio.sleep(_LOOK_S)
