"""Keys for endpoints: from the environment or the OS keyring, never from a file of ours."""

from __future__ import annotations

import os
from contextlib import suppress

from engine.endpoints.profiles import Profile
from engine.errors import SettingsError

_SERVICE = "lift-workbench"


def api_key(profile: Profile) -> str | None:
    """The key for ``profile``, or ``None`` when it needs none.

    Raises:
        SettingsError: the profile names an environment variable that is not set, or the key cannot be one.
    """
    if profile.key_env:
        key = os.environ.get(profile.key_env)
        if not key:
            raise SettingsError(
                f"The endpoint {profile.name!r} takes its key from ${profile.key_env}, which is not set.",
                f"Set it: export {profile.key_env}=…",
            )
        return _sendable(key, f"${profile.key_env}")
    if profile.kind == "local" or not profile.url or profile.name == profile.url:
        return None
    import keyring
    from keyring.errors import KeyringError

    try:
        key = keyring.get_password(_SERVICE, profile.name)
    except KeyringError:
        return None
    return _sendable(key, "the keyring") if key else None


def store_key(name: str, key: str) -> None:
    """Keep a key in the OS keyring.

    Raises:
        SettingsError: this machine has no keyring, as is usual on servers.
    """
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(_SERVICE, name, _sendable(key, "what was typed"))
        kept = keyring.get_password(_SERVICE, name) is not None  # the null keyring takes everything and keeps nothing
    except KeyringError:
        kept = False
    if not kept:
        raise SettingsError(
            "This machine has no keyring that could keep the key.",
            "Put the key in an environment variable and name it with --key-env instead.",
        )


def forget_key(name: str) -> None:
    """Remove a key from the OS keyring, if there is one."""
    import keyring
    from keyring.errors import KeyringError

    with suppress(KeyringError):  # there is no keyring, or no key
        keyring.delete_password(_SERVICE, name)


def _sendable(key: str, where: str) -> str:
    """The key without surrounding white space.

    Raises:
        SettingsError: it cannot stand in an HTTP header.
    """
    key = key.strip()
    if not key.isascii() or not key.isprintable():
        raise SettingsError(f"The key in {where} holds characters that no key has.", "Was it copied as a whole?")
    return key
