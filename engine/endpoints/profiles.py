"""Endpoint profiles: names for the places tokens come from, in ``endpoints.toml``.

The file is the user's: comments and order survive our edits, and no secret is ever written
to it. Without a file there is one profile, ``local``, the embedded model.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal, cast

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine import paths
from engine.errors import SettingsError, UsageError

LOCAL = "local"
DEFAULT_LOCAL_MODEL = "qwen2.5-coder-1.5b"
Flavor = Literal["llama.cpp", "vllm", "openai"]


class Profile(BaseModel):
    """One endpoint.

    ``kind`` is ``local`` for the embedded model, ``openai`` for any server that speaks the
    OpenAI chat API. ``key_env`` names the environment variable that holds the key; without
    it the OS keyring is asked. Prices are in USD.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(exclude=True)
    kind: Literal["local", "openai"] = "openai"
    url: str = ""
    model: str = ""
    flavor: Flavor | None = None
    key_env: str | None = None
    idle_s: float = Field(default=600.0, gt=0)
    usd_per_second: float = Field(default=0.0, ge=0)
    usd_per_million_prompt_tokens: float = Field(default=0.0, ge=0)
    usd_per_million_completion_tokens: float = Field(default=0.0, ge=0)

    def cost_usd(self, *, prompt_tokens: int, completion_tokens: int, seconds: float) -> float:
        """What a request of these tokens, busy for ``seconds``, costs on this endpoint."""
        return (
            self.usd_per_second * seconds
            + self.usd_per_million_prompt_tokens * prompt_tokens / 1e6
            + self.usd_per_million_completion_tokens * completion_tokens / 1e6
        )


class Profiles:
    """The profile file, read when made and written by each change.

    Raises:
        SettingsError: the file does not parse or holds something that is not a profile.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or paths.config_dir() / "endpoints.toml"
        data = self._read()
        self.current = str(data.get("current", LOCAL))
        builtin = Profile(name=LOCAL, kind="local", model=DEFAULT_LOCAL_MODEL)
        self._profiles: dict[str, Profile] = {LOCAL: builtin}
        for name, fields in cast("dict[str, dict[str, Any]]", data.get("endpoints", {})).items():
            self._profiles[name] = self._parse(name, fields)

    def __iter__(self):
        """All profiles, the embedded one first."""
        return iter(self._profiles.values())

    def get(self, name: str | None = None) -> Profile:
        """The profile called ``name``, or the current one; a URL makes an unnamed profile.

        Raises:
            UsageError: there is no such profile.
        """
        name = name or self.current
        if name.startswith(("http://", "https://")):
            return Profile(name=name, url=normal_url(name))
        if name in self._profiles:
            return self._profiles[name]
        known = ", ".join(self._profiles)
        raise UsageError(
            f"There is no endpoint called {name!r}.",
            f"Known endpoints: {known}. `lift endpoint add {name} URL` makes one.",
        )

    def add(self, profile: Profile) -> None:
        """Write ``profile``, replacing one of the same name."""
        document = self._document()
        table = tomlkit.table()
        for key, value in profile.model_dump(exclude_defaults=True).items():
            table[key] = value
        endpoints = document.setdefault("endpoints", tomlkit.table())
        endpoints[profile.name] = table
        self._profiles[profile.name] = profile
        self._write(document)

    def remove(self, name: str) -> None:
        """Forget a profile; removing ``local`` only forgets its changes.

        Raises:
            UsageError: there is no such profile.
        """
        self.get(name)
        document = self._document()
        cast("dict[str, Any]", document.get("endpoints", {})).pop(name, None)
        self._profiles.pop(name, None)
        if self.current == name:
            self.current = LOCAL
            document["current"] = LOCAL
        self._write(document)

    def use(self, name: str) -> Profile:
        """Make a profile the current one.

        Raises:
            UsageError: there is no such profile.
        """
        profile = self.get(name)
        document = self._document()
        document["current"] = self.current = profile.name
        self._write(document)
        return profile

    def _parse(self, name: str, fields: dict[str, Any]) -> Profile:
        try:
            return Profile.model_validate({**fields, "name": name})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise SettingsError(
                f"{self.path}: endpoint {name!r}, field {where!r}: {first['msg']}.",
                "Correct the file, or remove the endpoint and add it again.",
            ) from error

    def _read(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{self.path} cannot be read: {error}.", "Correct or delete the file.") from error

    def _document(self) -> tomlkit.TOMLDocument:
        try:
            return tomlkit.parse(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return tomlkit.document()

    def _write(self, document: tomlkit.TOMLDocument) -> None:
        try:
            paths.write_private(self.path, tomlkit.dumps(document))
        except OSError as error:
            raise SettingsError(
                f"{self.path} cannot be written: {error}.", "Check the folder's permissions."
            ) from error


def normal_url(url: str) -> str:
    """A server's base URL without trailing slash or ``/v1``, which the client adds itself."""
    return url.rstrip("/").removesuffix("/v1").rstrip("/")
