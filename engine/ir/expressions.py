"""What can be wrong with one expression of a specification: it does not parse, or names the unknown."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from engine.ir.names import (
    BUILTIN_TYPES,
    LIBRARY,
    MODULES,
    PURE_MODULES,
    TYPES,
    closest,
    closest_exception,
    closest_type,
    free_names,
    is_exception,
)
from engine.ir.source import NOT_PYTHON, parse_expression


@dataclass(frozen=True)
class Fault:
    """A fault in an expression.

    ``offset`` is where, in characters from the expression's beginning; ``name`` is the unknown name,
    where that is the fault.
    """

    message: str
    suggestion: str
    offset: int = 0
    name: str = ""


# What other notations write and what Python writes instead, tried one after the other until it parses.
_REPAIRS = (
    (re.compile(r"(?<![=!<>:])=(?![=<>])"), "=="),
    (re.compile(r"==="), "=="),
    (re.compile(r"=>|≥"), ">="),
    (re.compile(r"=<|≤"), "<="),
    (re.compile(r"<>|≠"), "!="),
    (re.compile(r"\s*&&\s*"), " and "),
    (re.compile(r"\s*\|\|\s*"), " or "),
    (re.compile(r"!(?!=)\s*"), "not "),
    (re.compile(r"^(?:assert|if|that|when|where)\s+"), ""),
)
_CONSTANTS = {"false": "False", "nil": "None", "none": "None", "null": "None", "true": "True"}

_IN_TYPES = (
    *(ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.BinOp, ast.BitOr),
    *(ast.Load, ast.UnaryOp, ast.USub, ast.Starred),
)
_TYPE_REPAIRS = (
    (re.compile(r"\s+or\s+"), " | "),
    (re.compile(r"<"), "["),
    (re.compile(r">"), "]"),
    (re.compile(r"\?$"), " | None"),
    (re.compile(r"^(\w+)\("), r"\1["),
    (re.compile(r"\)$"), "]"),
    (re.compile(r"^(?:array|list) of (\w+?)s?$"), r"list[\1]"),
    (re.compile(r"^set of (\w+?)s?$"), r"set[\1]"),
)

_SURE = 0.8  # the library is large: only a clear misspelling is meant
_KNOWN_TYPES = BUILTIN_TYPES | TYPES.keys()


def expression_faults(text: str, known: Set[str] = frozenset(), *, hint: str) -> Iterator[Fault]:
    """Everything wrong with an expression: it does not parse, or names the unknown.

    Args:
        text: Python source.
        known: the names it may use beside the library's and the variables it binds itself.
        hint: what to do about an unknown name that resembles no known one.
    """
    try:
        tree = parse_expression(text)
        unknown = free_names(text) - known - LIBRARY
    except NOT_PYTHON as error:
        better = _repaired(text, _REPAIRS)
        suggestion = f"Did you mean `{better}`?" if better else "Write a Python expression: `low <= high`."
        yield Fault(_complaint(text, error), suggestion, _offset(error))
        return
    for name, offset in _first_uses(tree, text, unknown):
        better = _CONSTANTS.get(name) or closest(name, known) or closest(name, LIBRARY, _SURE)
        suggestion = f"Did you mean `{better}`?" if better else hint
        yield Fault(f"`{name}` is not known here", suggestion, offset, name)


def annotation_faults(text: str) -> Iterator[Fault]:
    """Everything wrong with a type hint: it does not parse, is no type, or names unknown types."""
    try:
        tree = parse_expression(text)
    except NOT_PYTHON as error:
        yield Fault(_complaint(text, error), _better_type(text), _offset(error))
        return
    if not _looks_like_type(tree):
        yield Fault(f"`{text}` is not a type", _better_type(text))
        return
    modules = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    unknown = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id not in (MODULES if node in modules else _KNOWN_TYPES)
    }
    for name, offset in _first_uses(tree, text, unknown):
        better = closest_type(name)
        suggestion = f"Did you mean `{better}`?" if better else "Use a built-in or standard library type."
        yield Fault(f"`{name}` is not a known type", suggestion, offset, name)


def exception_faults(text: str) -> Iterator[Fault]:
    """Everything wrong with what a function is said to raise: one exception, or a tuple of them."""
    try:
        tree = parse_expression(text)
    except NOT_PYTHON as error:
        yield Fault(_complaint(text, error), "Name an exception: `ValueError`.", _offset(error))
        return
    for node in tree.elts if isinstance(tree, ast.Tuple) else [tree]:
        name = ast.unparse(node)
        offset = _characters(text, node)
        if isinstance(node, ast.Name):
            if not is_exception(name):
                better = closest_exception(name) or "ValueError"
                yield Fault(f"`{name}` is not a known exception", f"Did you mean `{better}`?", offset, name)
        elif not isinstance(node, ast.Attribute) or name.split(".")[0] not in PURE_MODULES:
            yield Fault(f"`{name}` is not a known exception", "Name an exception: `ValueError`.", offset)


def _looks_like_type(tree: ast.expr) -> bool:
    if isinstance(tree, ast.Constant):
        return tree.value is None or isinstance(tree.value, str)
    return all(isinstance(node, _IN_TYPES) for node in ast.walk(tree))


def _better_type(text: str) -> str:
    better = _repaired(text, _TYPE_REPAIRS)
    if better is None or not _looks_like_type(parse_expression(better)):
        return "Write a type: `int`, `list[str]`, `int | None`."
    better = re.sub(r"[A-Za-z_]\w*", lambda name: _known_type(name[0]), better)
    return f"Did you mean `{better}`?"


def _known_type(name: str) -> str:
    known = name in _KNOWN_TYPES or name in _CONSTANTS.values()
    return name if known else closest_type(name) or name


def _repaired(text: str, repairs: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    """The first way of repairing ``text`` that gives an expression, repairs adding up; None if none does."""
    better = text.strip()
    for pattern, replacement in repairs:
        if better != text and _is_expression(better):
            break
        better = pattern.sub(replacement, better)
    return better if better != text and _is_expression(better) else None


def _is_expression(text: str) -> bool:
    try:
        parse_expression(text)
    except NOT_PYTHON:
        return False
    return True


def _first_uses(tree: ast.expr, text: str, names: set[str]) -> list[tuple[str, int]]:
    """Where each of ``names`` is first used, in characters, in the order of the text."""
    first: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            offset = _characters(text, node)
            first[node.id] = min(offset, first.get(node.id, offset))
    return sorted(first.items(), key=lambda use: use[1])


def _characters(text: str, node: ast.expr) -> int:
    """How many characters of ``text`` stand before ``node``."""
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: node.lineno - 1])
    return before + len(lines[node.lineno - 1].encode()[: node.col_offset].decode())


def _complaint(text: str, error: BaseException) -> str:
    if not text.strip():
        return "nothing is written here"
    reason = error.msg if isinstance(error, SyntaxError) else "it is nested too deeply or holds a null byte"
    return f"`{text}` is not a Python expression: {reason.rstrip('.')}"


def _offset(error: BaseException) -> int:
    if isinstance(error, SyntaxError) and error.lineno == 1 and error.offset:
        return error.offset - 1
    return 0
