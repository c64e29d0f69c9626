"""Whether a value that came back from a sandbox is of the type that was declared."""

from __future__ import annotations

import ast
import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from engine.inputs.shapes import Shape
from engine.sandbox.codec import Items, Opaque

_TYPES: dict[str, type | tuple[type, ...]] = {
    "bool": bool,
    "int": int,
    "float": (int, float, Fraction, Decimal),
    "str": str,
    "bytes": bytes,
    "Decimal": (Decimal, int),
    "Fraction": (Fraction, int),
    "date": datetime.date,
    "datetime": datetime.datetime,
    "time": datetime.time,
    "timedelta": datetime.timedelta,
    "list": (list, Items),
    "tuple": (tuple, list, Items),
    "tuples": (tuple, list, Items),
    "set": (set, frozenset),
    "frozenset": (set, frozenset),
    "dict": dict,
}
"""What a declared type allows to come back. It is lenient where nobody would call it wrong: a list for a
tuple, an int for a float, and what the codec does not tell apart."""


def conforms(value: Any, shape: Shape) -> bool:
    """Whether ``value``, as :func:`engine.sandbox.codec.decode` built it, is of ``shape``; in doubt it is."""
    match shape.kind:
        case "any":
            return True
        case "none":
            return value is None
        case "union":
            return any(conforms(value, part) for part in shape.parts)
        case "literal":
            return any(_is_literal(value, text) for text in shape.values)
        case kind:
            if isinstance(value, Opaque):
                return True
            if isinstance(value, bool) and kind != "bool":
                return kind == "int"
            return isinstance(value, _TYPES[kind]) and _inside(value, shape)


def literal_conforms(source: str | ast.expr, shape: Shape) -> bool:
    """Whether ``source`` is a literal, and of ``shape``."""
    try:
        return conforms(ast.literal_eval(source), shape)
    except (SyntaxError, TypeError, ValueError, MemoryError, RecursionError):
        return False


def _inside(value: Any, shape: Shape) -> bool:
    if shape.kind == "dict":
        key, item = shape.parts
        pairs = cast("dict[Any, Any]", value).items()
        return all(conforms(k, key) and conforms(v, item) for k, v in pairs)
    if shape.kind == "tuple":
        items = list(cast("list[Any]", value))
        return len(items) == len(shape.parts) and all(map(conforms, items, shape.parts))
    if shape.parts:
        return all(conforms(item, shape.parts[0]) for item in cast("list[Any]", value))
    return True


def _is_literal(value: Any, text: str) -> bool:
    try:
        wanted = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return True  # a member of an enumeration, say
    return type(value) is type(wanted) and value == wanted
