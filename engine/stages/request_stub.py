"""A request that is itself Python: a function with a docstring and no body, as programmers ask for one.

Its header is what the person wants, to the letter, its docstring is the request in words, and the examples in
it (``>>> f(2)``) are the person's own. Nothing of that is left to the model.
"""

from __future__ import annotations

import ast
import doctest
import re
from dataclasses import dataclass
from functools import lru_cache

from engine.ir.models import IR, Example, Provenance
from engine.ir.source import NOT_PYTHON, parse_expression
from engine.stages.check_header import parse_module
from engine.stages.draft_wire import WireExample, WireParameter

_FENCE = re.compile(r"\A\s*```\w*\n(.*?)\n```\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stub:
    """What a stub says: the header's parts, the docstring without its examples, and the examples."""

    name: str
    parameters: tuple[WireParameter, ...]
    returns: str
    words: str
    examples: tuple[WireExample, ...]


@lru_cache(maxsize=8)
def stub_in(request: str) -> Stub | None:
    """The stub that ``request`` is, imports and finished functions before it aside; None for anything else.

    Remembered, because it is asked for with every piece of a draft that streams.
    """
    if "def " not in request:
        return None
    fenced = _FENCE.match(request)
    tree, _ = parse_module(fenced[1] if fenced else request)
    function = tree.body[-1] if tree and tree.body else None
    if not isinstance(function, ast.FunctionDef) or not _is_plain(function):
        return None
    docstring = ast.get_docstring(function) or ""
    words, examples = _read(docstring, function.name)
    return Stub(
        name=function.name,
        parameters=_parameters(function.args),
        returns=ast.unparse(function.returns) if function.returns else "Any",
        words=words or function.name.replace("_", " ").strip().capitalize(),
        examples=examples,
    )


def as_the_persons(ir: IR, stub: Stub) -> IR:
    """A copy of ``ir`` in which what ``stub`` states is a person's."""
    own = ir.model_copy(deep=True)
    human = Provenance(source="human")
    own.signature.provenance = human
    for parameter in own.signature.parameters:
        parameter.provenance = human
    stated = {f"{stub.name}({example.args})" for example in stub.examples}
    own.examples = [
        Example(call=clause.call, result=clause.result, provenance=human) if clause.call in stated else clause
        for clause in own.examples
    ]
    return own


def _is_plain(function: ast.FunctionDef) -> bool:
    """Whether there is no body yet, and every parameter can be passed by its place."""
    arguments = function.args
    if arguments.posonlyargs or arguments.kwonlyargs or arguments.vararg or arguments.kwarg:
        return False
    rest = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return all(
        isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...)
        for node in rest
    )


def _parameters(arguments: ast.arguments) -> tuple[WireParameter, ...]:
    defaults = [None] * (len(arguments.args) - len(arguments.defaults)) + [*map(ast.unparse, arguments.defaults)]
    return tuple(
        WireParameter.model_construct(
            name=argument.arg,
            type=ast.unparse(argument.annotation) if argument.annotation else "Any",
            default=default,
        )
        for argument, default in zip(arguments.args, defaults, strict=True)
    )


def _read(docstring: str, name: str) -> tuple[str, tuple[WireExample, ...]]:
    """The words of a docstring, and the examples that are one call of the function ``name``."""
    words: list[str] = []
    examples: list[WireExample] = []
    try:
        parts = doctest.DocTestParser().parse(docstring)
    except ValueError:  # such as a prompt without a blank after it
        return docstring, ()
    for part in parts:
        if isinstance(part, str):
            # A docstring breaks its lines anywhere; only an empty line ends what it says.
            words += [" ".join(paragraph.split()) for paragraph in part.split("\n\n")]
        elif example := _example(part, name):
            examples.append(example)
    return "\n".join(filter(None, words)), tuple(examples)


def _example(part: doctest.Example, name: str) -> WireExample | None:
    source, result = part.source.strip(), part.want.strip()
    try:
        call = parse_expression(source)
        parse_expression(result)
    except NOT_PYTHON:
        return None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != name:
        return None
    return WireExample.model_construct(args=source[len(name) + 1 : -1], result=result)
