"""The draft as the model writes it: only what takes a model, in as few tokens as it takes.

The request itself gives the summary, the rules and the effects (:mod:`engine.stages.request_text`). The
model adds the signature, the examples, and, where the request calls for them, the exceptions and the open
questions::

    {"sig":"pad(number: int, width: int = 4) -> str","raises":["ValueError if number < 0"],
     "examples":["pad(7) == '0007'","pad(-1) raises ValueError"]}

:func:`expanded` makes a :class:`~engine.stages.draft_wire.DraftWire` of it, which is then completed as any other.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from engine.grammar.grammar import Grammar
from engine.grammar.json_schema import Whitespace, json_schema_grammar
from engine.grammar.python.examples import EXAMPLE, RAISES, example_rules
from engine.ir.source import NOT_PYTHON, parse_expression
from engine.stages.draft_wire import (
    NAME_PATTERN,
    TYPE_PATTERN,
    DraftWire,
    WireExample,
    WireHole,
    WireParameter,
    WireRaises,
    container_pattern,
)
from engine.stages.request_stub import stub_in
from engine.stages.request_text import implied_effects, leaves_open, may_raise, stated_result, summary_and_rules
from engine.stages.stated_calls import most_called, stated_calls
from engine.stages.stub_types import typed
from engine.stages.sure_examples import result_sureness, sure_examples
from engine.stages.sureness import Sureness

_NAME = NAME_PATTERN.strip("^$")
_TYPE = TYPE_PATTERN.strip("^$")
_DEFAULT = r"(None|True|False|-?[0-9]{1,6}(\.[0-9]{1,6})?|'[A-Za-z0-9 _.,:;!?/+*-]{0,12}')"
_PARAMETER = rf"{_NAME}: {_TYPE}( = {_DEFAULT})?"

_RAISING = re.compile(r"(?P<call>.*\)) raises (?P<exception>[A-Za-z]+)", re.DOTALL)

_VAGUE = re.compile(r"what (?:does|should|is|are) (?:the|this) (?:\w+ of the )?function\b", re.IGNORECASE)

_QUESTION: dict[str, Any] = {"type": "array", "minItems": 3, "maxItems": 5}
_QUESTION["items"] = {"type": "string", "maxLength": 80}


_ENOUGH = 2
"""Examples of a request from which on the model adds none of its own: beside such examples two of five were wrong."""


def draft_schema(*, raises: bool, ask: bool, examples: bool = True, returns: str = "") -> dict[str, Any]:
    """The JSON Schema of a draft.

    Args:
        raises: the request speaks of exceptions, so the draft has a place for them.
        ask: the request leaves something open, so the draft begins with the questions.
        examples: the request gives too few of its own, so the draft has a place for some, and for
            what follows from them.
        returns: the class that the request wants the result to be of, if it says so.
    """
    properties: dict[str, Any] = {}
    if ask:
        properties["ask"] = _some(_QUESTION, 1, 2)
    properties["sig"] = {"type": "string", "pattern": signature_pattern(returns)}
    if raises:
        properties["raises"] = _some({"type": "string", "x-ebnf": RAISES}, 0, 3)
    if examples:
        properties["examples"] = _some({"type": "string", "x-ebnf": EXAMPLE}, 2, 3)
    required = list(properties)
    if examples:  # asked for nothing else, a small model writes prose here
        properties["ensures"] = _some({"type": "string", "maxLength": 100}, 1, 2)
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


def signature_pattern(returns: str = "") -> str:
    """A regular expression for signatures; with ``returns``, for those whose result is of that class."""
    result = container_pattern(returns) if returns else _TYPE
    return rf"^{_NAME}\(({_PARAMETER}(, {_PARAMETER}){{0,7}})?\) -> {result}$"


def _some(item: dict[str, Any], least: int, most: int) -> dict[str, Any]:
    return {"type": "array", "minItems": least, "maxItems": most, "items": item}


@cache
def short_grammar(
    *, raises: bool, ask: bool, examples: bool = True, returns: str = "", whitespace: Whitespace = "none"
) -> Grammar:
    """The contract of a draft, in one of its few variants."""
    schema = draft_schema(raises=raises, ask=ask, examples=examples, returns=returns)
    return json_schema_grammar("the specification", schema, whitespace=whitespace, rules=example_rules())


def grammar_for(request: str, *, compact: bool = True) -> Grammar:
    """The contract of a draft for ``request``; not compact where an endpoint is known to add white space."""
    whitespace: Whitespace = "none" if compact else "any"
    stub = stub_in(request)
    return short_grammar(
        raises=may_raise(request),
        ask=leaves_open(request),
        examples=(len(stub.examples) if stub else most_called(request)[1]) < _ENOUGH,
        returns="" if stub else stated_result(request),
        whitespace=whitespace,
    )


def told(request: str) -> tuple[str, list[str]]:
    """The summary and the rules that ``request`` states, in words or in the docstring of a stub."""
    stub = stub_in(request)
    return summary_and_rules(stub.words if stub else request)


def expanded(text: str, request: str, sureness: Sureness | None = None) -> DraftWire:
    """The draft that the model's ``text``, which has been verified, says of ``request``.

    Args:
        sureness: how sure the model was of each piece of its text; examples that it was not sure of are left out.
    """
    data: dict[str, Any] = json.loads(text)
    name, parameters, returns = _header(request, data["sig"])
    summary, rules = told(request)
    return DraftWire.model_construct(
        summary=summary,
        name=name,
        parameters=parameters,
        returns=returns,
        rules=rules,
        raises=[_raises(item) for item in data.get("raises", [])],
        effects=implied_effects(request),
        examples=[
            *_stated(request, name, parameters),
            *sure_examples([*_own(text, data.get("examples", []), sureness or Sureness())]),
        ],
        ensures=data.get("ensures", []),
        holes=_questions(data.get("ask", [])),
    )


def _own(text: str, items: list[str], sureness: Sureness) -> Iterator[WireExample]:
    """The examples that the model made up."""
    for item, sure in zip(items, result_sureness(text, sureness), strict=True):
        if example := _example(item):
            yield example.model_copy(update={"sureness": sure})


def shown(partial: dict[str, Any], request: str) -> dict[str, Any]:
    """An unfinished draft with the keys of a :class:`~engine.stages.draft_wire.DraftWire`.

    A string is shown once the next one has begun: half of one is no expression yet.
    """
    summary, rules = told(request)
    wire: dict[str, Any] = {"summary": summary, "rules": rules, "effects": implied_effects(request)}
    done = list(partial)[:-1]
    stated: list[dict[str, Any]] = []
    if "sig" in done or stub_in(request):
        name, parameters, returns = _header(request, partial["sig"] if "sig" in done else "")
        wire |= {"name": name, "parameters": [p.model_dump() for p in parameters], "returns": returns}
        stated = [example.model_dump() for example in _stated(request, name, parameters)]
    for key in ("raises", "examples", "ensures"):
        items: list[str] = partial.get(key) or []
        whole = items if key in done else items[:-1]
        if key == "raises":
            wire[key] = [_raises(item).model_dump() for item in whole]
        elif key == "examples":
            wire[key] = [*stated, *(example.model_dump() for item in whole if (example := _example(item)))]
        else:
            wire[key] = whole
    asked = cast("list[list[str]]", partial.get("ask") or [])
    wire["holes"] = [{"ask": item[0], "options": item[1:]} for item in asked if item]
    return wire


def _questions(asked: list[list[str]]) -> list[WireHole]:
    """The questions that leave a choice; what the function does is asked only where nothing else is."""
    chosen = [(ask, [*dict.fromkeys(answers)]) for ask, *answers in asked]
    some = [WireHole.model_construct(ask=ask, options=options) for ask, options in chosen if len(options) > 1]
    return [hole for hole in some if not _VAGUE.match(hole.ask)] or some[:1]


def _header(request: str, sig: str) -> tuple[str, list[WireParameter], str]:
    """The name, the parameters and the result's type that ``sig`` of a draft says, or else the request itself."""
    name, parameters, returns = _signature(sig)
    if stub := stub_in(request):
        return stub.name, *typed(stub, parameters, returns)
    return most_called(request)[0] or name, parameters, returns


