"""A deployment on Modal as an endpoint: its profile, and the proxy token that lets requests in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal

from engine.endpoints.credentials import api_key, keep_key
from engine.endpoints.modal import Account, Deployment
from engine.endpoints.profiles import LOCAL, Profile, Profiles
from engine.errors import SettingsError, UsageError

NAME = "modal"
"""What the endpoint is called unless it is given another name."""

TOKEN_NAME = "lift"
"""What proxy tokens are called on Modal, so that their owner knows them again."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """The endpoint, and where its token is.

    Args:
        profile: the current endpoint now.
        token: ``made`` just now, ``kept`` from an earlier deployment, or the user's own in a ``variable``.
        place: ``keyring`` or ``file`` for a token that was made, else None.
    """

    profile: Profile
    token: Literal["made", "kept", "variable"]
    place: Literal["keyring", "file"] | None = None


async def adopt(
    account: Account, deployment: Deployment, *, name: str = NAME, key_env: str | None = None, **fields: Any
) -> Adopted:
    """Make ``deployment`` the current endpoint, with a token that works.

    The profile comes first: if no token can be made, the message says what to do, and nothing is lost.

    Args:
        name: the endpoint's name.
        key_env: variable that holds a proxy token of the user's own; none is made then.
        fields: further fields of :class:`~engine.endpoints.profiles.Profile`.

    Raises:
        ModalRefused: this account may not make a proxy token.
        SettingsError: the token can be kept nowhere, or ``key_env`` is not set.
        UsageError: the name or a field cannot be.
    """
    if key_env and not os.environ.get(key_env):
        raise SettingsError(f"${key_env} is not set.", f"Set it: export {key_env}=wk-….ws-…")
    profiles = Profiles()
    profile = profiles.add(name, kind="modal", flavor="vllm", url=deployment.url, key_env=key_env, **fields)
    profiles.use(name)
    if key_env:
        return Adopted(profile, "variable")
    kept = api_key(profile)
    if kept and await account.knows_proxy_token(kept):
        return Adopted(profile, "kept")
    return Adopted(profile, "made", keep_key(name, await account.new_proxy_token(TOKEN_NAME)))


def deployed_endpoint(name: str | None = None) -> Profile:
    """The endpoint on Modal called ``name``; or else the current one, if it is on Modal, or else the only one.

    Raises:
        UsageError: there is none, or there are several to choose from.
    """
    profiles = Profiles()
    if name:
        profile = profiles.get(name)
        if profile.name == LOCAL:
            raise UsageError(f"The endpoint {name!r} is not on Modal.", "`lift endpoint list` shows all.")
        return profile
    deployed = [profile for profile in profiles if profile.kind == "modal"]
    current = [profile for profile in deployed if profile.name == profiles.current]
    candidates = current or deployed
    if not candidates:
        raise UsageError("There is no endpoint on Modal yet.", "Make one: lift modal deploy")
    if len(candidates) > 1:
        names = ", ".join(profile.name for profile in candidates)
        raise UsageError(f"There are several endpoints on Modal: {names}.", "Name one.")
    return candidates[0]
