"""The printer for llguidance, which reads a dialect of Lark (https://github.com/guidance-ai/llguidance).

Lark tells lexemes from rules, and llguidance's lexer takes the longest lexeme it can and never goes
back: with ``"in"`` and a name as lexemes, ``int`` would be read differently than by an engine that
follows every reading character by character. So every lexeme printed here is one character long. Then
there is nothing for the lexer to decide, and the language is that of the EBNF. (Compiling takes about
0.1 s, a character some 20 µs; tried with llguidance 1.9.)
"""

from __future__ import annotations

from engine.grammar.tree import Node, parse_ebnf

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def print_lark(ebnf: str) -> str:
    """The grammar ``ebnf``, which starts at ``root``, as Lark for llguidance."""
    rules = parse_ebnf(ebnf)
    lines = [f"{_rule(name)}: {_printed(body)}" for name, body in rules.items()]
    return "\n".join(["%llguidance {}", *lines])


def _rule(name: str) -> str:
    return "start" if name == "root" else f"r_{name.replace('-', '_').lower()}"


def _printed(node: Node) -> str:
    match node.kind:
        case "text":
            return " ".join(f'"{_ESCAPES.get(character, character)}"' for character in node.value) or '""'
        case "set":
            return "/" + node.value.replace("/", "\\/") + "/"
        case "rule":
            return _rule(node.value)
        case "sequence":
            return " ".join(map(_grouped, node.items)) or '""'
        case "choice":
            return " | ".join(map(_printed, node.items))
        case "repeat":
            return f"({_printed(node.items[0])}){_times(node)}"


def _grouped(node: Node) -> str:
    return f"({_printed(node)})" if node.kind in ("choice", "sequence") else _printed(node)


def _times(node: Node) -> str:
    marks = {(0, 1): "?", (0, None): "*", (1, None): "+"}
    exact = f"{{{node.least},{'' if node.most is None else node.most}}}"
    return marks.get((node.least, node.most), exact)
