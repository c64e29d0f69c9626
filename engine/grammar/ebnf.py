"""Pieces of EBNF text in the dialect that xgrammar and llama.cpp share."""

from __future__ import annotations


def literal(text: str) -> str:
    """``text`` as a quoted literal. Printable characters stand for themselves."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == "\n":
        return "\\n"
    if ord(character) < 0x20 or ord(character) == 0x7F:
        return f"\\x{ord(character):02x}"
    return character
