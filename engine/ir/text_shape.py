"""The outline of a specification's text: one function with a plain header, and clauses in its body."""

from __future__ import annotations

import ast
from difflib import get_close_matches
from typing import TypeGuard

from engine.ir.source import Position, PythonSource
from engine.ir.text_arguments import FORMS
from engine.ir.text_errors import SKELETON, spec_error


def only_function(source: PythonSource) -> ast.FunctionDef:
    """The one function of a text, beside imports and comments.

    Raises:
        SpecSyntaxError: there is none, there are several, there is other code beside it, or its
            header has what a specification cannot say.
    """
    found: ast.FunctionDef | None = None
    for statement in source.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom) or is_string(statement) or is_filler(statement):
            continue
        position = source.position(statement)
        if isinstance(statement, ast.AsyncFunctionDef):
            raise spec_error(position, "async functions cannot be specified", "Write def without async.")
        if isinstance(statement, ast.ClassDef):
            raise spec_error(position, "classes cannot be specified", "Specify one function; write def.")
        if not isinstance(statement, ast.FunctionDef):
            raise spec_error(
                position, "code beside the function", "Remove it; only imports may stand beside the function."
            )
        if found is not None:
            raise spec_error(
                position,
                f"a second function, {statement.name}",
                f"Keep one function per file; {found.name} begins on line {found.lineno}.",
            )
        found = statement
    if found is None:
        raise spec_error(Position(1, 1), "there is no function", f"Begin with a header and a docstring:\n{SKELETON}")
    _check_header(source, found)
    return found


def _check_header(source: PythonSource, function: ast.FunctionDef) -> None:
    arguments = function.args
    position = source.name_position(function)
    if function.decorator_list:
        position = source.position(function.decorator_list[0])
        raise spec_error(position, "decorators cannot be specified", "Remove the decorator.")
    if getattr(function, "type_params", None):  # Python 3.12 and later
        raise spec_error(position, "type parameters cannot be specified", "Use Any, or a concrete type.")
    if variadic := arguments.vararg:
        todo = f"Take one parameter that holds them: {variadic.arg}: list[Any]."
        raise spec_error(source.position(variadic), f"*{variadic.arg} cannot be specified", todo)
    if variadic := arguments.kwarg:
        todo = f"Take one parameter that holds them: {variadic.arg}: dict[str, Any]."
        raise spec_error(source.position(variadic), f"**{variadic.arg} cannot be specified", todo)
    if arguments.posonlyargs:
        todo = 'Remove the "/" from the header.'
        raise spec_error(
            source.position(arguments.posonlyargs[0]), "positional-only parameters cannot be specified", todo
        )
    if arguments.kwonlyargs:
        todo = 'Remove the "*" from the header.'
        raise spec_error(source.position(arguments.kwonlyargs[0]), "keyword-only parameters cannot be specified", todo)


def not_a_clause(statement: ast.stmt) -> tuple[str, str]:
    """What is wrong with a statement of the body that is no clause, and what to do."""
    if is_string(statement):
        return "a string stands alone", "Only the docstring stands alone, right below the header."
    if isinstance(statement, ast.Assert):
        return (
            "assert is code, not a clause",
            f"Write requires({ast.unparse(statement.test)}) for what must hold before, "
            "or ensures(...) for what holds after.",
        )
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        name = ast.unparse(statement.value.func)
        close = get_close_matches(name, FORMS, n=1)
        todo = f"Did you mean {FORMS[close[0]].sample}?" if close else f"Use one of {', '.join(FORMS)}."
        return f"{name} is no clause", todo
    return (
        "code in a specification",
        f"It says what holds, not how; remove the line or write a clause: {', '.join(FORMS)}.",
    )


def is_string(statement: ast.stmt) -> TypeGuard[ast.Expr]:
    """Whether the statement is a string standing alone, such as a docstring."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def is_filler(statement: ast.stmt) -> bool:
    """Whether the statement is ``pass`` or ``...``."""
    if isinstance(statement, ast.Pass):
        return True
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
        return False
    return statement.value.value is ...
