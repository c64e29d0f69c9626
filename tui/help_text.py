"""What the help screen says: the focused part first, then what stands around it, then every key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tui.known_bindings import Known

GROUPS: Mapping[str, str] = {
    "app": "Everywhere",
    "pane": "Panes",
    "page": "Screens beside the workbench",
    "read": "Text to read",
    "choices": "Lists to choose from",
    "ask": "Questions",
    "confirm": "Yes or no",
}
"""Headings for the groups of ids; the others are their own heading."""


@dataclass(frozen=True)
class Row:
    """One key: how it is written, what it is called, what it does."""

    keys: str
    label: str
    help: str

    def fits(self, words: str) -> bool:
        """Whether all of ``words`` occur in it."""
        text = f"{self.keys} {self.label} {self.help}".casefold()
        return all(word in text for word in words.casefold().split())


@dataclass(frozen=True)
class Section:
    """A heading, what there is to say, and the keys."""

    title: str
    text: str
    rows: tuple[Row, ...]

    def matching(self, words: str) -> Section | None:
        """The section with the rows that fit ``words``, or None when none does."""
        if not words.strip():
            return self
        rows = tuple(row for row in self.rows if row.fits(words))
        return Section(self.title, "", rows) if rows else None


def chain_sections(chain: Iterable[DOMNode], keymap: Mapping[str, str]) -> Iterator[Section]:
    """Help for the nodes from the focused one up to the app; each key once, where it is heard first.

    Args:
        chain: the focused node and its ancestors.
        keymap: the user's own keys, by id.
    """
    taken: set[str] = set()
    for node in chain:
        rows = tuple(_rows(node, keymap, taken))
        text = _help(node)
        if rows or text:
            yield Section(_title(node), text, rows)


def all_sections(known: Iterable[Known], keymap: Mapping[str, str]) -> Iterator[Section]:
    """Every binding of the workbench, by group."""
    from tui.keymap import shown_keys

    groups: dict[str, dict[str, Row]] = {}
    for each in known:
        keys = shown_keys(keymap.get(each.id, each.keys))
        groups.setdefault(each.group, {}).setdefault(each.id, Row(keys, each.label, each.help))
    for group, rows in groups.items():
        yield Section(GROUPS.get(group, group.capitalize()), "", tuple(rows.values()))


def keys_markdown(known: Iterable[Known]) -> str:
    """The default keys as a document."""
    known = list(known)
    parts = [
        "# Keys of the workbench\n\n"
        "Made from the bindings (`python -m tui.keys_document > docs/keys.md`); a test keeps it true. The ids are\n"
        'what `keymap.toml` names: `"app.help" = "h"` gives help another key, `"app.help" = "h,question_mark"` two.\n'
        "In text fields letters type, as they should.\n"
    ]
    ids = {(each.label, each.help): each.id for each in known}
    for section in all_sections(known, {}):
        parts.append(f"## {section.title}\n\n| keys | what | id |\n|---|---|---|")
        for row in section.rows:
            keys = " ".join(f"`{key}`" for key in row.keys.replace("|", "\\|").split())
            parts[-1] += f"\n| {keys} | {row.label}: {row.help} | `{ids[row.label, row.help]}` |"
        parts[-1] += "\n"
    return "\n".join(parts)


def _title(node: Any) -> str:
    return getattr(node, "NAME", "") or getattr(node, "TITLE", "") or _words(type(node).__name__.removesuffix("Screen"))


def _words(name: str) -> str:
    """``SessionList`` as ``Session list``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _help(node: Any) -> str:
    return " ".join((getattr(node, "HELP", "") or "").split())


def _rows(node: DOMNode, keymap: Mapping[str, str], taken: set[str]) -> Iterator[Row]:
    """The node's bindings that are described and not hidden by a node below it."""
    from tui.keymap import shown_keys

    found: dict[Any, tuple[list[str], Row]] = {}
    for key, binding in node._bindings:
        own = keymap.get(binding.id or "")
        keys = [each for each in (own.split(",") if own else [key]) if each not in taken]
        if keys and binding.description and not binding.system:
            row = Row("", binding.description, binding.tooltip)
            found.setdefault(binding.id or binding.action, ([], row))[0].extend(keys)
    for keys, row in found.values():
        yield Row(shown_keys(",".join(dict.fromkeys(keys))), row.label, row.help)
        taken.update(keys)
