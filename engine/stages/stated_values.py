"""Examples that a request gives in words, of a function that takes one thing: ``120 becomes 21``.

What goes in and what comes out have to be of the types that the function was declared with, so that hardly anything
else is taken for an example. Where a request writes out calls, see :mod:`engine.stages.stated_calls`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.inputs.conform import literal_conforms
from engine.inputs.shapes import NoShape, shape_of
from engine.ir.models import IR
from engine.stages.stated_calls import ENDS, SIGN, value_at

_GIVES = (
    r"(?:(?:should|must|will|would)\s+)?(?:gives?|becomes?|yields?|returns?|turns?\s+into|(?:is|are)\s+turned\s+into"
    r"|results?\s+in)"
)
_IN_TO_OUT = re.compile(rf"`?\s*,?\s*(?:{_GIVES}|{SIGN}|as)\s+(?:the\s+\w+\s+)?`?", re.IGNORECASE)
_OUT_FOR_IN = re.compile(r"`?\s+for\s+(?:the\s+\w+\s+)?`?", re.IGNORECASE)
_EXAMPLE = re.compile(r"(?:\be\.g\.|\bfor (?:example|instance)|\bsuch as|\bso)[,:]?\s+`?\Z", re.IGNORECASE)
"""What goes before an example that says its result first; elsewhere ``3 for 'a'`` is a rule."""

_NUMBER = r"-?\d+(?:\.\d+)?"
_ROW = re.compile(rf"(?<![\w.,-]){_NUMBER}(?:, {_NUMBER})+")
_STARTS = re.compile(r"(?<![\w.])(?=[\[({'\"`\d-]|None\b|True\b|False\b)")

_EMPTY = {
    "list": "[]", "array": "[]", "dict": "{}", "dictionary": "{}", "mapping": "{}", "tuple": "()",
    "string": "''", "text": "''", "line": "''", "word": "''",
}  # fmt: skip
_EMPTY_THING = rf"an?\s+empty\s+({'|'.join(_EMPTY)})\b"
_EMPTY_FIRST = re.compile(
    rf"\b{_EMPTY_THING}\s*,?\s*(?:it\s+|the\s+(?:result|answer)\s+)?(?:{_GIVES}|is)\s+", re.IGNORECASE
)
_EMPTY_LAST = re.compile(rf"\breturns?\s+(?P<value>\S+)\s+(?:for|if\s+given)\s+{_EMPTY_THING}", re.IGNORECASE)
_EMPTY_RESULT = re.compile(_EMPTY_THING, re.IGNORECASE)


def stated_values(request: str, ir: IR) -> list[tuple[str, str]]:
    """The argument and the result, as Python source, of each example that ``request`` gives in words, in order.

    None where the function takes more than one parameter, or one of a type that values cannot be held against.
    """
    if len(ir.signature.parameters) != 1 or ir.signature.parameters[0].name.startswith("*"):
        return []
    try:
        taken, given = shape_of(ir.signature.parameters[0].type_hint), shape_of(ir.signature.returns)
    except NoShape:
        return []
    return [
        (argument, result)
        for argument, result in dict.fromkeys(_pairs(request))
        if literal_conforms(argument, taken) and literal_conforms(result, given)
    ]


def _pairs(request: str) -> Iterator[tuple[str, str]]:
    """What stands side by side as an argument and a result, whatever types they are of."""
    at = 0
    for start in _STARTS.finditer(request):
        if start.end() >= at and (found := _pair(request, start.end())):
            *pair, at = found
            yield pair[0], pair[1]
    yield from _of_nothing(request)


def _pair(request: str, at: int) -> tuple[str, str, int] | None:
    """The argument and the result of the example that begins at ``at``, and where it ends."""
    if (row := _ROW.match(request, at)) and (says := _IN_TO_OUT.match(request, row.end())):
        to = _ROW.match(request, says.end())
        return (f"[{row[0]}]", f"[{to[0]}]", to.end()) if to else None
    first = value_at(request, at)
    if first is None:
        return None
    forwards = _IN_TO_OUT.match(request, first[1])
    backwards = None if forwards or not _EXAMPLE.search(request[:at]) else _OUT_FOR_IN.match(request, first[1])
    says = forwards or backwards
    second = value_at(request, says.end()) if says else None
    if second is None or not ENDS.match(request, second[1]):
        return None
    return (first[0], second[0], second[1]) if forwards else (second[0], first[0], second[1])


def _of_nothing(request: str) -> Iterator[tuple[str, str]]:
    """What the request wants for an empty list or text."""
    for match in _EMPTY_FIRST.finditer(request):
        result = _result(request, match.end())
        if result and ENDS.match(request, result[1]):
            yield _EMPTY[match[1].lower()], result[0]
    for match in _EMPTY_LAST.finditer(request):
        result = value_at(request, match.start("value"))
        if result and result[1] == match.end("value"):
            yield _EMPTY[match[2].lower()], result[0]


def _result(request: str, at: int) -> tuple[str, int] | None:
    if empty := _EMPTY_RESULT.match(request, at):
        return _EMPTY[empty[1].lower()], empty.end()
    return value_at(request, at)
