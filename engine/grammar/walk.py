"""Random texts of a grammar, drawn without any of the engines that match it."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterator

from engine.grammar.tree import Node, parse_ebnf

_ALPHABET = [*map(chr, range(128)), "é", "λ", "😀"]
_NEVER = float("inf")


class Walker:
    """Draws texts: free at first, and by the shortest way out once a budget of choices is used up.

    Args:
        ebnf: the grammar, starting at ``root``.
        without: rules that are never taken.
    """

    def __init__(self, ebnf: str, without: Collection[str] = ()) -> None:
        self.rules = parse_ebnf(ebnf) | dict.fromkeys(without, Node("choice"))
        self._rng = random.Random()
        self._budget = 0
        self._characters: dict[str, str] = {}
        self._sizes: dict[str, float] = dict.fromkeys(self.rules, _NEVER)
        changed = True
        while changed:
            sizes = {name: min(self._sizes[name], 1 + self._size(node)) for name, node in self.rules.items()}
            changed, self._sizes = sizes != self._sizes, sizes

    def draw(self, rng: random.Random, budget: int) -> str:
        """One text; ``budget`` choices are free."""
        self._rng, self._budget = rng, budget
        return "".join(self._draw(self.rules["root"]))

    def _size(self, node: Node) -> float:
        """How many rules the shortest text of ``node`` takes."""
        match node.kind:
            case "rule":
                return self._sizes[node.value]
            case "sequence":
                return sum(map(self._size, node.items))
            case "choice":
                return min(map(self._size, node.items), default=_NEVER)
            case "repeat":
                return node.least * self._size(node.items[0]) if node.least else 0
            case "text" | "set":
                return 0

    def _draw(self, node: Node) -> Iterator[str]:
        match node.kind:
            case "text":
                yield node.value
            case "set":
                yield self._rng.choice(self._set(node.value))
            case "rule":
                yield from self._draw(self.rules[node.value])
            case "sequence":
                for item in node.items:
                    yield from self._draw(item)
            case "choice":
                yield from self._draw(self._chosen(node.items))
            case "repeat":
                for _ in range(self._count(node)):
                    yield from self._draw(node.items[0])

    def _chosen(self, options: tuple[Node, ...]) -> Node:
        self._budget -= 1
        possible = [option for option in options if self._size(option) < _NEVER]
        shortest = min(map(self._size, possible))
        return self._rng.choice([o for o in possible if self._budget > 0 or self._size(o) == shortest])

    def _count(self, node: Node) -> int:
        count = node.least
        while self._budget > 0 and (node.most is None or count < node.most) and self._rng.random() < 0.4:
            count += 1
            self._budget -= 1
        return count

    def _set(self, source: str) -> str:
        if source not in self._characters:
            self._characters[source] = "".join(filter(re.compile(source).fullmatch, _ALPHABET))
        return self._characters[source]
