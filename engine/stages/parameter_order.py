"""Parameters in the order in which the request speaks of them.

Who asks for "a value in nested dictionaries by a path" will pass the dictionaries first. A small model mostly keeps
that order by itself; where all parameters can be found among the request's words, it can be told whether it has.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from engine.ir.source import NOT_PYTHON, parse_expression
from engine.stages.draft_wire import DraftWire, WireExample
from engine.stages.request_text import without_quotes

_BEGINS = re.compile(r"\b(?:given|takes?|gets?|receives?|accepts?)\b", re.IGNORECASE)
"""What comes after these is what the function is called with, whatever was spoken of before."""

_ASIDE = re.compile(r"\([^()]*\)")
_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST, _ENDING = 3, 3
"""Letters of a word that is looked for, and how many letters two words of one stem may end differently in."""


def in_request_order(wire: DraftWire, request: str) -> DraftWire:
    """``wire`` with its parameters, and the arguments of its examples, in the order in which ``request`` has them.

    As it is where the request does not speak of every parameter by its name, each in words of its own, or where an
    example passes them in a way that cannot be turned round.
    """
    words = _words(request)
    places = [_place(each.name, words) for each in wire.parameters]
    found = [place for place in places if place is not None]
    if len(found) < len(places) or len(set(found)) < len(found) or found == sorted(found):
        return wire
    order = sorted(range(len(found)), key=lambda index: found[index])
    examples: list[WireExample] = []
    for example in wire.examples:
        turned = _turned(example.args, order)
        if turned is None:
            return wire
        examples.append(example.model_copy(update={"args": turned}))
    return wire.model_copy(update={"parameters": [wire.parameters[at] for at in order], "examples": examples})


def _words(request: str) -> list[tuple[int, str]]:
    """The words in which ``request`` speaks of what the function is called with, in small letters, and their places."""
    text = _ASIDE.sub(" ", without_quotes(request))
    begins = _BEGINS.search(text)
    return [(match.start(), match[0].lower()) for match in _WORD.finditer(text, begins.end() if begins else 0)]


def _place(name: str, words: Sequence[tuple[int, str]]) -> int | None:
    """Where the first of ``words`` is that speaks of the parameter ``name``; None where none does."""
    parts = [part.lower() for part in _WORD.findall(name) if len(part) >= _SHORTEST]
    return min((at for at, word in words if any(_same_stem(word, part) for part in parts)), default=None)


def _same_stem(word: str, part: str) -> bool:
    """Whether the two are one word in two forms, such as "dictionary" and "dictionaries"."""
    if word in (part, f"{part}s"):
        return True
    stem = max(len(word), len(part)) - _ENDING
    return stem > _SHORTEST and word[:stem] == part[:stem]


def _turned(arguments: str, order: list[int]) -> str | None:
    """The source of arguments in another order; None where they are not one plain argument for each parameter."""
    source = f"f({arguments})"
    try:
        call = parse_expression(source)
    except NOT_PYTHON:
        return None
    if not isinstance(call, ast.Call) or len(call.args) + len(call.keywords) != len(order):
        return None
    if call.keywords:
        return None if call.args or any(each.arg is None for each in call.keywords) else arguments
    parts = [ast.get_source_segment(source, each) for each in call.args]
    if any(isinstance(each, ast.Starred) for each in call.args):
        return None
    return ", ".join(parts[at] or "" for at in order)
