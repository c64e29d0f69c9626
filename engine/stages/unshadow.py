"""Calls of a builtin that a parameter of the same name hides.

A person may well name a parameter ``max``, and a model then writes ``max(a, b)`` and means the function. Its
call would fail, so it gets another name: ``from builtins import max as builtin_max``.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from engine.ir.source import parse_python, put


def unshadow(code: str) -> str:
    """``code`` in which every call of a hidden builtin reaches it.

    A parameter that is rebound, or that its annotation says can be called, is left alone.

    Raises:
        SyntaxError: ``code`` is not Python.
    """
    tree = parse_python(code)
    places: list[ast.Name] = []
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            hidden = set(_hidden(function))
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in hidden:
                    places.append(node.func)
    if not places:
        return code
    for place in sorted(places, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        code = put(code, place, f"builtin_{place.id}")
    imports = [f"from builtins import {name} as builtin_{name}" for name in sorted({place.id for place in places})]
    return "\n".join(imports) + "\n\n\n" + code


def _hidden(function: ast.FunctionDef) -> Iterator[str]:
    """The parameters that are called like a builtin function and are no function themselves."""
    bound = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        annotation = ast.unparse(argument.annotation) if argument.annotation else ""
        callable_itself = "Callable" in annotation or annotation.startswith("type[")
        if callable(getattr(builtins, argument.arg, None)) and argument.arg not in bound and not callable_itself:
            yield argument.arg
