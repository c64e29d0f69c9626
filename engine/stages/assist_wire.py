"""What the options for a hole may look like: a JSON Schema made from the type of the answer.

An option is text, as in the text form of a specification. Where few values are possible
(``bool``, ``Literal["asc", "desc"]``) the model only ranks them; where the type has a simple
notation (``int``, ``list[str]``) a pattern holds each option to it; elsewhere it is free text.
"""

from __future__ import annotations

import ast
import json
from typing import Any

from engine.ir.models import IR, TypedHole
from engine.ir.source import NOT_PYTHON, parse_expression
from engine.stages.draft_wire import TYPE_PATTERN

MOST_OPTIONS = 4
_LONGEST = 80
"""Longest option, in characters; as in a draft."""

_INT = r"-?(0|[1-9][0-9]{0,8})"
_FLOAT = rf"{_INT}(\.[0-9]{{1,6}})?"
_STRING = r"'[A-Za-z0-9 _.:;,@!%&#/+*?()<>=|$-]{0,30}'"
_PATTERNS = {"int": _INT, "float": _FLOAT, "type": TYPE_PATTERN.removeprefix("^").removesuffix("$")}
_ITEMS = {"int": _INT, "float": _FLOAT, "bool": "(True|False)", "str": _STRING}
_RESULT_NAMES = frozenset({"return", "returns", "result", "output"})
_WORDS = {"int": "whole numbers", "float": "numbers", "type": "Python types", "bool": "yes and no"}


def answer_type(ir: IR, hole: TypedHole) -> str:
    """The type of the answer to a hole of ``ir``: ``type`` where it is asked of which type something is.

    That is so when a hole about the signature is named after a parameter or the result.
    """
    names = {parameter.name for parameter in ir.signature.parameters} | _RESULT_NAMES
    untyped = hole.type_hint.strip() in ("str", "Any")
    return "type" if hole.kind == "signature" and untyped and hole.identifier in names else hole.type_hint.strip()


def options_schema(type_hint: str) -> dict[str, Any]:
    """The JSON Schema of ``{"options": […]}`` with two to four options of a type."""
    values = _values(type_hint)
    few = len(values) if 2 <= len(values) <= MOST_OPTIONS else 0
    options: dict[str, Any] = {
        "type": "array",
        "items": {"enum": values} if len(values) > 1 else _option(type_hint),
        "minItems": few or 2,
        "maxItems": few or MOST_OPTIONS,
    }
    return {
        "type": "object",
        "properties": {"options": options},
        "required": ["options"],
        "additionalProperties": False,
    }


def described(type_hint: str) -> str:
    """What kind of options are wanted, in words."""
    values = _values(type_hint)
    if len(values) > 1:
        return "all of: " + ", ".join(values) if len(values) <= MOST_OPTIONS else "some of: " + ", ".join(values)
    return f"two to four {_WORDS.get(type_hint, 'short ones')}"


def read_options(text: str, type_hint: str) -> list[str]:
    """The options in a verified answer, without blank and repeated ones.

    Of a type with at most four values none is missing: those that the model left out come last.
    """
    said = [" ".join(str(option).split()) for option in json.loads(text)["options"]]
    values = _values(type_hint)
    if len(values) <= MOST_OPTIONS:
        said += values
    prose = not values and "pattern" not in _option(type_hint)
    found: dict[str, str] = {}
    for option in said:
        found.setdefault(option.casefold() if prose else option, option)
    return [option for option in found.values() if option]


def _values(type_hint: str) -> list[str]:
    """Every value of a type that has only a few, as people write them; empty for other types."""
    if type_hint == "bool":
        return ["yes", "no"]
    try:
        node = parse_expression(type_hint)
    except NOT_PYTHON:
        return []
    if not isinstance(node, ast.Subscript) or ast.unparse(node.value) not in ("Literal", "typing.Literal"):
        return []
    members = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    values = [member.value for member in members if isinstance(member, ast.Constant)]
    return list(dict.fromkeys(str(value) for value in values))


def _option(type_hint: str) -> dict[str, Any]:
    hint = "".join(type_hint.split())
    pattern = _PATTERNS.get(hint)
    container, _, item = hint.removesuffix("]").partition("[")
    if container == "list" and item in _ITEMS:
        pattern = rf"\[({_ITEMS[item]}(, {_ITEMS[item]}){{0,5}})?\]"
    return {"type": "string", "pattern": f"^{pattern}$"} if pattern else {"type": "string", "maxLength": _LONGEST}
