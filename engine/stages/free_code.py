"""The function in the answer of an endpoint that cannot be held to a grammar.

Such a model is asked for the code alone, and says more: prose, a docstring, tests, a call at the end. What
the contract is about is taken out of it, in the form that the grammar knows, and verified then.
"""

from __future__ import annotations

import ast
import re

from engine.errors import ContractBroken
from engine.ir.source import NOT_PYTHON, parse_python

_BLOCK = re.compile(r"^```[^\n]*\n(.*?)(?:^```|\Z)", re.DOTALL | re.MULTILINE)


def function_in(text: str, header: str) -> str:
    """Imports, exactly ``header``, and the body of the function of that name in ``text``, without its docstring.

    Raises:
        ContractBroken: there is no such function, or it takes other parameters.
    """
    wanted = parse_python(f"{header} ...").body[0]
    assert isinstance(wanted, ast.FunctionDef)  # a specification's header is nothing else
    for code in (*_BLOCK.findall(text), text):
        try:
            module = parse_python(code)
        except NOT_PYTHON:
            continue
        found = _function(module.body, wanted.name)
        if found is None:
            continue
        if _names(found) != _names(wanted):
            raise _broken(f"The function does not have the header `{header}`.")
        imports = [ast.unparse(node) for node in module.body if isinstance(node, ast.Import | ast.ImportFrom)]
        imports = [line for line in imports if not line.startswith("from __future__")]
        return "\n".join([*imports, header, *_body(found)]) + "\n"
    raise _broken(f"The answer has no Python function {wanted.name}.")


def _function(statements: list[ast.stmt], name: str) -> ast.FunctionDef | None:
    found = [node for node in statements if isinstance(node, ast.FunctionDef) and node.name == name]
    return found[-1] if found else None


def _names(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    return [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _body(function: ast.FunctionDef) -> list[str]:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    lines = "\n".join(map(ast.unparse, body or [ast.Pass()])).splitlines()
    return [f"    {line}" for line in lines]


def _broken(what: str) -> ContractBroken:
    return ContractBroken(what, "Run it again. An endpoint that takes grammars cannot go wrong like this.")
