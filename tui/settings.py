"""The user's settings: ``settings.toml`` in the configuration folder.

The file is the user's: comments and order survive our edits. It is read before the first frame,
because it names the theme, so reading needs nothing but the standard library. Which endpoint is
the current one is not kept here but beside the endpoints (:mod:`engine.endpoints.profiles`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, cast

FILE = "settings.toml"


@dataclass(frozen=True)
class Settings:
    """What the user has chosen, or else the defaults.

    Attributes:
        theme: name of a theme; empty for the one that fits the terminal.
        temperature: of the sampler, 0 to 2; 0 always takes the likeliest token.
        seed: of the sampler, for temperatures above 0; None for another one each time.
        max_tokens: longest answer of a stage, in tokens.
        author: the name that edits carry; empty for the login name.
        unsafe: run generated code even where the platform cannot confine it.
        models: for each endpoint, the model to ask for instead of its own.
    """

    theme: str = ""
    temperature: float = 0.0
    seed: int | None = None
    max_tokens: int = 1024
    author: str = ""
    unsafe: bool = False
    models: Mapping[str, str] = field(default_factory=dict)

    def with_value(self, name: str, value: Any) -> Settings:
        """These settings with another value of ``name`` (``models.NAME`` for an endpoint's); None is the default."""
        if name.startswith("models."):
            models = {key: model for key, model in self.models.items() if key != name[7:]}
            return replace(self, models=models | ({name[7:]: value} if value else {}))
        return replace(self, **{name: getattr(Settings(), name) if value is None else value})


def settings_path() -> Path:
    """Where the settings are kept."""
    from engine import paths

    return paths.config_dir() / FILE


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value.isprintable() and len(value) <= 200 else "is a short text"


def _whole(low: int, high: int) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return "" if fits else f"is a whole number from {low} to {high}"

    return problem


def _temperature(value: Any) -> str:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 2
    return "" if fits else "is a number from 0 to 2"


def _switch(value: Any) -> str:
    return "" if isinstance(value, bool) else "is true or false"


def _models(value: Any) -> str:
    good = isinstance(value, dict) and all(not _text(model) for model in cast("dict[str, Any]", value).values())
    return "" if good else 'is a table of names: [models] local = "…"'


RULES: Mapping[str, Callable[[Any], str]] = {
    "theme": _text,
    "temperature": _temperature,
    "seed": _whole(0, 2**31 - 1),
    "max_tokens": _whole(1, 32768),
    "author": _text,
    "unsafe": _switch,
    "models": _models,
}
"""For each setting, what is wrong with a value, as the rest of a sentence; empty when nothing is."""


def read_settings(path: Path) -> Settings:
    """Read the settings; without a file they are the defaults.

    Raises:
        SettingsError: the file cannot be read, or a value in it cannot be.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise _error(f"{path} cannot be read: {error}.") from error
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _error(f"{path} cannot be read: {error}.") from error
    for name, value in data.items():
        if name not in RULES:
            raise _error(f"{path}: there is no setting {name!r}; there are {', '.join(RULES)}.")
        problem = RULES[name](value)
        if problem:
            raise _error(f"{path}: {name} {problem}, not {value!r}.")
    return Settings(**data)


def write_setting(path: Path, name: str, value: Any) -> None:
    """Set ``name`` to ``value`` in the file; the default takes the line out.

    Args:
        name: a field of :class:`Settings`, or ``models.NAME`` for the model of the endpoint ``NAME``.
        value: what :data:`RULES` accepts; None for the default.

    Raises:
        SettingsError: the file cannot be read (it is left as it is) or written.
    """
    import tomlkit

    from engine import paths

    read_settings(path)  # what cannot be understood is not touched
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    document = tomlkit.parse(text)
    table = cast("dict[str, Any]", document)
    key = name
    if name.startswith("models."):
        key, default = name.removeprefix("models."), ""
        table = table.setdefault("models", tomlkit.table())
    else:
        default = next(each for each in fields(Settings) if each.name == name).default
    if value is None or value == default:
        table.pop(key, None)
    else:
        table[key] = value
    try:
        paths.write_private(path, tomlkit.dumps(document))
    except OSError as error:
        raise _error(f"{path} cannot be written: {error}.", "Check the folder's permissions.") from error


def _error(what: str, todo: str = "Correct or delete the file; until then the defaults hold.") -> Exception:
    from engine.errors import SettingsError

    return SettingsError(what, todo)
