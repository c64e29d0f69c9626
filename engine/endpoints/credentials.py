"""Keys for endpoints: from the environment, the OS keyring, or a file that only its user may read.

The file is for keys that Lift makes itself, on machines without a keyring, as servers usually are; a key
that a person has is better kept where they keep their others, and named with ``key_env``.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import RootModel, ValidationError

from engine import paths
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
        key = None
    if key:
        return _sendable(key, "the keyring")
    key = _read().get(profile.name)
    return _sendable(key, str(key_file())) if key else None


def keep_key(name: str, key: str) -> Literal["keyring", "file"]:
    """Keep a key in the OS keyring, or else in :func:`key_file` (mode 0600); returns where.

    Raises:
        SettingsError: neither can be written.
    """
    try:
        store_key(name, key)
    except SettingsError:
        _write(_read() | {name: _sendable(key, "what was made")})
        return "file"
    _forget_in_file(name)
    return "keyring"


def key_file() -> Path:
    """Where keys are kept on a machine without a keyring."""
    return paths.config_dir() / "keys.json"


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
    """Remove a key from the OS keyring and the file, if it is there."""
    import keyring
    from keyring.errors import KeyringError

    _forget_in_file(name)

    with suppress(KeyringError):  # there is no keyring, or no key
        keyring.delete_password(_SERVICE, name)


class _Keys(RootModel[dict[str, str]]):
    """Keys by endpoint."""


def _read() -> dict[str, str]:
    try:
        return _Keys.model_validate_json(key_file().read_text(encoding="utf-8")).root
    except (OSError, UnicodeDecodeError, ValidationError):
        return {}


def _write(keys: dict[str, str]) -> None:
    try:
        paths.write_private(key_file(), _Keys(keys).model_dump_json(indent=2))
    except OSError as error:
        raise SettingsError(f"{key_file()} cannot be written: {error}.", "Check the folder's permissions.") from error


def _forget_in_file(name: str) -> None:
    keys = _read()
    if keys.pop(name, None) is not None:
        _write(keys)


def _sendable(key: str, where: str) -> str:
    """The key without surrounding white space.

    Raises:
        SettingsError: it cannot stand in an HTTP header.
    """
    key = key.strip()
    if not key.isascii() or not key.isprintable():
        raise SettingsError(f"The key in {where} holds characters that no key has.", "Was it copied as a whole?")
    return key
