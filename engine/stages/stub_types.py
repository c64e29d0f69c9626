"""Types for a header that has none: what the model says, as long as the examples of the request agree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from engine.inputs.conform import literal_conforms
from engine.inputs.shapes import NoShape, shape_of
from engine.ir.source import NOT_PYTHON, parse_expression
from engine.stages.draft_wire import WireExample, WireParameter
from engine.stages.request_stub import Stub

ANY = "Any"
"""The type of which nothing is known."""


def typed(stub: Stub, parameters: Sequence[WireParameter] = (), returns: str = ANY) -> tuple[list[WireParameter], str]:
    """The parameters of ``stub`` and the type of its result, with a type each.

    What the stub annotates stays. Any other parameter gets the type that ``parameters``, the model's, have in its
    place, if every example passes a value of it; likewise the result. Without examples there is nothing to hold a
    type against, and it stays open.
    """
    calls = [call for example in stub.examples if (call := _call(example))]
    guessed = [parameter.type for parameter in parameters]
    if len(guessed) != len(stub.parameters):
        guessed = [ANY] * len(stub.parameters)
    names = [parameter.name for parameter in stub.parameters]
    passed = [_passed(calls, name, place) for place, name in enumerate(names)]
    results = [value for example in stub.examples if (value := _expression(example.result))]
    return (
        [
            parameter.model_copy(update={"type": parameter.type or _agreed(guess, values)})
            for parameter, guess, values in zip(stub.parameters, guessed, passed, strict=True)
        ],
        stub.returns or _agreed(returns, results),
    )


def _agreed(guess: str, values: Sequence[ast.expr]) -> str:
    """``guess`` if all values are of this type, and there are some."""
    try:
        shape = shape_of(guess)
    except NoShape:
        return ANY
    fits = all(literal_conforms(value, shape) for value in values)
    return guess if values and fits else ANY


def _passed(calls: Iterable[ast.Call], name: str, place: int) -> list[ast.expr]:
    """What the calls pass to a parameter, by its place or by its name."""
    values = [call.args[place] for call in calls if place < len(call.args)]
    return values + [keyword.value for call in calls for keyword in call.keywords if keyword.arg == name]


def _call(example: WireExample) -> ast.Call | None:
    node = _expression(f"f({example.args})")
    return node if isinstance(node, ast.Call) else None


def _expression(text: str) -> ast.expr | None:
    """What ``text`` is; None for an exception's name as well."""
    try:
        node = parse_expression(text)
    except NOT_PYTHON:
        return None
    return None if isinstance(node, ast.Name) else node
