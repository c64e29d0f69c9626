"""All bindings that the workbench has, on whatever screen, found by importing every widget."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen

Level = Literal["app", "workbench", "screen", "part", "modal"]


@dataclass(frozen=True)
class Known:
    """A binding: its default keys, and the class that has it.

    ``level`` is where the class stands: the app, the workbench, another screen, a part of some
    screen, or in a modal screen, which hides the app's bindings.
    """

    id: str
    keys: str
    action: str
    label: str
    help: str
    owner: type[DOMNode]
    level: Level

    @property
    def group(self) -> str:
        """The first half of the id, as a word."""
        return self.id.partition(".")[0]

    def meets(self, other: Known) -> bool:
        """Whether both can be reached at one place on the workbench, or in one class; other screens may hide keys."""
        if issubclass(self.owner, other.owner) or issubclass(other.owner, self.owner):
            return True
        return {self.level, other.level} in ({"app", "workbench"}, {"app", "part"}, {"workbench", "part"})


def node_classes() -> list[type[DOMNode]]:
    """Every widget, screen and app class of the workbench; imports them all."""
    from tui import app

    found: dict[str, type[DOMNode]] = {}
    modules = [app]
    for package in ("tui.widgets", "tui.screens"):
        path = importlib.import_module(package).__path__
        modules += [importlib.import_module(module.name) for module in pkgutil.walk_packages(path, f"{package}.")]
    for module in modules:
        for value in vars(module).values():
            if not (inspect.isclass(value) and issubclass(value, DOMNode)):
                continue
            if value.__module__.startswith("tui."):
                found[f"{value.__module__}.{value.__qualname__}"] = value
    return [found[name] for name in sorted(found)]


def own_bindings(owner: type[DOMNode]) -> Iterator[Binding]:
    """The bindings that ``owner`` itself declares, in their order."""
    for declared in owner.__dict__.get("BINDINGS", ()):
        yield declared if isinstance(declared, Binding) else Binding(*declared)


def known_bindings() -> list[Known]:
    """All bindings that have an id, the app's first."""
    from tui.keymap import normal_keys

    known = [
        Known(
            each.id,
            normal_keys(each.key),
            each.action,
            each.description,
            each.tooltip,
            owner,
            _level(owner),
        )
        for owner in node_classes()
        for each in own_bindings(owner)
        if each.id
    ]
    order: list[Level] = ["app", "workbench", "part", "screen", "modal"]
    return sorted(known, key=lambda each: order.index(each.level))


def _level(owner: type[DOMNode]) -> Level:
    from tui.screens.workbench import WorkbenchScreen

    if issubclass(owner, App):
        return "app"
    if issubclass(WorkbenchScreen, owner):
        return "workbench"
    if issubclass(owner, ModalScreen) or _belongs_to_modal(owner):
        return "modal"
    return "screen" if issubclass(owner, Screen) else "part"


def _belongs_to_modal(owner: type[DOMNode]) -> bool:
    """Whether ``owner`` is a part that is written beside a modal screen, and so for it."""
    beside = vars(importlib.import_module(owner.__module__)).values()
    return not issubclass(owner, Screen) and any(
        inspect.isclass(each) and issubclass(each, ModalScreen) and each.__module__ == owner.__module__
        for each in beside
    )
