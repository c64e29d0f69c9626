"""A request that is itself Python: a function with a docstring and no body, as programmers ask for one.

Its header is what the person wants, to the letter, its docstring is the request in words, and the examples in
it (:mod:`engine.stages.stated_calls`) are the person's own. Nothing of that is left to the model.
"""

from __future__ import annotations

import ast
import doctest
import re
from dataclasses import dataclass
from functools import lru_cache

from engine.ir.models import IR, Example, Provenance
from engine.stages.check_header import parse_module
from engine.stages.draft_wire import WireExample, WireParameter
from engine.stages.stated_calls import stated_calls, without

_HEADING = re.compile(
    r"\s*(?:for|given|if|with|input|output|(?:for\s+)?(?:e\.g\.?|examples?|instance)(?:\s+\d+)?)?\W*", re.IGNORECASE
)
"""What is left of a line once its example has been read."""

_ITEM = re.compile(r"\n(?=\s*(?:[-*]|\d{1,2}[.)])\s)")
"""Before a line that is an item of a list."""

_FENCE = re.compile(r"\A\s*```\w*\n(.*?)\n```\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stub:
    """What a stub says: the header's parts, the docstring without its examples, and the examples.

    A type is empty where the header says none.
    """

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
    parameters = _parameters(function.args)
    calls = stated_calls(docstring, function.name, [parameter.name for parameter in parameters])
    return Stub(
        name=function.name,
        parameters=parameters,
        returns=ast.unparse(function.returns) if function.returns else "",
        words=_words(without(docstring, calls)) or function.name.replace("_", " ").strip().capitalize(),
        examples=tuple(WireExample.model_construct(args=call.args, result=call.result) for call in calls),
    )


def as_the_persons(ir: IR, stub: Stub) -> IR:
    """A copy of ``ir`` in which what ``stub`` states is a person's; a type that it leaves out is not."""
    own = ir.model_copy(deep=True)
    human = Provenance(source="human")
    if stub.returns:
        own.signature.provenance = human
    for parameter, stated_by in zip(own.signature.parameters, stub.parameters, strict=True):
        if stated_by.type:
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
            type=ast.unparse(argument.annotation) if argument.annotation else "",
            default=default,
        )
        for argument, default in zip(arguments.args, defaults, strict=True)
    )


def _words(docstring: str) -> str:
    """The words of a docstring whose examples have been taken out, a paragraph a line."""
    try:
        parts = doctest.DocTestParser().parse(docstring)
    except ValueError:  # such as a prompt without a blank after it
        parts = [docstring]
    said = "".join(part for part in parts if isinstance(part, str))
    lines = ["" if _HEADING.fullmatch(line) else line for line in said.split("\n")]
    # A docstring breaks its lines anywhere; only an empty line ends what it says, and the next item of a list.
    paragraphs = _ITEM.sub("\n\n", "\n".join(lines)).split("\n\n")
    return "\n".join(filter(None, (" ".join(paragraph.split()) for paragraph in paragraphs)))
