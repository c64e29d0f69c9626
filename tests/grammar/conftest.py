"""Reads the corpora, and draws random texts from a grammar, independently of the engines that match it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.errors import ContractBroken
from engine.grammar.grammar import Grammar
from engine.grammar.verifier import Verifier

CORPUS = Path(__file__).parent / "corpus"


@pytest.fixture(scope="session")
def accepts() -> Callable[[Grammar, str], bool]:
    def check(grammar: Grammar, text: str) -> bool:
        verifier = Verifier(grammar)
        try:
            verifier.accept(text)
            verifier.finish()
        except ContractBroken:
            return False
        return True

    return check


@pytest.fixture(scope="session")
def corpus() -> Callable[[str], list[tuple[str, str]]]:
    """Documents of a corpus file, each with its title: a line ``=== title``, then the document."""

    def read(name: str) -> list[tuple[str, str]]:
        blocks = re.split(r"^=== (.*)\n", (CORPUS / name).read_bytes().decode(), flags=re.MULTILINE)
        documents = [text.removesuffix("\n") for text in blocks[2::2]]
        return list(zip(blocks[1::2], documents, strict=True))

    return read


@dataclass(frozen=True)
class Node:
    """A piece of a grammar: ``kind`` is text, set, rule, sequence, choice or repeat."""

    kind: str
    value: str = ""
    items: tuple[Node, ...] = ()
    least: int = 0
    most: int | None = None


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[A-Za-z0-9-]+|[()|?*+]|\{\d+(?:,\d*)?\}')
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_REPEATS = {"?": (0, 1), "*": (0, None), "+": (1, None)}


def parse_ebnf(text: str) -> dict[str, Node]:
    rules = {}
    for line in text.splitlines():
        name, body = line.split(" ::= ", 1)
        tokens = _TOKEN.findall(body)
        rules[name] = _choice(tokens)
        assert not tokens, (name, tokens)
    return rules


def _choice(tokens: list[str]) -> Node:
    options = [_sequence(tokens)]
    while tokens and tokens[0] == "|":
        tokens.pop(0)
        options.append(_sequence(tokens))
    return options[0] if len(options) == 1 else Node("choice", items=tuple(options))


def _sequence(tokens: list[str]) -> Node:
    items: list[Node] = []
    while tokens and tokens[0] not in "|)":
        items.append(_repeated(_term(tokens), tokens))
    return Node("sequence", items=tuple(items))


def _term(tokens: list[str]) -> Node:
    token = tokens.pop(0)
    if token == "(":
        inner = _choice(tokens)
        assert tokens.pop(0) == ")"
        return inner
    if token[0] == '"':
        return Node("text", "".join(_unescaped(token[1:-1])))
    return Node("set" if token[0] == "[" else "rule", token)


def _repeated(node: Node, tokens: list[str]) -> Node:
    while tokens and (tokens[0] in _REPEATS or tokens[0][0] == "{"):
        mark = tokens.pop(0)
        if mark in _REPEATS:
            least, most = _REPEATS[mark]
        else:
            low, comma, high = mark[1:-1].partition(",")
            least, most = int(low), int(high) if high else None if comma else int(low)
        node = Node("repeat", items=(node,), least=least, most=most)
    return node


def _unescaped(text: str) -> Iterator[str]:
    for match in re.finditer(r"\\x(..)|\\(.)|(.)", text, re.DOTALL):
        hexadecimal, escaped, plain = match.groups()
        yield chr(int(hexadecimal, 16)) if hexadecimal else plain or _ESCAPES.get(escaped, escaped)


class Walker:
    """Draws texts from a grammar: free at first, by the shortest way out once ``budget`` choices are made.

    ``without`` names rules that are never taken.
    """

    def __init__(self, ebnf: str, without: Collection[str] = ()) -> None:
        self.rules = parse_ebnf(ebnf) | dict.fromkeys(without, Node("choice"))
        self._characters: dict[str, str] = {}
        self._sizes: dict[str, float] = dict.fromkeys(self.rules, float("inf"))
        changed = True
        while changed:
            sizes = {name: min(self._sizes[name], 1 + self._size(node)) for name, node in self.rules.items()}
            changed, self._sizes = sizes != self._sizes, sizes

    def _size(self, node: Node) -> float:
        """How many rules the shortest text of ``node`` takes."""
        if node.kind == "rule":
            return self._sizes[node.value]
        if node.kind == "sequence":
            return sum(map(self._size, node.items))
        if node.kind == "choice":
            return min(map(self._size, node.items), default=float("inf"))
        return node.least * self._size(node.items[0]) if node.least else 0

    def draw(self, rng: random.Random, budget: int) -> str:
        self._rng, self._budget = rng, budget
        return "".join(self._draw(self.rules["root"]))

    def _draw(self, node: Node) -> Iterator[str]:
        if node.kind == "text":
            yield node.value
        elif node.kind == "set":
            yield self._rng.choice(self._set(node.value))
        elif node.kind == "rule":
            yield from self._draw(self.rules[node.value])
        elif node.kind == "sequence":
            for item in node.items:
                yield from self._draw(item)
        elif node.kind == "choice":
            self._budget -= 1
            free = [item for item in node.items if self._size(item) < float("inf")]
            shortest = min(map(self._size, free))
            yield from self._draw(
                self._rng.choice([item for item in free if self._budget > 0 or self._size(item) == shortest])
            )
        else:
            count = node.least
            while self._budget > 0 and (node.most is None or count < node.most) and self._rng.random() < 0.4:
                count += 1
                self._budget -= 1
            for _ in range(count):
                yield from self._draw(node.items[0])

    def _set(self, text: str) -> str:
        if text not in self._characters:
            matcher = re.compile(text)
            alphabet = [*map(chr, range(128)), "é", "λ", "😀"]
            self._characters[text] = "".join(filter(matcher.fullmatch, alphabet))
        return self._characters[text]


@pytest.fixture(scope="session")
def walker() -> type[Walker]:
    return Walker
