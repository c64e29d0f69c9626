"""The form in which a person edits one clause: short, lossless, and the same for reading and writing.

A form is what stands between the parentheses of the text form (``low <= result, "never below"``), with
three exceptions: an effect is its words, a parameter is ``low: int = 0, "the lower bound"``, and the
intent is prose, its first line the summary and the rest the rationale.
"""

from __future__ import annotations

import ast
from typing import cast

from engine.errors import SpecSyntaxError
from engine.ir.addresses import index_of, list_of
from engine.ir.models import IR, Clause, Effect, Intent, Parameter, Provenance
from engine.ir.source import NOT_PYTHON, parse_expression
from engine.ir.text import render, render_clause
from engine.ir.text_render import quote
from engine.lifecycle import clauses
from engine.lifecycle.clause_text import NAMES, parse_clause

PARAMETERS = "signature.parameters"


def form(ir: IR, address: str) -> str:
    """What a person gets to edit for the clause at ``address``.

    Raises:
        KeyError: there is no such clause.
    """
    clause = dict(ir.clauses())[address]
    match clause:
        case Intent():
            return clause.summary + (f"\n\n{clause.rationale}" if clause.rationale else "")
        case Parameter():
            default = "" if clause.default is None else f" = {clause.default}"
            description = f", {quote(clause.description)}" if clause.description else ""
            return f"{clause.name}: {clause.type_hint}{default}{description}"
        case Effect():
            return clause.description if _reads_back(clause) else quote(clause.description)
        case _:
            return header(ir) if address == "signature" else _inside(render_clause(address, clause))


def header(ir: IR) -> str:
    """The header of the function, ``def`` to return type, on as many lines as the text form gives it."""
    text = render(ir)
    (function,) = ast.parse(text).body
    lines = text.split("\n")[: cast(ast.FunctionDef, function).body[0].lineno - 1]
    return "\n".join(lines).rstrip().removesuffix(":")


def set_form(ir: IR, address: str, text: str, provenance: Provenance) -> IR:
    """``ir`` with the clause at ``address`` saying what ``text`` says.

    Raises:
        BadAddress: there is no such clause.
        SpecSyntaxError: the text is no such clause; line and column count within ``text``.
    """
    if address == "intent":
        summary, _, rationale = text.strip().partition("\n")
        ir = clauses.replaced(ir, "intent.summary", summary.strip(), provenance)
        return clauses.replaced(ir, "intent.rationale", rationale.strip("\n"), provenance)
    if address == "signature":
        return clauses.replaced(ir, address, text, provenance)
    if list_of(address) == PARAMETERS:
        parameter, description = split_parameter(text)
        ir = clauses.replaced(ir, address, parameter, provenance)
        return clauses.replaced(ir, f"{address}.description", description, provenance)
    statement, before = _statement(list_of(address), text)
    try:
        return clauses.replaced(ir, address, statement, provenance)
    except SpecSyntaxError as error:
        raise _moved(error, before) from None


def add_form(ir: IR, address: str, text: str, provenance: Provenance) -> IR:
    """``ir`` with another clause, which will have the address ``address``.

    Raises:
        BadAddress: its list has no such place.
        SpecSyntaxError: the text is no such clause; line and column count within ``text``.
    """
    field, place = list_of(address), index_of(address)
    if field == PARAMETERS:
        parameter, description = split_parameter(text)
        ir = clauses.added(ir, field, parameter, place, provenance)
        return clauses.replaced(ir, f"{address}.description", description, provenance)
    statement, before = _statement(field, text)
    try:
        return clauses.added(ir, field, statement, place, provenance)
    except SpecSyntaxError as error:
        raise _moved(error, before) from None


def split_parameter(text: str) -> tuple[str, str]:
    """``low: int = 0, "the lower bound"`` as the parameter and its description, empty when there is none."""
    if _is_parameter(text):
        return text, ""
    for comma in reversed([place for place, character in enumerate(text) if character == ","]):
        try:
            description = parse_expression(text[comma + 1 :].strip())
        except NOT_PYTHON:
            continue
        if isinstance(description, ast.Constant) and isinstance(description.value, str) and _is_parameter(text[:comma]):
            return text[:comma], description.value
    return text, ""


def _is_parameter(text: str) -> bool:
    try:
        parse_clause(PARAMETERS, text)
    except SpecSyntaxError:
        return False
    return True


def _statement(field: str, text: str) -> tuple[str, int]:
    """The whole statement that ``text`` is the inside of, and how many characters stand before it then.

    A whole statement says every field, so that a rationale taken out of the form is taken out of the clause.
    """
    if field == "effects":
        return text, 0
    name, text = NAMES[field], text.strip()
    try:
        node = parse_expression(text)
    except NOT_PYTHON:
        node = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
        return text, 0
    return f"{name}({text})", len(name) + 1


def _moved(error: SpecSyntaxError, before: int) -> SpecSyntaxError:
    column = max(1, error.column - before) if error.line == 1 else error.column
    return SpecSyntaxError(error.what.partition(": ")[2], error.todo, line=error.line, column=column)


def _inside(statement: str) -> str:
    return statement.partition("(")[2].removesuffix(")")


def _reads_back(clause: Effect) -> bool:
    try:
        written: Clause = parse_clause("effects", clause.description)
    except SpecSyntaxError:
        return False
    return isinstance(written, Effect) and written.description == clause.description
