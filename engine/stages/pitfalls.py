"""Traps of the language that a small model walks into with its eyes open, and that examples seldom show.

Four are common enough to be looked for: the last ``n`` items as ``items[-n:]``, which is all of them for 0;
``isinstance(value, int)``, which is true of a bool, where the request tells booleans apart; ``text.isdigit()``
before ``float(text)``, which is false for ``12.5``; and ``isinstance(value, (list, None))``, as ``None`` is no type.
Telling the model of them does not help (tried: the same code).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from engine.ir.source import NOT_PYTHON, parse_python, put

_BOOLEANS_APART = re.compile(
    r"\b(?:not?|never|except|exclud\w+|ignor\w+|skip\w*|without|reject\w*|neither|nor|unlike)\b[^.;]{0,40}\bbool"
    r"|\bbool(?:ean)?s?\b[^.;]{0,60}(?:\b(?:not?|never|neither|ignored|skipped|excluded|rejected|left out|different"
    r"|raises?|\w+Error)\b|n't\b)"
    r"|\bbool(?:ean)?s?\s+(?:counts?|(?:is|are) treated)\s+as\b",
    re.IGNORECASE,
)
"""That booleans are something else than numbers; that they may be passed, or stay as they are, says nothing of it."""
_BOOLEANS_ARE_NUMBERS = re.compile(
    r"\bbool(?:ean)?s? (?:also )?(?:counts? as|are|is) (?:an? )?(?:number|int)", re.IGNORECASE
)

_Edit = tuple[ast.expr, str]


def without_pitfalls(code: str, request: str) -> str:
    """``code`` in which the pitfalls are avoided; everything else stays as it is, to the letter.

    Args:
        request: what the code is for, in words.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: ``code`` is not Python.
    """
    tree = parse_python(code)
    edits: list[_Edit] = []
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            edits += _ends(function)
            edits += _decimals(function)
            edits += _no_types(function)
            if _BOOLEANS_APART.search(request) and not _BOOLEANS_ARE_NUMBERS.search(request):
                edits += _booleans(function)
    edited = code
    for place, text in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset), reverse=True):
        edited = put(edited, place, text)
    # Before Python 3.12, what is inside an f-string does not know where it stands.
    return edited if not edits or _is_python(edited) else code


def _ends(function: ast.FunctionDef) -> Iterator[_Edit]:
    """``items[-n:]`` and ``items[:-n]`` where ``n`` is a parameter that may be 0.

    Both of them together are right for 0, and what compares or changes ``n`` has thought of it.
    """
    counts = {argument.arg for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    heads: list[tuple[str, _Edit]] = []
    tails: list[tuple[str, _Edit]] = []
    for node in _inside(function):
        match node:
            case ast.Compare() | ast.UnaryOp(op=ast.Not()) | ast.BoolOp():
                counts -= _names(node)
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                counts -= _names(test)
            case ast.Name(id=name, ctx=ast.Store()):
                counts.discard(name)
            case ast.Subscript(value=ast.Name(id=items), slice=ast.Slice(lower, upper, None)):
                match lower, upper:
                    case ast.UnaryOp(op=ast.USub(), operand=ast.Name(id=count)), None:
                        tails.append((count, (node, f"{items}[max(len({items}) - {count}, 0):]")))
                    case None, ast.UnaryOp(op=ast.USub(), operand=ast.Name(id=count)):
                        heads.append((count, (node, f"{items}[:max(len({items}) - {count}, 0)]")))
                    case _:
                        pass
            case _:
                pass
    hidden = _names(function.args) | {argument.arg for argument in function.args.args}
    if bool(heads) != bool(tails) and not hidden & {"max", "len"}:
        yield from (edit for count, edit in (*heads, *tails) if count in counts)


def _decimals(function: ast.FunctionDef) -> Iterator[_Edit]:
    """``text.isdigit()`` where ``text`` is made a float."""
    floats = {
        node.args[0].id
        for node in _inside(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "float"
        and node.args
        and isinstance(node.args[0], ast.Name)
    }
    for node in _inside(function):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="isdigit"), args=[]) if name in floats:
                yield node, f"{name}.removeprefix('-').replace('.', '', 1).isdigit()"
            case _:
                pass


def _no_types(function: ast.FunctionDef) -> Iterator[_Edit]:
    """``None`` where ``isinstance`` wants a type."""
    for node in _inside(function):
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, kind]) if "type" not in _names(function.args):
                kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
                yield from (
                    (each, "type(None)") for each in kinds if isinstance(each, ast.Constant) and each.value is None
                )
            case _:
                pass


def _booleans(function: ast.FunctionDef) -> Iterator[_Edit]:
    """``isinstance(value, int)`` in code that says nothing of booleans."""
    if "bool" in {name for part in function.body for name in _names(part)}:
        return
    for node in _inside(function):
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[value, kind]) if "int" in _names(kind):
                yield node, f"({ast.unparse(node)} and not isinstance({ast.unparse(value)}, bool))"
            case _:
                pass


def _inside(function: ast.FunctionDef) -> Iterator[ast.AST]:
    for part in function.body:
        yield from ast.walk(part)


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _is_python(code: str) -> bool:
    try:
        parse_python(code)
    except NOT_PYTHON:
        return False
    return True
