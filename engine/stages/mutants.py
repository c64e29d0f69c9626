"""Programs that differ from a given one in one small place, as a slip of the pen would.

The places are those where code that is almost right goes wrong: a bound that is off by one, ``<`` for ``<=``, the
wrong format of a number, ``True`` taken for an int. The operators are the usual ones of mutation testing (Jia and
Harman 2011, doi:10.1109/TSE.2010.62); that such mutants repair programs is shown by Debroy and Wong (2010,
doi:10.1109/ICST.2010.66).
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from engine.ir.source import NOT_PYTHON, parse_python, put
from engine.stages.first_steps import first_steps
from engine.stages.last_steps import last_steps

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COMPUTED: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.FloorDiv, ast.Mult),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
}
_CALLED = {
    "all": "any",
    "any": "all",
    "ceil": "floor",
    "floor": "ceil",
    "max": "min",
    "min": "max",
    "sorted": "list",
    "append": "extend",
    "capitalize": "title",
    "title": "capitalize",
    "endswith": "startswith",
    "startswith": "endswith",
    "find": "rfind",
    "index": "rindex",
    "isalnum": "isalpha",
    "isalpha": "isalnum",
    "lower": "upper",
    "upper": "lower",
    "strip": "rstrip",
    "lstrip": "strip",
    "rstrip": "strip",
}
_NEEDLESS = frozenset({"abs", "float", "int", "list", "round", "set", "sorted", "str"})
_NEEDLESS_METHODS = frozenset({"capitalize", "lower", "lstrip", "rstrip", "strip", "title", "upper"})
_FORMATS = ("02d", ".2f")


def mutants(code: str, *, slips: bool = True, shifts: bool = True) -> Iterator[str]:
    """The mutants of a module, each once, in the order of their places; layout and names stay as they are.

    Args:
        slips: with those that have another thing in the place of one, not only those that take one step more, or
            that only go on where the code breaks down.
        shifts: with those slips where a number is one more or one less.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: ``code`` is not Python.
    """
    tree = parse_python(code)
    seen = {ast.dump(tree)}
    for place, other in (*(_slips(tree, shifts=shifts) if slips else ()), *last_steps(tree), *_lookups(tree)):
        meaning = ast.dump(_Put(place, other).visit(deepcopy(tree, {id(place): place})))
        if meaning in seen:
            continue
        seen.add(meaning)
        if mutant := _text(code, place, other, meaning):
            yield mutant
    yield from first_steps(code, tree)


def _slips(tree: ast.Module, *, shifts: bool) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Expressions, each with what might have been meant instead."""
    for place in _places(tree):
        for other in (*_variants(place), *(_shifted(place) if shifts else ())):
            yield place, other


