"""JSON Schema to a grammar: one language for every engine that enforces or verifies it.

xgrammar and llguidance both read JSON Schema, but they disagree. Tried with xgrammar 0.2.8 and
llguidance 1.9.1 on ``{"type": "string"}`` and its refinements:

- with ``minLength``, ``maxLength`` or a pattern like ``^.{1,5}$``, xgrammar accepts no escape at
  all, so such a string can never contain ``"`` or a line break; it accepts raw control characters
  (which are not JSON) instead;
- an unanchored ``pattern`` means "one whole match" to xgrammar, and "a match somewhere" to llguidance;
- llguidance writes ``\\uXXXX`` only for control characters and never ``\\/``; xgrammar allows every
  ``\\uXXXX``, lone surrogates included, which Python cannot encode afterwards.

So the grammar is made here, as EBNF that xgrammar and llama.cpp read alike and llguidance's printer
translates, for the part of JSON Schema below; anything else is refused rather than read differently by somebody.

- ``object``: properties in the order of ``properties``, ``additionalProperties: false``; the last ones may be
  optional, the first ones are required
- ``array``: ``items``, ``minItems``, ``maxItems``
- ``string``: ``minLength``/``maxLength`` in characters (an escape is one), or an anchored ``pattern``
  of ASCII literals, classes, groups, alternatives and quantifiers; a pattern's characters are never escaped;
  or an ``x-ebnf``, the name of a rule of the caller's own
- ``integer``, ``number``, ``boolean``, ``null``, ``enum``, ``const``, ``anyOf``, ``$ref`` into ``#/$defs``
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, cast

from engine.errors import GrammarError
from engine.grammar.ebnf import literal
from engine.grammar.grammar import Grammar
from engine.grammar.pattern import pattern_to_ebnf

Schema = Mapping[str, Any]
Whitespace = Literal["none", "any"]

_ANNOTATIONS = {"title", "description", "default", "examples", "$defs", "$schema", "$id"}

_REFERENCE = "#/$defs/"

_COMMON = r"""
char ::= [^"\\\x00-\x1f\x7f] | [\\] escape
escape ::= ["\\/bfnrt] | "u" unicode
unicode ::= [0-9a-cA-CefEF] hex hex hex | [dD] ([0-7] hex hex | [89abAB] hex hex [\\] "u" [dD] [c-fC-F] hex hex)
hex ::= [0-9a-fA-F]
integer ::= "-"? ("0" | [1-9] [0-9]*)
number ::= integer ("." [0-9]+)? ([eE] [-+]? [0-9]+)?
"""


def json_schema_grammar(
    name: str, schema: dict[str, Any], *, whitespace: Whitespace = "none", rules: str = ""
) -> Grammar:
    """A grammar for the JSON documents that ``schema`` describes.

    Args:
        name: what the document is, for error messages.
        schema: JSON Schema, within the part named in this module's docstring.
        whitespace: ``none`` for compact documents, as we have them generated; ``any`` to verify
            endpoints that print JSON as they like.
        rules: EBNF rules, one a line, for the strings that name one of them as their ``x-ebnf``; it describes
            the string's text as it stands in JSON.

    Raises:
        GrammarError: the schema uses something outside that part.
    """
    ebnf = "\n".join(part for part in (_Converter(schema, whitespace).ebnf(), rules.strip()) if part)
    return Grammar(name, ebnf, json_schema=_plain(schema))


def _plain(node: Any) -> Any:
    """The schema for endpoints that take only one: without our own keys, and without optional properties,
    which some refuse and none needs."""
    if isinstance(node, list):
        return [_plain(item) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in cast("dict[str, Any]", node).items() if key != "x-ebnf"}
    if plain.get("type") == "object" and "required" in plain:
        plain["properties"] = {key: plain["properties"][key] for key in plain["required"]}
    return plain


class _Converter:
    """Turns one schema into EBNF; each ``$defs`` entry becomes a rule, so schemas may be recursive."""

    def __init__(self, schema: Schema, whitespace: Whitespace) -> None:
        self._schema = schema
        self._definitions = cast("dict[str, Schema]", schema.get("$defs", {}))
        self._rules: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._gap = " ws " if whitespace == "any" else " "
        self._space = "ws ::= [ \\t\\n\\r]*" if whitespace == "any" else ""
        self._types: dict[str, Callable[[dict[str, Any]], str]] = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": lambda _: "integer",
            "number": lambda _: "number",
            "boolean": lambda _: '("true" | "false")',
            "null": lambda _: '"null"',
        }

    def ebnf(self) -> str:
        root = f"root ::={self._gap}{self._value(self._schema)}{self._gap}".rstrip()
        rules = [f"{name} ::= {body}" for name, body in self._rules.items()]
        rules += [f"{name} ::= {body}" for body, name in self._names.items()]
        return "\n".join(line for line in (root, *rules, *_COMMON.splitlines(), self._space) if line)

    def _value(self, schema: Schema) -> str:
        """EBNF for one value; a single term, so that a quantifier may follow."""
        rest = {key: value for key, value in schema.items() if key not in _ANNOTATIONS}
        if "$ref" in rest:
            body = self._reference(str(rest.pop("$ref")))
        elif "anyOf" in rest:
            body = _either(self._value(choice) for choice in rest.pop("anyOf"))
        elif "enum" in rest or "const" in rest:
            choices = rest.pop("enum") if "enum" in rest else [rest.pop("const")]
            rest.pop("type", None)
            body = _either(literal(json.dumps(choice, ensure_ascii=False)) for choice in choices)
        else:
            kind = rest.pop("type", None)
            if not isinstance(kind, str) or kind not in self._types:
                raise _unsupported(f"the type {kind!r}")
            body = self._types[kind](rest)
        if rest:
            raise _unsupported(f"{', '.join(map(repr, rest))} in {json.dumps(dict(schema))[:80]}")
        return body

    def _reference(self, reference: str) -> str:
        key = reference.removeprefix(_REFERENCE)
        if not reference.startswith(_REFERENCE) or key not in self._definitions:
            raise _unsupported(f"the reference {reference!r}")
        name = f"def-{list(self._definitions).index(key) + 1}"
        if name not in self._rules:
            self._rules[name] = ""  # taken, should the definition refer to itself
            self._rules[name] = self._value(self._definitions[key])
        return name

    def _object(self, schema: dict[str, Any]) -> str:
        properties = cast("dict[str, Schema]", schema.pop("properties", {}))
        required = cast("list[str]", schema.pop("required", []))
        if schema.pop("additionalProperties", True) is not False or required != list(properties)[: len(required)]:
            raise _unsupported("an object with additional properties, or optional ones before others")
        if not required and properties:
            raise _unsupported("an object whose properties are all optional")
        gap = self._gap
        members = [
            f'{literal(json.dumps(key, ensure_ascii=False))}{gap}":"{gap}{self._value(value)}'
            for key, value in properties.items()
        ]
        separator = f'{gap}","{gap}'
        optional = [f"({separator.lstrip()}{member})?" for member in members[len(required) :]]
        inside = gap.join([separator.join(members[: len(required)]), *optional])
        return self._define(f'"{{"{gap}{inside}{gap}"}}"')

    def _array(self, schema: dict[str, Any]) -> str:
        item = self._value(schema.pop("items", {}))
        least, most = schema.pop("minItems", 0), schema.pop("maxItems", None)
        gap = self._gap
        if most == 0:
            return self._define(f'"["{gap}"]"')
        more = self._define(f'{gap}","{gap}{item}'.lstrip())
        more += _times(max(least - 1, 0), None if most is None else most - 1)
        items = f"{item} {more}" if least else f"({item} {more})?"
        return self._define(f'"["{gap}{items}{gap}"]"')

    def _string(self, schema: dict[str, Any]) -> str:
        least, most = schema.pop("minLength", 0), schema.pop("maxLength", None)
        if "x-ebnf" in schema:
            return self._define(f'"\\"" {schema.pop("x-ebnf")} "\\""')
        if "pattern" not in schema:
            return self._define(f'"\\"" char{_times(least, most)} "\\""')
        if least or most is not None:
            raise _unsupported("a pattern together with a length")
        matched = self._define(pattern_to_ebnf(schema.pop("pattern"), self._define))
        return self._define(f'"\\"" {matched} "\\""')

    def _define(self, body: str) -> str:
        """The name of a rule for ``body``; equal bodies share one.

        Rules instead of nested brackets, because llama.cpp writes repetitions out and refuses
        brackets that grow too large; a rule counts as one.
        """
        return self._names.setdefault(body, f"part-{len(self._names) + 1}")


def _times(least: int, most: int | None) -> str:
    if most is None:
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    return f"{{{least},{most}}}"


def _either(choices: Iterable[str]) -> str:
    return f"({' | '.join(choices)})"


def _unsupported(what: str) -> GrammarError:
    return GrammarError(
        f"The JSON Schema uses {what}, which engines read differently.",
        "Stay within the part of JSON Schema that engine.grammar.json_schema names.",
    )
