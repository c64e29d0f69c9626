"""Examples that the request itself gives: ``for example 3661 as '1:01:01'``.

The model puts them into a call and a result, unless the request writes them as calls itself
(:mod:`engine.stages.stated_calls`) or says them of a function of one parameter
(:mod:`engine.stages.stated_values`); what they say is the person's. So they are never doubted when the code fails
them, however many implementations agree on something else.
"""

from __future__ import annotations

import ast
from collections import Counter

from engine.ir.models import IR, Example, Provenance
from engine.ir.source import NOT_PYTHON, parse_expression
from engine.stages.request_text import sentences
from engine.stages.stated_calls import stated_calls
from engine.stages.stated_values import stated_values

_SHORTEST = 2
"""Characters of a value below which it stands in many requests by chance."""


def with_stated_examples(ir: IR, request: str) -> IR:
    """A copy of ``ir`` in which the examples that ``request`` gives are a person's, and none that it gives in words is
    missing; what the model says of the same call goes.
    """
    own = ir.model_copy(deep=True)
    name = ir.signature.name
    calls = stated_calls(request, name, [parameter.name for parameter in ir.signature.parameters])
    values = {_plain(f"{name}({argument})"): _plain(result) for argument, result in stated_values(request, ir)}
    written = {(f"{name}({call.args})", call.result) for call in calls}
    for example in own.examples:
        if (example.call, example.result) in written or is_stated(example, request):
            example.provenance = Provenance(source="human")
    given = [
        Example(call=call, result=result, provenance=Provenance(source="human")) for call, result in values.items()
    ]
    own.examples = [*given, *(example for example in own.examples if _plain(example.call) not in values)]
    return own


def is_stated(example: Example, request: str) -> bool:
    """Whether one sentence of the request has all arguments of the call, and its result, to the letter; what is
    there twice has to be said twice.

    Whole numbers alone do not count: they stand side by side in rules as well, as limits and prices.
    """
    try:
        call, result = parse_expression(example.call.strip()), parse_expression(example.result.strip())
    except NOT_PYTHON:
        return False
    if not isinstance(call, ast.Call) or not (call.args or call.keywords):
        return False
    values = [*call.args, *(keyword.value for keyword in call.keywords), result]
    if any(isinstance(value, ast.Starred) for value in values) or all(map(_is_integer, values)):
        return False
    texts = [_written(value) for value in values]
    if min(len(texts[-1]), max(map(len, texts[:-1]))) < _SHORTEST:
        return False
    said = Counter(texts)
    return any(all(sentence.count(text) >= said[text] for text in said) for sentence in sentences(request))


def _plain(source: str) -> str:
    """Python source in one layout; text that is none stays as it is."""
    try:
        return ast.unparse(parse_expression(source.strip()))
    except NOT_PYTHON:
        return source


def _is_integer(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and type(value.value) is int


def _written(value: ast.expr) -> str:
    """A value as a request writes it: a text without quotes of one kind or the other."""
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ast.unparse(value)