def _lookups(tree: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Values that are looked up by a key, each with what gives None where there is none."""
    for place in _places(tree):
        match place:
            case ast.Subscript(value=value, slice=ast.expr() as sought, ctx=ast.Load()) if not isinstance(
                sought, ast.Slice | ast.UnaryOp | ast.Constant
            ):
                yield place, ast.Call(ast.Attribute(value, "get", ast.Load()), [sought], [])
            case _:
                pass


def _places(tree: ast.Module) -> Iterator[ast.expr]:
    """The expressions in the bodies of the module's functions, but not what is raised and what is called.

    Annotations and defaults are the specification's.
    """
    inside: list[ast.AST] = [
        part for function in tree.body if isinstance(function, ast.FunctionDef) for part in function.body[::-1]
    ]
    while inside:
        node = inside.pop()
        if isinstance(node, ast.Raise):
            continue
        named = isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
        if isinstance(node, ast.expr) and not named:
            yield node
        children = [*ast.iter_child_nodes(node)]
        if isinstance(node, ast.Call):
            children[0:1] = [*ast.iter_child_nodes(node.func)]
        inside += children[::-1]


def _text(code: str, place: ast.expr, other: ast.expr, meaning: str) -> str:
    """``code`` with ``other`` written in ``place``, in parentheses where ``meaning`` needs them.

    Empty where that cannot be written: before Python 3.12, what is inside an f-string does not know where it stands.
    """
    text = ast.unparse(other)
    for form in (text, f"({text})"):
        mutant = put(code, place, form)
        with contextlib.suppress(*NOT_PYTHON):
            if ast.dump(parse_python(mutant)) == meaning:
                return mutant
    return ""


class _Put(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, place: ast.expr, other: ast.expr) -> None:
        self._place = place
        self._other = other

    def visit(self, node: ast.AST) -> ast.AST:
        """The node that belongs here."""
        return self._other if node is self._place else self.generic_visit(node)


def _variants(node: ast.expr) -> Iterator[ast.expr]:
    """What might have been meant instead of ``node``."""
    match node:
        case ast.Compare(ops=ops):
            for index, operator in enumerate(ops):
                if other := _COMPARED.get(type(operator)):
                    yield _with(node, ops=[*ops[:index], other(), *ops[index + 1 :]])
            yield ast.UnaryOp(ast.Not(), node)
        case ast.BoolOp(op=operator, values=values):
            yield _with(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
            for index in range(len(values)):
                left = [*values[:index], *values[index + 1 :]]
                yield left[0] if len(left) == 1 else _with(node, values=left)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=operator, right=right):
            yield left
            for other in _COMPUTED.get(type(operator), ()):
                yield _with(node, op=other())
            if not isinstance(operator, ast.Add | ast.Mult):
                yield _with(node, left=right, right=left)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value="" | " " as value):
            yield ast.Constant(" " if value == "" else "")
        case ast.JoinedStr(values=values):
            for index, value in enumerate(values):
                for other in _formatted(value):
                    yield _with(node, values=[*values[:index], other, *values[index + 1 :]])
        case ast.Call():
            yield from _called(node)
        case _:
            pass


def _called(node: ast.Call) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id="isinstance"), args=[value, _]):
            yield ast.BoolOp(ast.And(), [node, ast.UnaryOp(ast.Not(), _call("isinstance", [value, _name("bool")]))])
        case ast.Call(func=ast.Name(id="sorted"), keywords=[]):
            yield _with(node, keywords=[ast.keyword("reverse", ast.Constant(True))])
        case ast.Call(func=ast.Attribute(attr="split"), args=[]):
            yield _with(node, args=[ast.Constant(" ")])
        case ast.Call(func=ast.Attribute(attr="split"), args=[ast.Constant(value=" ")]):
            yield _with(node, args=[])
        case _:
            pass
    match node.func:
        case ast.Name(id=name):
            if name in _CALLED:
                yield _with(node, func=_name(_CALLED[name]))
            if name in _NEEDLESS and len(node.args) == 1 and not node.keywords:
                yield node.args[0]
        case ast.Attribute(value=value, attr=name):
            if name in _CALLED:
                yield _with(node, func=_with(node.func, attr=_CALLED[name]))
            if name in _NEEDLESS_METHODS and not node.args:
                yield value
        case _:
            pass


def _formatted(value: ast.expr) -> Iterable[ast.expr]:
    """A value in an f-string, formatted in another way."""
    match value:
        case ast.FormattedValue(format_spec=None):
            return [_with(value, format_spec=ast.JoinedStr([ast.Constant(spec)])) for spec in _FORMATS]
        case ast.FormattedValue():
            return [_with(value, format_spec=None)]
        case _:
            return []


def _shifted(node: ast.expr) -> Iterator[ast.expr]:
    """One more, and one less."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Name(ctx=ast.Load()) | ast.BinOp():
            yield ast.BinOp(node, ast.Add(), ast.Constant(1))
            yield ast.BinOp(node, ast.Sub(), ast.Constant(1))
        case _:
            pass


def _with(node: ast.expr, **fields: object) -> ast.expr:
    """A copy of ``node`` with other fields."""
    changed: dict[str, Any] = {**dict(ast.iter_fields(node)), **fields}
    return type(node)(**changed)


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _call(name: str, arguments: list[ast.expr]) -> ast.Call:
    return ast.Call(_name(name), arguments, [])
