"""A first specification of code that was written elsewhere: what its header and docstring say, and a question.

Describing what the body does is the business of reverse mode; until then the code waits in its session.
"""

from __future__ import annotations

import ast
from datetime import UTC, datetime

from engine.errors import SpecSyntaxError
from engine.ir.models import IR, Metadata, Provenance, TypedHole
from engine.ir.source import NOT_PYTHON, parse_python
from engine.ir.text import parse
from engine.lifecycle.errors import NotImportable

_FROM_HEADER = 1.0
_FROM_DOCSTRING = 0.8
"""How sure we are of what the code says itself, and of what its author says about it."""


def describe_header(code: str, function: str = "") -> IR:
    """The specification that the header and the docstring of a function make, with provenance ``reverse``.

    Without a docstring, what the function is for is left open as a hole.

    Args:
        code: a Python module.
        function: the function that is meant; may be left out when only one is public.

    Raises:
        NotImportable: the code does not parse, it is not clear which function is meant, or its
            header has what a specification cannot say.
    """
    try:
        tree = parse_python(code)
    except NOT_PYTHON as error:
        raise NotImportable(
            f"The code is not valid Python: {error}.", "Correct it, or import something else."
        ) from None
    definition = _chosen(tree, function)
    docstring = ast.get_docstring(definition) or ""
    name = definition.name
    said = docstring or name.strip("_").replace("_", " ").capitalize() or name
    stub = ast.FunctionDef(
        name=name,
        args=definition.args,
        body=[ast.Expr(ast.Constant(said))],
        decorator_list=[],
        returns=definition.returns,
    )
    stub.type_params = getattr(definition, "type_params", [])  # pyright: ignore[reportAttributeAccessIssue] - 3.12 on
    try:
        ir = parse(ast.unparse(ast.fix_missing_locations(stub)))
    except SpecSyntaxError as error:
        what = error.what.partition(": ")[2]
        raise NotImportable(f"{name} cannot be specified as it is: {what}.", error.todo) from None
    return _with_origin(ir, described=bool(docstring))


def _chosen(tree: ast.Module, function: str) -> ast.FunctionDef:
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if function:
        if function in functions:
            return functions[function]
        raise NotImportable(
            f"The code defines no function {function}.", f"It defines {', '.join(functions) or 'none'}."
        )
    public = [name for name in functions if not name.startswith("_")] or [*functions]
    if len(public) == 1:
        return functions[public[0]]
    if not public:
        raise NotImportable("The code defines no function.", "Lift describes one function, written with def.")
    raise NotImportable(f"The code defines {len(public)} functions.", f"Name one: --function {' or '.join(public[:5])}")


def _with_origin(ir: IR, *, described: bool) -> IR:
    now = datetime.now(UTC)
    for address, clause in ir.clauses():
        sure = _FROM_DOCSTRING if address == "intent" else _FROM_HEADER
        clause.provenance = Provenance(source="reverse", confidence=sure, timestamp=now)
    ir.metadata = Metadata(origin="code")
    if not described:
        question = f"What is {ir.signature.name} for? Its code does not say."
        hole = TypedHole(identifier="purpose", kind="intent", description=question)
        hole.provenance = Provenance(source="reverse", confidence=_FROM_HEADER, timestamp=now)
        ir.intent.provenance = Provenance(source="reverse", confidence=0.0, timestamp=now)
        ir.holes = [hole]
    return ir
