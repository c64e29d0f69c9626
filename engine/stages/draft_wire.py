"""The specification as the model writes it: compact JSON with few keys.

The stored IR is richer than what a small model should have to spell out, so the model fills
in a :class:`DraftWire` and :func:`engine.stages.draft_repair.to_ir` completes it. :func:`from_ir`
goes the other way, so that code can be asked for from any IR, edited or imported, with the same conversation; for an
unedited draft it gives back the model's own text, and the endpoint's prefix cache still holds it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from engine.ir.models import IR, Example
from engine.ir.source import NOT_PYTHON, parse_expression


def _type_pattern(depth: int) -> str:
    """A regular expression for annotations such as ``dict[str, list[int]] | None``, nested ``depth`` deep."""
    atom = _class_pattern(r"[A-Za-z][A-Za-z_.]{0,30}", depth)
    return rf"{atom}( \| {atom}){{0,2}}"


def _class_pattern(name: str, depth: int) -> str:
    if not depth:
        return name
    inner = _type_pattern(depth - 1)
    return rf"{name}(\[{inner}(, ?({inner}|\.\.\.)){{0,3}}\])?"


def container_pattern(name: str) -> str:
    """A regular expression for annotations of one class, with whatever is in it: ``set[int]``, ``set | None``."""
    return rf"{_class_pattern(name, 2)}( \| None)?"


TYPE_PATTERN = f"^{_type_pattern(2)}$"
NAME_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"
EXCEPTION_PATTERN = r"^[A-Z][A-Za-z]{2,39}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
TypeText = Annotated[str, Field(pattern=TYPE_PATTERN)]
ExceptionName = Annotated[str, Field(pattern=EXCEPTION_PATTERN)]
Sentence = Annotated[str, Field(max_length=200)]
Expression = Annotated[str, Field(max_length=200)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WireParameter(_Wire):
    """One parameter; only the short form of a draft says its default (:mod:`engine.stages.short_wire`)."""

    name: Name
    type: TypeText
    default: SkipJsonSchema[str | None] = Field(default=None, exclude=True)


class WireRaises(_Wire):
    """One exception and the condition under which it is raised."""

    exception: ExceptionName
    condition: Expression


class WireExample(_Wire):
    """One call; ``args`` is the text between the parentheses, so that it always calls the function.

    ``sureness`` is how probable the model thinks the result, from 0 to 1, where that is known.
    """

    args: Expression
    result: Expression
    sureness: SkipJsonSchema[float | None] = Field(default=None, exclude=True)


class WireHole(_Wire):
    """One open question and its ranked answers."""

    ask: Sentence
    options: Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=2, max_length=4)]


class DraftWire(_Wire):
    """A whole draft, as a refinement rewrites it; the order of the fields is the order of thought."""

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


def from_ir(ir: IR) -> dict[str, Any]:
    """The draft that :func:`engine.stages.draft_repair.to_ir` would complete into ``ir``, as JSON data.

    What the wire has no key for (preconditions, descriptions, reasons, an example that is more
    than one plain call) is told as rules.
    """
    name = ir.signature.name
    rules = [line for line in ir.intent.rationale.split("\n") if line.strip()]
    rules += [f"{p.name}: {p.description}" for p in ir.signature.parameters if p.description]
    rules += [f"Assume {a.predicate}." for a in ir.requires]
    rules += [a.rationale for a in (*ir.requires, *ir.ensures) if a.rationale]
    arguments = [(plain_arguments(e, name), e) for e in ir.examples]
    rules += [f"{e.call} gives {e.result}." for text, e in arguments if text is None]
    return {
        "summary": ir.intent.summary,
        "name": name,
        "parameters": [{"name": p.name, "type": p.type_hint} for p in ir.signature.parameters],
        "returns": ir.signature.returns,
        "rules": rules,
        "raises": [{"exception": r.exception, "condition": r.condition} for r in ir.raises],
        "effects": [e.description for e in ir.effects],
        "examples": [{"args": text, "result": e.result} for text, e in arguments if text is not None],
        "ensures": [a.predicate for a in ir.ensures],
        "holes": [{"ask": h.description, "options": h.options} for h in ir.holes],
    }


def plain_arguments(example: Example, function: str) -> str | None:
    """The text between the parentheses, or None where the example is more than one plain call."""
    try:
        call = parse_expression(example.call)
    except NOT_PYTHON:
        return None
    plain = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == function
    if not plain or not example.call.startswith(f"{function}(") or not example.call.endswith(")"):
        return None
    return example.call[len(function) + 1 : -1]


def partial_ir(wire: dict[str, Any]) -> dict[str, Any]:
    """An unfinished draft in the shape of an IR's JSON, for showing it while it streams."""
    partial: dict[str, Any] = {}
    if "summary" in wire:
        partial["intent"] = {"summary": wire["summary"], "rationale": "\n".join(wire.get("rules", []))}
    if "name" in wire:
        partial["signature"] = {
            "name": wire["name"],
            "parameters": [
                {"name": p["name"], "type_hint": p["type"]} for p in wire.get("parameters", []) if p.get("type")
            ],
            "returns": wire.get("returns") or "...",
        }
    name = wire.get("name", "")
    shapes: dict[str, Callable[[Any], dict[str, Any]]] = {
        "raises": lambda r: {"exception": r["exception"], "condition": r["condition"]},
        "effects": lambda e: {"description": e},
        "examples": lambda e: {"call": f"{name}({e['args']})", "result": e["result"]},
        "ensures": lambda p: {"predicate": p},
    }
    last_keys = {"raises": "condition", "examples": "result"}
    for field, shape in shapes.items():
        # A clause is shown from its last part on: half of one is no expression yet and would only flicker.
        begun = [item for item in wire.get(field, []) if field not in last_keys or item.get(last_keys[field])]
        if begun:
            partial[field] = [shape(item) for item in begun]
    if wire.get("holes"):
        partial["holes"] = [
            {"identifier": f"q{index}", "description": hole.get("ask", ""), "options": hole.get("options", [])}
            for index, hole in enumerate(wire["holes"], 1)
        ]
    return partial
