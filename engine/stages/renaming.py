"""Renaming parameters inside an expression, leaving everything else of its text as it was."""

from __future__ import annotations

import ast
import io
import keyword
import tokenize
from collections.abc import Mapping

from engine.ir.names import free_names
from engine.ir.source import NOT_PYTHON, parse_expression


def rename(text: str, variables: Mapping[str, str], arguments: Mapping[str, str], *, function: str) -> str:
    """``text`` with names replaced; returned as it is where it is no expression even so.

    Variables that the expression binds itself stay, and so do functions: in ``min(min, 3)`` only the
    argument is the parameter. A name that is a keyword (``from > 0``) makes text unreadable, so
    keywords are replaced first, unless the text reads well with them.

    Args:
        text: Python source, hopefully.
        variables: new names of variables.
        arguments: new names of keyword arguments in calls of ``function``.
        function: the function whose parameters these are.
    """
    if not variables and not arguments:
        return text
    tree = _parsed(text)
    if tree is None:
        text = _without_keywords(text, {**arguments, **variables})
        tree = _parsed(text)
    if tree is None:
        return text
    free = free_names(text)
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    places: dict[tuple[int, int], tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node not in called and node.id in free and node.id in variables:
            places[node.lineno, node.col_offset] = node.id, variables[node.id]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function:
            for argument in node.keywords:
                if argument.arg is not None and argument.arg in arguments:
                    places[argument.lineno, argument.col_offset] = argument.arg, arguments[argument.arg]
    return _replaced(text, places)


def _parsed(text: str) -> ast.expr | None:
    try:
        free_names(text)  # refuses what only the compiler refuses
        return parse_expression(text)
    except NOT_PYTHON:
        return None


def _without_keywords(text: str, names: Mapping[str, str]) -> str:
    """``text`` with every keyword that is in ``names`` replaced."""
    places: dict[tuple[int, int], tuple[str, str]] = {}
    lines = text.split("\n")
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if keyword.iskeyword(token.string) and token.string in names:
                line, column = token.start
                places[line, len(lines[line - 1][:column].encode())] = token.string, names[token.string]
    except (tokenize.TokenError, SyntaxError, IndexError):
        return text
    return _replaced(text, places)


def _replaced(text: str, places: Mapping[tuple[int, int], tuple[str, str]]) -> str:
    """``text`` with old names replaced by new ones at places (line from 1, column in UTF-8 bytes)."""
    lines = [line.encode() for line in text.split("\n")]
    for (line, column), (old, new) in sorted(places.items(), reverse=True):
        encoded = lines[line - 1]
        if encoded[column:].startswith(old.encode()):
            lines[line - 1] = encoded[:column] + new.encode() + encoded[column + len(old.encode()) :]
    return b"\n".join(lines).decode()
