"""What a function may have left out at its end: to strip, to sort, to drop what is there twice, to convert.

Fix templates of this kind (wrap what is returned, put a separator after the last item as well) are common in
program repair (Kim et al. 2013, doi:10.1109/ICSE.2013.6606626).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy

_CONVERSIONS = ("sorted", "list", "set", "tuple", "str", "int", "float", "abs", "bool")
_GIVES = {"sorted": ("list",), "abs": ("int", "float")}
"""What a conversion results in, where that is not what it is called."""

_METHODS = ("strip", "lower", "upper", "title", "capitalize", "copy")
_EACH = "each"
_LONGEST_MARK = 2
"""Characters of a text that may separate things; longer ones are words."""


def last_steps(tree: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Expressions that the functions of a module return or join, each with another one that takes a step more."""
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        marks = [*dict.fromkeys(_marks(function))]
        conversions = [name for name in _CONVERSIONS if _fits(name, function.returns)]
        for node in ast.walk(function):
            match node:
                case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                    for step in _steps(value, marks, conversions):
                        yield value, step
                case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(mark)), attr="join"), args=[items]):
                    yield items, ast.Call(_name("filter"), [ast.Constant(None), items], [])
                    for step in _joined(mark, items):
                        yield node, step
                case _:
                    pass


def _fits(conversion: str, returns: ast.expr | None) -> bool:
    """Whether a conversion results in what is declared; an ``int`` for a ``float`` would only bend code to an example.

    A result that may be of several types may be of any.
    """
    outer = returns.value if isinstance(returns, ast.Subscript) else returns
    declared = outer.id.lower() if isinstance(outer, ast.Name) else ""
    return declared not in _CONVERSIONS or declared in _GIVES.get(conversion, (conversion,))


def _steps(value: ast.expr, marks: list[str], conversions: list[str]) -> Iterator[ast.expr]:
    for name in conversions:
        yield _call(name, value)
    yield _call("list", _method(_name("dict"), "fromkeys", value))
    yield _call("sorted", _call("set", value))
    yield ast.ListComp(_method(ast.Constant(""), "join", _name(_EACH)), [_each_of(value)])
    yield ast.Subscript(value, ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1))), ast.Load())
    yield ast.Call(_name("round"), [value, ast.Constant(2)], [])
    for name in _METHODS:
        yield _method(value, name)
    for mark in marks:
        for name in ("lstrip", "rstrip", "strip"):
            yield _method(value, name, ast.Constant(mark))


def _joined(mark: str, items: ast.expr) -> Iterator[ast.expr]:
    """Items with a mark after each, and before each, instead of between them."""
    match items:
        case ast.GeneratorExp(elt=item) | ast.ListComp(elt=item) if mark:
            for left, right in ((item, ast.Constant(mark)), (ast.Constant(mark), item)):
                marked = deepcopy(items)
                marked.elt = ast.BinOp(left, ast.Add(), right)
                yield _method(ast.Constant(""), "join", marked)
        case _:
            pass


def _each_of(value: ast.expr) -> ast.comprehension:
    return ast.comprehension(ast.Name(_EACH, ast.Store()), value, [], is_async=0)


def _marks(function: ast.FunctionDef) -> Iterator[str]:
    """Short texts in the function's body, which may separate things."""
    for part in function.body:
        for node in ast.walk(part):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) <= _LONGEST_MARK:
                yield node.value


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _call(name: str, value: ast.expr) -> ast.Call:
    return ast.Call(_name(name), [value], [])


def _method(value: ast.expr, name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(value, name, ast.Load()), [*arguments], [])
