"""A grammar's text as a tree, for whatever has to look into it: printers, and random walks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "set", "rule", "sequence", "choice", "repeat"]


@dataclass(frozen=True)
class Node:
    """A piece of a grammar.

    Args:
        kind: what it is.
        value: the characters of a text, the source of a set (``[^a-z]``), the name of a rule.
        items: the parts of a sequence, the alternatives of a choice, the one thing repeated.
        least: fewest repetitions.
        most: most repetitions, None for any number.
    """

    kind: Kind
    value: str = ""
    items: tuple[Node, ...] = ()
    least: int = 0
    most: int | None = None


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[A-Za-z0-9-]+|[()|?*+]|\{\d+(?:,\d*)?\}')
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_TIMES: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}


def parse_ebnf(text: str) -> dict[str, Node]:
    """The rules of a grammar by name, in order; one rule a line, as our generators write them.

    Raises:
        ValueError: a line is no rule.
    """
    rules: dict[str, Node] = {}
    for line in text.splitlines():
        name, arrow, body = line.partition(" ::= ")
        tokens = _TOKEN.findall(body)
        rules[name] = _choice(tokens)
        if not arrow or tokens:
            raise ValueError(f"not a rule: {line}")
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
    return items[0] if len(items) == 1 else Node("sequence", items=tuple(items))


def _term(tokens: list[str]) -> Node:
    token = tokens.pop(0)
    if token == "(":
        inner = _choice(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise ValueError("a bracket is not closed")
        return inner
    if token[0] == '"':
        return Node("text", "".join(_unescaped(token[1:-1])))
    return Node("set" if token[0] == "[" else "rule", token)


def _repeated(node: Node, tokens: list[str]) -> Node:
    while tokens and (tokens[0] in _TIMES or tokens[0][0] == "{"):
        mark = tokens.pop(0)
        if mark in _TIMES:
            least, most = _TIMES[mark]
        else:
            low, comma, high = mark[1:-1].partition(",")
            least, most = int(low), int(high) if high else None if comma else int(low)
        node = Node("repeat", items=(node,), least=least, most=most)
    return node


def _unescaped(text: str) -> Iterator[str]:
    for match in re.finditer(r"\\x(..)|\\(.)|(.)", text, re.DOTALL):
        hexadecimal, escaped, plain = match.groups()
        yield chr(int(hexadecimal, 16)) if hexadecimal else plain or _ESCAPES.get(escaped, escaped)
