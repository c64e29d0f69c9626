"""One clause in the words of the text form, or just what matters of it: ``result > 0`` for ``ensures(result > 0)``.

The text form has only whole functions, so a clause is read by putting it into the smallest one.
"""

from __future__ import annotations

import ast
import re

from engine.errors import SpecSyntaxError
from engine.ir.models import Clause, Example, Parameter, Signature, TypedHole
from engine.ir.source import NOT_PYTHON, parse_expression
from engine.ir.text import parse
from engine.ir.text_render import quote

NAMES = {
    "requires": "requires",
    "ensures": "ensures",
    "raises": "raises",
    "effects": "effect",
    "examples": "example",
    "holes": "hole",
    "signature.parameters": "param",
}
"""The statement of the text form for each list of clauses."""

_ABOVE = 'def f():\n    """x"""\n'
_HEADER = re.compile(r"^\s*def\b")


def parse_clause(field: str, text: str) -> Clause:
    """The clause of the list ``field`` that ``text`` says.

    When only what matters is given, the fields that it does not speak of are not in the
    ``model_fields_set`` of the result, so that an edit can keep them.

    Args:
        text: ``ensures(result > 0, "why")``, or what stands between the parentheses; an effect may
            be plain words, an example may be ``f(1) == 2``, a parameter is ``low: int = 0``.

    Raises:
        SpecSyntaxError: it is no such clause; line and column count within ``text``.
    """
    if field == "signature.parameters":
        return _parameter(text)
    statement = NAMES[field]
    text = text.strip()
    before = "" if _is_call_of(statement, text) else f"{statement}("
    written = f"{before}{text}{')' if before else ''}"
    if field == "effects" and before and not _is_string(text):
        written = f"{statement}({quote(text)})"
    try:
        ir = parse(f"{_ABOVE}    {written}\n")
    except SpecSyntaxError as error:
        raise _moved(error, 2, 4 + len(before)) from None
    clauses = ir.lists()[field]
    if len(clauses) != 1:
        raise SpecSyntaxError(f"this is not one {statement}", f"Write {statement}(…).", line=1, column=1)
    return _as_far_as_said(clauses[0], written) if before else clauses[0]


def parse_signature(text: str) -> Signature:
    """The header that ``text`` says: ``def f(x: int) -> str`` with or without ``def`` and colon.

    Raises:
        SpecSyntaxError: it is no header; line and column count within ``text``.
    """
    before = "" if _HEADER.match(text) else "def "
    try:
        return parse(f'{before}{text.strip().rstrip(":").rstrip()}:\n    """x"""\n').signature
    except SpecSyntaxError as error:
        raise _moved(error, 0, len(before)) from None


def parse_options(text: str) -> list[str]:
    """Options of a hole, as a list of strings (``["yes", "no"]``) or separated by ``|``."""
    try:
        node = parse_expression(text.strip())
    except NOT_PYTHON:
        node = None
    if isinstance(node, ast.List):
        values = [element.value for element in node.elts if isinstance(element, ast.Constant)]
        if len(values) == len(node.elts):
            return [str(value) for value in values]
    return [option.strip() for option in text.split("|") if option.strip()]


def _parameter(text: str) -> Clause:
    try:
        signature = parse(f'def f({text.strip()}):\n    """x"""\n').signature
    except SpecSyntaxError as error:
        raise _moved(error, 0, len("def f(")) from None
    if len(signature.parameters) != 1:
        raise SpecSyntaxError("this is not one parameter", "Write it like low: int = 0.", line=1, column=1)
    parameter = signature.parameters[0]
    return Parameter(name=parameter.name, type_hint=parameter.type_hint, default=parameter.default)


def _as_far_as_said(clause: Clause, written: str) -> Clause:
    """``clause`` with only those fields set that are among the arguments of ``written``."""
    if isinstance(clause, Example | TypedHole):
        return clause
    node = parse_expression(written)
    assert isinstance(node, ast.Call)
    fields = [name for name in type(clause).model_fields if name != "provenance"]
    said = {*fields[: len(node.args)], *(keyword.arg for keyword in node.keywords)}
    return type(clause).model_validate({name: getattr(clause, name) for name in fields if name in said})


def _is_call_of(statement: str, text: str) -> bool:
    try:
        node = parse_expression(text)
    except NOT_PYTHON:
        return text.startswith(f"{statement}(")
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == statement


def _is_string(text: str) -> bool:
    try:
        node = parse_expression(text)
    except NOT_PYTHON:
        return False
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _moved(error: SpecSyntaxError, lines: int, columns: int) -> SpecSyntaxError:
    """The same error with its place counted in the text that the user wrote."""
    line = max(1, error.line - lines)
    column = max(1, error.column - columns) if line == 1 else error.column
    return SpecSyntaxError(error.what.partition(": ")[2], error.todo, line=line, column=column)
