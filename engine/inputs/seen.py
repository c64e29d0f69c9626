"""What examples show of the values that a parameter takes, beside their types.

A random search hardly ever finds two lists with an element in common, or a record that has the keys it should have;
what examples pass is full of both.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from engine.inputs.shapes import Shape, insides

MOST = 12
"""Values that are kept for one place in a shape."""

_LONGEST = 40
_PLAIN = frozenset({"int", "float", "str"})


def with_seen(shape: Shape, seen: Iterable[ast.expr]) -> Shape:
    """``shape`` with the values that the expressions ``seen`` have in each place of it, where these are plain ones.

    A list whose dictionaries all have the same keys becomes a list of records.
    """
    nodes = [*seen]
    match shape.kind:
        case kind if kind in _PLAIN:
            texts = [ast.unparse(node) for node in nodes if _is_plain(node, kind)]
            known = [text for text in dict.fromkeys(texts) if len(text) <= _LONGEST]
            return Shape(kind, values=tuple(known[:MOST]))
        case "list" | "tuples" as kind:
            (inner,) = insides(shape, nodes)
            return Shape(kind, (_record(shape.parts[0], inner) or with_seen(shape.parts[0], inner),))
        case kind if shape.parts:
            return Shape(kind, tuple(map(with_seen, shape.parts, insides(shape, nodes))))
        case _:
            return shape


def _record(shape: Shape, nodes: list[ast.expr]) -> Shape | None:
    """A shape of dictionaries with the keys that all of several ``nodes`` have."""
    dicts = [node for node in nodes if isinstance(node, ast.Dict)]
    names = {tuple(sorted(ast.unparse(key) for key in node.keys if key is not None)) for node in dicts}
    if shape.kind != "dict" or len(dicts) < 2 or len(dicts) < len(nodes) or len(names) != 1 or not (keys := min(names)):
        return None
    fields = [
        [value for node in dicts for name, value in zip(node.keys, node.values, strict=True) if _is_key(name, key)]
        for key in keys
    ]
    return Shape("record", tuple(with_seen(shape.parts[1], values) for values in fields), keys)


def _is_key(name: ast.expr | None, key: str) -> bool:
    return name is not None and ast.unparse(name) == key


def _is_plain(node: ast.expr, kind: str) -> bool:
    try:
        return type(ast.literal_eval(node)).__name__ == kind
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
