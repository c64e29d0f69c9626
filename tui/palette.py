"""The command palette: every action that can be reached, wherever the focus is, and the themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.dom import DOMNode
    from textual.screen import Screen

    from tui.app import LiftApp


@dataclass(frozen=True)
class Command:
    """One line of the palette."""

    name: str
    keys: str
    help: str
    run: Callable[[], Any]

    @property
    def line(self) -> str:
        """The name and the keys."""
        return f"{self.name}  {self.keys}" if self.keys else self.name


class ActionsProvider(Provider):
    """Finds the actions of everything on the screen below the palette."""

    async def startup(self) -> None:
        """Gather the commands once; the screen below does not change while the palette is open."""
        self._commands = list(commands(self.screen))

    async def discover(self) -> Hits:
        """All commands, in the order of the screen."""
        for command in self._commands:
            yield DiscoveryHit(command.line, command.run, text=command.name, help=command.help)

    async def search(self, query: str) -> Hits:
        """The commands whose name or help fits; a hit in the name counts more."""
        matcher = self.matcher(query)
        for command in self._commands:
            score = matcher.match(command.line)
            if score > 0:
                yield Hit(score, matcher.highlight(command.line), command.run, text=command.name, help=command.help)
            elif query.casefold() in command.help.casefold():
                yield Hit(0.01, command.line, command.run, text=command.name, help=command.help)


def palette_provider() -> type[Provider]:
    """The provider; a function, as Textual wants it."""
    return ActionsProvider


def commands(screen: Screen[Any]) -> Iterator[Command]:
    """Every action that has a binding of ours: of the parts of ``screen``, its own, and the app's; then the themes."""
    from tui.keymap import shown_keys
    from tui.widgets.pane import Pane

    app = cast("LiftApp", screen.app)
    nodes: list[DOMNode] = [screen, *([] if screen.is_modal else [app])]
    nodes += [node for node in screen.walk_children(with_self=False) if _reachable(node)]
    for node in nodes:
        pane = next((each for each in node.ancestors_with_self if isinstance(each, Pane)), None)
        for binding, keys in _bindings(node):
            if app._check_action_state(binding.action, node) is False:
                continue
            place = f"{pane.NAME}: " if pane is not None else ""
            keys = shown_keys(app._keymap.get(str(binding.id), keys))
            yield Command(f"{place}{binding.description}", keys, binding.tooltip, _runner(app, node, pane, binding))
    for theme in app.theme_names:
        yield Command(f"Theme: {theme}", "", "Colours of the workbench.", _theme(app, theme))


def _reachable(node: DOMNode) -> bool:
    """Whether the node shows, or would if its pane did."""
    from tui.widgets.pane import Pane

    for each in node.ancestors_with_self:
        if isinstance(each, Pane):
            return True
        if not each.display:
            return False
    return True


def _bindings(node: DOMNode) -> Iterator[tuple[Binding, str]]:
    """The node's bindings that have an id, each once, with its keys."""
    keys: dict[str, list[str]] = {}
    first: dict[str, Binding] = {}
    for key, binding in node._bindings:
        if binding.id and binding.description:
            first.setdefault(binding.id, binding)
            keys.setdefault(binding.id, []).append(key)
    for binding_id, binding in first.items():
        yield binding, ",".join(keys[binding_id])


def _runner(app: LiftApp, node: DOMNode, pane: Any, binding: Binding) -> Callable[[], Any]:
    """What choosing the line does: go to the pane first, then do the action there."""

    async def act() -> None:
        await app.run_action(binding.action, node)

    def run() -> None:
        if pane is not None:
            getattr(node.screen, "action_pane", lambda _: None)(pane.id)
            if node is not pane and getattr(node, "focusable", False):
                node.screen.call_after_refresh(cast("Any", node).focus)
            node.screen.call_after_refresh(node.screen.call_after_refresh, act)
        else:
            app.call_later(act)

    return run


def _theme(app: LiftApp, name: str) -> Callable[[], Any]:
    return lambda: app.change_setting("theme", name)
