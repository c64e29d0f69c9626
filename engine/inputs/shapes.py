"""What values a type hint allows, as far as inputs can be made of it and results compared with it.

A hint is read as text and never evaluated. Loaded by the search's child too: standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_PLAIN = ("bool", "int", "float", "str", "bytes", "Decimal", "Fraction", "date", "datetime", "time", "timedelta")
_NAMES: dict[str, str] = {
    **{name: name for name in _PLAIN},
    "None": "none",
    "NoneType": "none",
    "Any": "any",
    "object": "any",
    **dict.fromkeys(("list", "List", "Sequence", "MutableSequence", "Iterable", "Collection", "deque"), "list"),
    **dict.fromkeys(("set", "Set", "AbstractSet", "MutableSet"), "set"),
    **dict.fromkeys(("frozenset", "FrozenSet"), "frozenset"),
    **dict.fromkeys(("dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"), "dict"),
    "Counter": "counter",
    **dict.fromkeys(("tuple", "Tuple"), "tuple"),
    "Number": "float",
    "Real": "float",
}
"""What a name in a hint stands for; modules in front of it are ignored."""

_HASHABLE_ONLY = frozenset({"set", "frozenset"})
_UNHASHABLE = frozenset({"list", "set", "dict"})


class NoShape(ValueError):
    """No inputs can be made of this hint; the message says why."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of value.

    Args:
        kind: ``none``, ``any``, a plain type's name, ``list``, ``set``, ``frozenset``, ``dict``, ``record`` (a
            ``dict`` with the keys ``values``), ``tuple`` (of ``parts``, one each), ``tuples`` (of any length),
            ``union`` or ``literal``.
        parts: the shapes inside; of a ``dict`` the key's and the value's, of a ``union`` the alternatives.
        values: of a ``literal``, its values as Python source; of a plain type, some that were seen.
    """

    kind: str
    parts: tuple[Shape, ...] = ()
    values: tuple[str, ...] = ()

    def kinds(self) -> set[str]:
        """Every kind that occurs in it."""
        return {self.kind}.union(*(part.kinds() for part in self.parts))

    def to_data(self) -> dict[str, Any]:
        """As JSON data."""
        return {"kind": self.kind, "parts": [part.to_data() for part in self.parts], "values": [*self.values]}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Shape:
        """The inverse of :meth:`to_data`."""
        return cls(data["kind"], tuple(map(cls.from_data, data["parts"])), tuple(data["values"]))


ANY = Shape("any")


def shape_of(hint: str) -> Shape:
    """The shape of a type hint; ``any`` may occur in it.

    Raises:
        NoShape: the hint allows values that cannot be written down, such as functions.
    """
    try:
        return _of(ast.parse(hint.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise error if isinstance(error, NoShape) else NoShape(f"{hint} is no type") from None


def filled(shape: Shape, seen: Iterable[ast.expr]) -> Shape:
    """``shape`` with every ``any`` in it replaced by what the expressions ``seen`` have in its place.

    Raises:
        NoShape: they have nothing there, or nothing that can be read without running it.
    """
    nodes = [*seen]
    if shape.kind == "any":
        return _seen(nodes)
    if "any" not in shape.kinds():
        return shape
    return Shape(shape.kind, tuple(map(filled, shape.parts, insides(shape, nodes))))


def insides(shape: Shape, nodes: Sequence[ast.expr]) -> list[list[ast.expr]]:
    """For each part of ``shape``, what the expressions ``nodes`` have in its place."""
    match shape.kind:
        case "dict":
            dicts = [node for node in nodes if isinstance(node, ast.Dict)]
            pairs = [pair for node in dicts for pair in zip(node.keys, node.values, strict=True)]
            return [[key for key, _ in pairs if key is not None], [value for key, value in pairs if key is not None]]
        case "union":
            return [[*nodes] for _ in shape.parts]
        case kind:
            rows = [node.elts for node in nodes if isinstance(node, ast.List | ast.Tuple | ast.Set)]
            if kind == "tuple":
                return [[row[at] for row in rows if at < len(row)] for at in range(len(shape.parts))]
            return [[item for row in rows for item in row] for _ in shape.parts]


def _of(node: ast.expr) -> Shape:
    match node:
        case ast.Constant(value=None):
            return Shape("none")
        case ast.Constant(value=str() as text):
            return shape_of(text)
        case ast.Name() | ast.Attribute():
            return _named(node, [])
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union([_of(left), _of(right)])
        case ast.Subscript(slice=ast.Tuple(elts=[])):  # tuple[()]
            return Shape("tuple")
        case ast.Subscript(value=base, slice=inner):
            return _subscripted(base, inner.elts if isinstance(inner, ast.Tuple) else [inner])
        case _:
            raise NoShape(f"{ast.unparse(node)} is no type")


def _subscripted(base: ast.expr, arguments: list[ast.expr]) -> Shape:
    match _last(base):
        case "Optional":
            return _union([_of(arguments[0]), Shape("none")])
        case "Union":
            return _union([_of(argument) for argument in arguments])
        case "Annotated" | "Final" | "ClassVar":
            return _of(arguments[0])
        case "Literal":
            return Shape("literal", values=tuple(ast.unparse(argument) for argument in arguments))
        case _:
            return _named(base, arguments)


def _named(node: ast.expr, arguments: list[ast.expr]) -> Shape:
    kind = _NAMES.get(_last(node))
    match kind:
        case None:
            raise NoShape(f"no inputs can be made of {ast.unparse(node)}")
        case "list" | "set" | "frozenset":
            inner = _of(arguments[0]) if arguments else ANY
            if kind in _HASHABLE_ONLY and inner.kinds() & _UNHASHABLE:
                raise NoShape(f"a {kind} cannot hold {ast.unparse(arguments[0])}")
            return Shape(kind, (inner,))
        case "dict":
            key, value = (_of(arguments[0]), _of(arguments[1])) if len(arguments) > 1 else (ANY, ANY)
            return Shape("dict", (key, value))
        case "counter":
            return Shape("dict", (_of(arguments[0]) if arguments else ANY, Shape("int")))
        case "tuple":
            return _tuple(arguments)
        case _:
            return Shape(kind)


def _tuple(arguments: list[ast.expr]) -> Shape:
    match arguments:
        case []:
            return Shape("tuples", (ANY,))
        case [inner, ast.Constant(value=value)] if value is ...:
            return Shape("tuples", (_of(inner),))
        case _:
            return Shape("tuple", tuple(_of(argument) for argument in arguments))


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _union(shapes: Iterable[Shape]) -> Shape:
    flat: dict[Shape, None] = {}
    for shape in shapes:
        flat.update(dict.fromkeys(shape.parts if shape.kind == "union" else (shape,)))
    return Shape("union", tuple(flat)) if len(flat) > 1 else next(iter(flat))


def _seen(nodes: list[ast.expr]) -> Shape:
    """The shape of values that are written down in ``nodes``."""
    if not nodes:
        raise NoShape("the type says nothing, and no example shows a value")
    return _union(_value(node) for node in nodes)


def _value(node: ast.expr) -> Shape:
    match node:
        case ast.Constant(value=None):
            return Shape("none")
        case ast.Constant(value=bool() | int() | float() | str() | bytes() as value):
            return Shape(type(value).__name__)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.List(elts=items) | ast.Set(elts=items):
            kind = "list" if isinstance(node, ast.List) else "set"
            return Shape(kind, (_seen(items) if items else Shape("int"),))
        case ast.Tuple(elts=items):
            return Shape("tuple", tuple(map(_value, items)))
        case ast.Dict(keys=keys, values=values) if keys and None not in keys:
            return Shape("dict", (_seen([key for key in keys if key is not None]), _seen(values)))
        case ast.Dict(keys=[]):
            return Shape("dict", (Shape("str"), Shape("int")))
        case _:
            raise NoShape(f"{ast.unparse(node)} is no plain value")
