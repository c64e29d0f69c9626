"""The user's key-map: ``keymap.toml`` in the configuration folder, binding id = "keys".

Only what differs from the defaults stands in it. What cannot be is left out and told, so that a
mistake costs one key and never the workbench; ctrl+q always leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from tui.known_bindings import Known

FILE = "keymap.toml"

FIXED = frozenset({"app.quit-always"})
"""Bindings that cannot be changed, so that there is always a way out."""

FORBIDDEN: Mapping[str, str] = {
    "ctrl+h": "terminals send it for backspace",
    "ctrl+i": "terminals send it for tab",
    "ctrl+m": "terminals send it for enter",
    "ctrl+left_square_bracket": "terminals send it for escape",
    "ctrl+a": "screen takes it",
    "ctrl+b": "tmux takes it",
    "ctrl+enter": "most terminals send it as enter",
    **{f"f{number}": "terminals and desktops take function keys" for number in range(1, 13)},
}
"""Keys that no binding can have, and why."""

_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")


@dataclass(frozen=True)
class Keymap:
    """The keys of some bindings by id, comma-separated, and what had to be left out and why."""

    keys: Mapping[str, str]
    problems: tuple[str, ...] = ()


def keymap_path() -> Path:
    """Where the key-map is kept."""
    from engine import paths

    return paths.config_dir() / FILE


def read_keymap(path: Path | None = None) -> Keymap:
    """Read and check the key-map; without a file it is empty. Imports every widget if there is one."""
    import tomllib

    path = path or keymap_path()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Keymap({})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Keymap({}, (f"{path} cannot be read: {error}. Correct or delete it; the default keys hold.",))
    from tui.known_bindings import known_bindings

    return check_keymap(dict(_flat(data)), known_bindings())


def check_keymap(wanted: Mapping[str, Any], known: Iterable[Known]) -> Keymap:
    """Keep what can be of ``wanted`` (keys by id, as text or a list), and say what cannot and why."""
    known = list(known)
    ids = {each.id for each in known}
    keys: dict[str, str] = {}
    problems: list[str] = []
    for binding_id, value in wanted.items():
        problem = _problem(binding_id, value, ids)
        if problem:
            problems.append(problem)
        else:
            keys[binding_id] = normal_keys(value if isinstance(value, str) else ",".join(value))
    usual = {(clash.key, clash.first, clash.second) for clash in clashes(known, {})}
    for clash in clashes(known, keys):
        blamed = next((each for each in (clash.second, clash.first) if each in keys), None)
        if blamed is not None and (clash.key, clash.first, clash.second) not in usual:
            other = clash.first if blamed == clash.second else clash.second
            problems.append(f"{blamed}: {shown_keys(clash.key)} is the key of {other} already; left as it was.")
            del keys[blamed]
    return Keymap(keys, tuple(problems))


def write_keys(path: Path, binding_id: str, keys: str | None) -> None:
    """Set the keys of one binding in the file, whose comments survive; None takes the line out.

    Raises:
        SettingsError: the file cannot be read (it is left as it is) or written.
    """
    import tomlkit
    from tomlkit.exceptions import ParseError

    from engine import paths
    from engine.errors import SettingsError

    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
        _forget(cast("dict[str, Any]", document), binding_id)
        if keys is not None:
            document[binding_id] = keys
        paths.write_private(path, tomlkit.dumps(document))
    except (ParseError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.", "Correct or delete the file.") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error}.", "Check the folder's permissions.") from error


@dataclass(frozen=True)
class Clash:
    """Two bindings, by id, that have ``key`` where both can be reached."""

    key: str
    first: str
    second: str


def clashes(known: Iterable[Known], keys: Mapping[str, str]) -> Iterator[Clash]:
    """Bindings of one class that share a key, and bindings that hide one of a level above.

    Args:
        keys: keys that differ from the defaults, by id.
    """
    from itertools import combinations

    for first, second in combinations(known, 2):
        if first.id != second.id and first.meets(second):
            one = set(keys.get(first.id, first.keys).split(","))
            for key in sorted(one & set(keys.get(second.id, second.keys).split(","))):
                yield Clash(key, first.id, second.id)


def normal_keys(keys: str) -> str:
    """``keys`` as Textual names them: ``question_mark`` for ``?``."""
    from textual.keys import _normalize_key_list

    return _normalize_key_list(keys)


def shown_keys(keys: str) -> str:
    """``keys`` as people know them: ``?`` for ``question_mark``, ``→`` for ``right``."""
    from textual.keys import format_key

    def shown(key: str) -> str:
        *modifiers, last = key.strip().split("+")
        return "+".join([*modifiers, {"enter": "enter"}.get(last) or format_key(last)])

    return " ".join(shown(key) for key in keys.split(",") if key.strip())


def _problem(binding_id: str, value: Any, ids: set[str]) -> str:
    """Why a binding cannot have these keys; empty when it can."""
    if binding_id not in ids:
        from difflib import get_close_matches

        close = get_close_matches(binding_id, ids, 1)
        return f"There is no binding {binding_id!r}" + (f"; did you mean {close[0]}?" if close else ".")
    if binding_id in FIXED:
        return f"{binding_id} stays as it is, so that there is always a way out."
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(key, str) for key in cast("list[Any]", listed)):
        return f'{binding_id}: keys are text, such as "ctrl+t" or "x,y".'
    keys = normal_keys(",".join(cast("list[str]", listed))).split(",")
    return next((f"{binding_id}: {why}" for key in keys if (why := key_problem(key))), "")


def key_problem(key: str) -> str:
    """Why ``key`` cannot be one; empty when it can."""
    from textual.keys import REPLACED_KEYS, Keys, key_to_character

    if key in FORBIDDEN:
        return f"{shown_keys(key)} cannot be used: {FORBIDDEN[key]}."
    *modifiers, last = key.split("+")
    named = last in {each.value for each in Keys} or key_to_character(REPLACED_KEYS.get(last, last)) is not None
    if not named or not set(modifiers) <= set(_MODIFIERS):
        return f"{key!r} is no key; keys look like x, X, ctrl+t, pagedown or question_mark."
    return ""


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Both ways to write an id: ``"app.help" = …``, and ``help = …`` below ``[app]``."""
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _flat(cast("dict[str, Any]", value), f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _forget(table: dict[str, Any], binding_id: str) -> None:
    """Take ``binding_id`` out, however it is written."""
    table.pop(binding_id, None)
    head, _, rest = binding_id.partition(".")
    inner = table.get(head)
    if rest and isinstance(inner, dict):
        _forget(cast("dict[str, Any]", inner), rest)
        if not inner:
            del table[head]
