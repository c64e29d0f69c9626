"""Endpoint profiles: names for the places tokens come from, in ``endpoints.toml``.

The file is the user's: comments and order survive our edits, and no secret is ever written
to it. Without a file there is one profile, ``local``, the embedded model.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlsplit

import tomlkit
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from engine import paths
from engine.errors import SettingsError, UsageError

LOCAL = "local"
DEFAULT_LOCAL_MODEL = "qwen2.5-coder-1.5b"
Flavor = Literal["llama.cpp", "vllm", "openai"]

_NAME = re.compile(r"[\w.-]{1,64}")


def normal_url(url: str) -> str:
    """A server's base URL without trailing slash or ``/v1``, which the client adds itself.

    Raises:
        ValueError: it is no such URL, or holds a password or a query, where secrets would be stored.
    """
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("a URL holds no white space")
    parts = urlsplit(url)  # raises ValueError, as does .port
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("a URL looks like http://127.0.0.1:8080 or https://example.org")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("a URL of an endpoint holds no user name, query or fragment; keys belong elsewhere")
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


class Profile(BaseModel):
    """One endpoint.

    ``kind`` is ``local`` for the embedded model, ``modal`` for a deployment of the user's own on Modal,
    ``openai`` for any other server that speaks the OpenAI chat API. ``key_env`` names the environment
    variable that holds the key; without it the OS keyring is asked. ``idle_s`` is how long the server waits
    without a request before it ends. ``gpu``, ``memory_mib`` and ``min_containers`` say what a container
    on Modal reserves, and how many are always on. ``second_opinion`` says that code which passes every check is
    compared with another answer; a small model needs it. Prices are in USD.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(exclude=True)
    kind: Literal["local", "openai", "modal"] = "openai"
    url: Annotated[str, AfterValidator(normal_url)] = Field(default="", validate_default=False)
    model: str = ""
    flavor: Flavor | None = None
    key_env: str | None = None
    idle_s: float = Field(default=600.0, gt=0)
    gpu: str = ""
    memory_mib: int = Field(default=0, ge=0)
    min_containers: int = Field(default=0, ge=0)
    second_opinion: bool = False
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
        self._profiles: dict[str, Profile] = {LOCAL: _embedded()}
        for name, fields in self._tables(data).items():
            self._profiles[name] = self._parse(name, fields)

    def __iter__(self) -> Iterator[Profile]:
        """All profiles, the embedded one first."""
        return iter(self._profiles.values())

    def get(self, name: str | None = None) -> Profile:
        """The profile called ``name``, or the current one; a URL makes an unnamed profile.

        Raises:
            UsageError: there is no such profile, or the URL is none.
        """
        name = name or self.current
        if name.startswith(("http://", "https://")):
            try:
                url = normal_url(name)
            except ValueError as error:
                raise UsageError(f"This is not the URL of an endpoint: {error}.", "Correct it.") from error
            return Profile(name=url, url=url)
        if name in self._profiles:
            return self._profiles[name]
        raise self._unknown(name)

    def add(self, name: str, **fields: Any) -> Profile:
        """Make a profile of these fields of :class:`Profile`, and write it; replaces one of the same name.

        Raises:
            UsageError: the name or a field cannot be.
        """
        if name == LOCAL or not _NAME.fullmatch(name):
            raise UsageError(
                f"An endpoint cannot be called {name!r}.",
                "'local' is the embedded model." if name == LOCAL else "Use letters, digits, dots, _ and -.",
            )
        try:
            profile = Profile(name=name, **fields)
        except ValidationError as error:
            raise UsageError(f"The endpoint {name!r} cannot be added: {_first(error)}.", "Correct it.") from error
        document = self._document()
        table = tomlkit.table()
        for key, value in profile.model_dump(exclude_defaults=True).items():
            table[key] = value
        endpoints = document.setdefault("endpoints", tomlkit.table())
        endpoints[name] = table
        self._profiles[name] = profile
        self._write(document)
        return profile

    def remove(self, name: str) -> None:
        """Forget a profile; removing ``local`` only forgets its changes.

        Raises:
            UsageError: there is no such profile.
        """
        if name not in self._profiles:
            raise self._unknown(name)
        document = self._document()
        cast("dict[str, dict[str, Any]]", document).get("endpoints", {}).pop(name, None)
        del self._profiles[name]
        if name == LOCAL:
            self._profiles[LOCAL] = _embedded()
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

    def _unknown(self, name: str) -> UsageError:
        known = ", ".join(self._profiles)
        return UsageError(
            f"There is no endpoint called {name!r}.",
            f"Known endpoints: {known}. `lift endpoint add NAME URL` makes one.",
        )

    def _tables(self, data: dict[str, Any]) -> dict[str, dict[str, Any]]:
        tables = data.get("endpoints", {})
        if isinstance(tables, dict) and all(isinstance(t, dict) for t in cast("dict[str, Any]", tables).values()):
            return cast("dict[str, dict[str, Any]]", tables)
        raise SettingsError(f"{self.path}: each endpoint is a table, [endpoints.NAME].", "Correct or delete the file.")

    def _parse(self, name: str, fields: dict[str, Any]) -> Profile:
        base = _embedded().model_dump(exclude_defaults=True) if name == LOCAL else {}
        try:
            profile = Profile.model_validate({**base, **fields, "name": name})
        except ValidationError as error:
            raise SettingsError(
                f"{self.path}: endpoint {name!r}, {_first(error)}.",
                "Correct the file, or remove the endpoint and add it again.",
            ) from error
        if profile.kind != "local" and not profile.url:
            raise SettingsError(f"{self.path}: endpoint {name!r} has no url.", 'Add one: url = "http://…"')
        return profile

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


def _embedded() -> Profile:
    return Profile(name=LOCAL, kind="local", model=DEFAULT_LOCAL_MODEL, second_opinion=True)


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, and with which field."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"field {field!r}: {first['msg']}"