def _stated(request: str, name: str, parameters: list[WireParameter]) -> Iterator[WireExample]:
    """The examples that the request itself gives of a function."""
    if stub := stub_in(request):
        yield from stub.examples
        return
    for call in stated_calls(request, name, [parameter.name for parameter in parameters]):
        yield WireExample.model_construct(args=call.args, result=call.result)


def _signature(text: str) -> tuple[str, list[WireParameter], str]:
    """The name, the parameters and the result's type; a parameter may still be called like a keyword."""
    name, _, rest = text.partition("(")
    inside, _, returns = rest.rpartition(") -> ")
    parameters: list[WireParameter] = []
    for part in _split(inside):
        parameter, _, hint = part.partition(": ")
        hint, _, default = hint.partition(" = ")
        parameters.append(WireParameter.model_construct(name=parameter, type=hint, default=default or None))
    return name, parameters, returns


def _split(text: str) -> list[str]:
    """``text`` at the commas that stand in no bracket and in no string."""
    parts, depth, quoted = [""], 0, False
    for character in text:
        quoted ^= character == "'"
        if not quoted:
            depth += (character == "[") - (character == "]")
        if character == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _raises(text: str) -> WireRaises:
    exception, _, condition = text.partition(" if ")
    return WireRaises.model_construct(exception=exception.strip(), condition=condition.strip())


def _example(text: str) -> WireExample | None:
    """The parts of an example, or None where it is no call of a function."""
    raising = _RAISING.fullmatch(text)
    try:
        node = parse_expression(raising["call"] if raising else text)
    except NOT_PYTHON:
        return None
    if raising:
        return _called(text, node, raising["exception"]) if isinstance(node, ast.Call) else None
    if not isinstance(node, ast.Compare) or not isinstance(node.left, ast.Call) or len(node.comparators) != 1:
        return None
    return _called(text, node.left, ast.get_source_segment(text, node.comparators[0]) or "")


def _called(text: str, call: ast.Call, result: str) -> WireExample:
    source = ast.get_source_segment(text, call) or ""
    name = ast.get_source_segment(text, call.func) or ""
    return WireExample.model_construct(args=source[len(name) + 1 : -1], result=result)
