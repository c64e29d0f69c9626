"""The specification as the model writes it: compact JSON with few keys.

The stored IR is richer than what a small model should have to spell out, so the model fills
in a :class:`DraftWire` and :func:`to_ir` completes it. :func:`from_ir` goes the other way, so
that code can be asked for from any IR, edited or imported, with the same conversation; for an
unedited draft it gives back the model's own text, and the endpoint's prefix cache still holds it.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from engine.ir.models import (
    IR,
    Assertion,
    Clause,
    Effect,
    Example,
    Intent,
    Metadata,
    Parameter,
    Provenance,
    Raises,
    Signature,
    TypedHole,
)


def _type_pattern(depth: int) -> str:
    """A regular expression for annotations such as ``dict[str, list[int]] | None``, nested ``depth`` deep."""
    atom = r"[A-Za-z][A-Za-z_.]{0,30}"
    if depth:
        inner = _type_pattern(depth - 1)
        atom += rf"(\[{inner}(, ?({inner}|\.\.\.)){{0,3}}\])?"
    return rf"{atom}( \| {atom}){{0,2}}"


TYPE_PATTERN = f"^{_type_pattern(2)}$"
NAME_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"
EXCEPTION_PATTERN = r"^[A-Z][A-Za-z]{2,39}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
TypeText = Annotated[str, Field(pattern=TYPE_PATTERN)]
ExceptionName = Annotated[str, Field(pattern=EXCEPTION_PATTERN)]
Sentence = Annotated[str, Field(max_length=200)]
Expression = Annotated[str, Field(max_length=200)]

C = TypeVar("C", bound=Clause)

MODEL_CONFIDENCE = 0.7
"""Confidence of a clause that the model wrote and nobody has looked at."""


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WireParameter(_Wire):
    """One parameter."""

    name: Name
    type: TypeText


class WireRaises(_Wire):
    """One exception and the condition under which it is raised."""

    exception: ExceptionName
    condition: Expression


class WireExample(_Wire):
    """One call; ``args`` is the text between the parentheses, so that it always calls the function."""

    args: Expression
    result: Expression


class WireHole(_Wire):
    """One open question and its ranked answers."""

    ask: Sentence
    options: Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=2, max_length=4)]


class DraftWire(_Wire):
    """What the draft stage's grammar makes the model say; the order of the fields is the order of thought."""

    summary: Sentence
    name: Name
    parameters: Annotated[list[WireParameter], Field(max_length=8)]
    returns: TypeText
    rules: Annotated[list[Sentence], Field(max_length=8)]
    raises: Annotated[list[WireRaises], Field(max_length=4)]
    effects: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=3)]
    examples: Annotated[list[WireExample], Field(min_length=1, max_length=3)]
    ensures: Annotated[list[Expression], Field(max_length=3)]
    holes: Annotated[list[WireHole], Field(max_length=3)]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of :class:`DraftWire`, references resolved and annotations that only cost tokens left out."""
    schema = DraftWire.model_json_schema()
    definitions = schema.pop("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, list):
            return [resolve(item) for item in node]  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(node, dict):
            return node
        fields: dict[str, Any] = node  # pyright: ignore[reportUnknownVariableType]
        if "$ref" in fields:
            return resolve(definitions[fields["$ref"].rsplit("/", 1)[-1]])
        return {key: resolve(value) for key, value in fields.items() if key not in ("title", "description")}

    properties = schema["properties"]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: resolve(value) for name, value in properties.items()},
        "required": list(properties),
    }


def to_ir(wire: DraftWire) -> IR:
    """Complete the model's draft into an IR, every clause marked as the model's.

    What the model wrote in the wrong place is kept where it is true: a postcondition in prose
    becomes a rule; an example that is not Python is left out.
    """
    names = _legal_names(wire)

    def legal(expression: str) -> str:
        return _rename(expression, names)

    rules = [rule.strip() for rule in wire.rules if rule.strip()]
    rules += [text for text in wire.ensures if not _is_expression(text) and text not in rules]
    parameters = [
        Parameter(name=names.get(p.name, p.name), type_hint=p.type, provenance=_agent())
        for p in {p.name: p for p in wire.parameters}.values()
    ]
    function = f"{wire.name}_" if keyword.iskeyword(wire.name) else wire.name
    raises: list[Raises] = []
    for clause in wire.raises:
        if _is_expression(clause.condition):
            condition = legal(clause.condition)
        else:
            condition = ""
            rules.append(f"{clause.exception}: {clause.condition}")
        raises.append(Raises(exception=clause.exception, condition=condition, provenance=_agent()))
    return IR(
        intent=Intent(summary=wire.summary, rationale="\n".join(rules), provenance=_agent()),
        signature=Signature(name=function, parameters=parameters, returns=wire.returns, provenance=_agent()),
        raises=_unique(raises),
        effects=_unique(
            [Effect(description=e, provenance=_agent()) for e in wire.effects if e.lower() not in _NO_EFFECT]
        ),
        examples=_unique(
            [
                Example(call=f"{function}({legal(e.args)})", result=e.result, provenance=_agent())
                for e in wire.examples
                if _is_expression(f"{function}({e.args})") and _is_expression(e.result)
            ]
        ),
        ensures=_unique(
            [Assertion(predicate=legal(p), provenance=_agent()) for p in wire.ensures if _is_expression(p)]
        ),
        holes=[
            TypedHole(identifier=f"q{index}", description=h.ask, options=h.options, provenance=_agent())
            for index, h in enumerate(wire.holes, 1)
        ],
        metadata=Metadata(origin="prompt"),
    )


def from_ir(ir: IR) -> dict[str, Any]:
    """The draft that :func:`to_ir` would complete into ``ir``, as JSON data.

    What the wire has no key for (preconditions, descriptions, reasons) is told as rules.
    """
    name = ir.signature.name
    rules = [line for line in ir.intent.rationale.split("\n") if line.strip()]
    rules += [f"{p.name}: {p.description}" for p in ir.signature.parameters if p.description]
    rules += [f"Assume {a.predicate}." for a in ir.requires]
    rules += [a.rationale for a in ir.ensures if a.rationale]
    return {
        "summary": ir.intent.summary,
        "name": name,
        "parameters": [{"name": p.name, "type": p.type_hint} for p in ir.signature.parameters],
        "returns": ir.signature.returns,
        "rules": rules,
        "raises": [{"exception": r.exception, "condition": r.condition} for r in ir.raises],
        "effects": [e.description for e in ir.effects],
        "examples": [
            {"args": e.call[len(name) + 1 : -1], "result": e.result}
            for e in ir.examples
            if e.call.startswith(f"{name}(") and e.call.endswith(")")
        ],
        "ensures": [a.predicate for a in ir.ensures],
        "holes": [{"ask": h.description, "options": h.options} for h in ir.holes],
    }


_NO_EFFECT = frozenset({"", "none", "no", "pure", "no effects", "no side effects", "none."})


def _agent() -> Provenance:
    return Provenance(source="agent", confidence=MODEL_CONFIDENCE)


def _legal_names(wire: DraftWire) -> dict[str, str]:
    """New names for parameters called like a keyword or a builtin, which the code may want to use."""
    taken = {p.name for p in wire.parameters}
    return {
        name: f"{name}_"
        for name in taken
        if (keyword.iskeyword(name) or hasattr(builtins, name)) and f"{name}_" not in taken
    }


def _rename(expression: str, names: dict[str, str]) -> str:
    """``expression`` with parameters renamed; calls such as ``min(a)`` still mean the builtin."""
    if not names:
        return expression
    words = "|".join(map(re.escape, names))
    return re.sub(rf"(?<![\w.'\"])({words})\b(?!\s*\(|['\"])", lambda m: names[m[1]], expression)


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return "\n" not in text


def _unique(clauses: list[C]) -> list[C]:
    return list({clause.model_dump_json(): clause for clause in clauses}.values())


def partial_ir(wire: dict[str, Any]) -> dict[str, Any]:
    """An unfinished draft in the shape of an IR's JSON, for showing it while it streams."""
    partial: dict[str, Any] = {}
    if "summary" in wire:
        partial["intent"] = {"summary": wire["summary"], "rationale": "\n".join(wire.get("rules", []))}
    if "name" in wire:
        partial["signature"] = {
            "name": wire["name"],
            "parameters": [
                {"name": p.get("name", ""), "type_hint": p.get("type", "")} for p in wire.get("parameters", [])
            ],
            "returns": wire.get("returns", ""),
        }
    name = wire.get("name", "")
    shapes: dict[str, Callable[[Any], dict[str, Any]]] = {
        "raises": lambda r: {"exception": r.get("exception", ""), "condition": r.get("condition", "")},
        "effects": lambda e: {"description": e},
        "examples": lambda e: {"call": f"{name}({e.get('args', '')})", "result": e.get("result", "")},
        "ensures": lambda p: {"predicate": p},
        "holes": lambda h: {"description": h.get("ask", ""), "options": h.get("options", [])},
    }
    for field, shape in shapes.items():
        if wire.get(field):
            partial[field] = [shape(item) for item in wire[field]]
    return partial
