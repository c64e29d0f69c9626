"""Examples that a request writes out: ``f(2) == 4``, ``f([]) -> None``, ``Input: n = 2, Output: 4``.

Programmers write them in many ways, and a small model copies only some of them, or copies them wrong. What is read
here is what the person says, word for word; anything that is not plainly a call and its result is left alone.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from engine.grammar.python.examples import CONSTRUCTORS
from engine.ir.source import NOT_PYTHON, parse_expression

MOST = 12
"""Examples read from one request; a specification with more of them is a table that nobody reads."""

_CALL = re.compile(r"(?<![\w.])(?P<name>[A-Za-z_]\w*)\(")
_BRACKETS = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|[\[({]|[\])}]")
_OPENING = re.compile(rf"(?:{'|'.join(CONSTRUCTORS)})\(|[\[({{]")
_TEXT = re.compile(r"[rb]?(?:'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")")
_WORD = re.compile(r"[-+]?(?:\d[\w.]*\w|\d|inf\b)|(?:None|True|False|none|true|false|null)\b")
_PYTHON = {"none": "None", "null": "None", "true": "True", "false": "False"}
"""Values as other languages write them."""

SIGN = r"(?:={1,3}>?|-{1,2}>|[→➞➔⇒:])"
_SAYS = (
    r"(?:(?:should|must|will|would)\s+)?(?:be|is|equals?|returns?|returning|gives?|yields?|produces?|outputs?"
    r"|evaluates?\s+to|results?\s+in)(?:\s+the\s+(?:list|string|text|number|value|tuple|dict|dictionary|set))?"
)
_OUTPUT = rf"(?:the\s+)?(?:expected\s+)?(?:output|result|answer|function|return\s+value)(?:\s+{_SAYS})?\s*{SIGN}?"
_AFTER_CALL = re.compile(rf"`?\s*(?:,?\s*(?:it\s+)?{_SAYS}|{SIGN})\s*`?")
_AFTER_INPUT = re.compile(rf"`?[\s,.;]*(?:{_OUTPUT}|(?:it\s+)?{_SAYS}\s*{SIGN}?|{SIGN})\s*`?", re.IGNORECASE)
_PRINTS = re.compile(r"[ \t]*(?:#[^\n]*)?\n[ \t]*")
"""What stands between a call after ``>>>`` and its result."""
_SILENT = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n[ \t]*(?=\n|>>>)|\s*\Z)")
"""What follows a call after ``>>>`` that prints nothing, and so returns None."""
_RAISES = re.compile(r"`?\s*(?:should\s+|must\s+)?(?:raises?|throws?)\s+(?:an?\s+|the\s+)?`?(?P<name>[A-Z]\w*)")
ENDS = re.compile(r"`?[ \t]*(?:$|[\n,;)#]|\.(?!\w)|(?<=\s)\(|(?:and|but|because|since|while|whereas)\b)")
"""What may follow a result; ``f(4) returns 2 more than f(2)`` states none."""

_BARE_INPUT = re.compile(r"\binputs?\s*:\s*", re.IGNORECASE)
_INPUT = re.compile(r"(?<![\w.'\"])(?P<name>[A-Za-z_]\w*)\s*=\s*(?!=)")
_NEXT_INPUT = re.compile(r"\s*(?:,|\band\b)\s*(?:and\s+)?")


@dataclass(frozen=True, slots=True)
class StatedCall:
    """One example of a request.

    Args:
        name: of the function that is called; empty where the request only gives the values of parameters.
        args: what stands between the call's parentheses, as Python.
        result: the result, or the name of an exception, as Python.
        start, end: where in the request it stands, in characters.
    """

    name: str
    args: str
    result: str
    start: int
    end: int


def stated_calls(request: str, name: str, parameters: Sequence[str] = ()) -> list[StatedCall]:
    """The examples that ``request`` gives of the function ``name``, in its order.

    Args:
        parameters: of the function, to read ``For n = 2 the output is 4`` with.
    """
    found = [call for call in _calls(request) if call.name == name]
    if parameters:
        taken = [(call.start, call.end) for call in found]
        found += [
            call
            for call in _inputs(request, parameters)
            if not any(start < call.end and call.start < end for start, end in taken)
        ]
    if any(_is_tuple(call.result) for call in found):
        found = [replace(call, result=_as_tuple(call.result)) for call in found]
    unique = {(call.args, call.result): call for call in sorted(found, key=lambda call: -call.start)}
    return sorted(unique.values(), key=lambda call: call.start)[:MOST]


def most_called(request: str) -> tuple[str, int]:
    """The function that the request gives most examples of, and how many these are; builtins do not count."""
    counted = Counter(call.name for call in _calls(request) if not hasattr(builtins, call.name))
    return max(counted.items(), key=lambda item: item[1], default=("", 0))


def without(request: str, calls: Collection[StatedCall]) -> str:
    """The request without some of its examples."""
    rest = request
    for call in sorted(calls, key=lambda call: -call.start):
        rest = rest[: call.start] + rest[call.end :]
    return rest


@lru_cache(maxsize=8)
def _calls(request: str) -> tuple[StatedCall, ...]:
    """Remembered, because it is asked for with every piece of a draft that streams."""
    return tuple(_read(request))


def _read(request: str) -> Iterator[StatedCall]:
    for match in _CALL.finditer(request):
        close = _closed(request, match.end() - 1)
        if close is None:
            continue
        args = " ".join(request[match.end() : close - 1].split("\n")).strip()
        prompt = request[: match.start()].endswith(">>> ")
        if not (_is_plain_call(args) and (args or prompt)):
            continue
        if raising := _RAISES.match(request, close):
            yield StatedCall(match["name"], args, raising["name"], match.start(), raising.end())
            continue
        says = _AFTER_CALL.match(request, close) or (_PRINTS.match(request, close) if prompt else None)
        value = value_at(request, says.end()) if says else None
        if value and ENDS.match(request, value[1]):
            yield StatedCall(match["name"], args, value[0], match.start(), value[1])
        elif not value and prompt and _SILENT.match(request, close):
            yield StatedCall(match["name"], args, "None", match.start(), close)


def _inputs(request: str, parameters: Sequence[str]) -> Iterator[StatedCall]:
    """Examples that give the values of parameters: ``Input: arr = [3, 1], k = 1`` and then ``Output: [3]``."""
    at = 0
    for match in sorted([*_INPUT.finditer(request), *_BARE_INPUT.finditer(request)], key=lambda match: match.start()):
        if match.start() < at:
            continue
        bare = match.re is _BARE_INPUT
        given = _unnamed(request, match.end(), parameters) if bare else _named(request, match.start(), parameters)
        if not given:
            continue
        args, end = given
        if (says := _AFTER_INPUT.match(request, end)) and (value := value_at(request, says.end())):
            result, stop = value
            if ENDS.match(request, stop):
                yield StatedCall("", args, result, match.start(), stop)
                at = stop


def _named(request: str, at: int, parameters: Sequence[str]) -> tuple[str, int] | None:
    """``n = 2, k = 1`` as arguments, and where it ends; None unless it names every parameter once."""
    given: dict[str, str] = {}
    end = at
    while (one := _INPUT.match(request, at)) and one["name"] in parameters and (value := value_at(request, one.end())):
        given[one["name"]], end = value
        more = _NEXT_INPUT.match(request, end)
        at = more.end() if more else len(request)
    return (", ".join(given[name] for name in parameters), end) if len(given) == len(parameters) else None


def _unnamed(request: str, at: int, parameters: Sequence[str]) -> tuple[str, int] | None:
    """``2, 1`` as arguments, and where it ends; None unless there is one for every parameter."""
    given: list[str] = []
    end = at
    while value := value_at(request, at):
        given.append(value[0])
        end = value[1]
        more = _NEXT_INPUT.match(request, end)
        at = more.end() if more else len(request)
    return (", ".join(given), end) if len(given) == len(parameters) else None


def value_at(text: str, at: int) -> tuple[str, int] | None:
    """The literal that begins at ``at``, as Python, and where it ends; None where there is none."""
    if opening := _OPENING.match(text, at):
        end = _closed(text, opening.end() - 1)
    else:
        word = _TEXT.match(text, at) or _WORD.match(text, at)
        end = word.end() if word else None
    if end is None:
        return None
    said = " ".join(text[at:end].split("\n"))
    value = _PYTHON.get(said, said)
    try:
        plain = _is_value(parse_expression(value))
    except NOT_PYTHON:
        return None
    return (value, end) if plain else None


def _closed(text: str, at: int) -> int | None:
    """Behind the bracket that closes the one at ``at``."""
    depth = 0
    for match in _BRACKETS.finditer(text, at):
        depth += {"[": 1, "(": 1, "{": 1, "]": -1, ")": -1, "}": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    return None


def _is_tuple(result: str) -> bool:
    return isinstance(parse_expression(result), ast.Tuple)


def _as_tuple(result: str) -> str:
    """``("a")`` as the tuple that is meant where other results are tuples."""
    return result if not result.startswith("(") or _is_tuple(result) else f"{result[:-1]},)"


def _is_plain_call(args: str) -> bool:
    """Whether a call with these arguments passes nothing but values."""
    try:
        call = parse_expression(f"f({args})")
    except NOT_PYTHON:
        return False
    return isinstance(call, ast.Call) and _are_values(call)


def _are_values(call: ast.Call) -> bool:
    named = [keyword.value for keyword in call.keywords if keyword.arg is not None]
    return len(named) == len(call.keywords) and all(map(_is_value, [*call.args, *named]))


def _is_value(node: ast.expr) -> bool:
    """Whether ``node`` is a literal, or made of literals by a class that an example may name."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in CONSTRUCTORS and _are_values(node)
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return all(map(_is_value, items))
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and _is_value(key) for key in keys) and all(map(_is_value, values))
        case _:
            try:
                ast.literal_eval(node)
            except (TypeError, *NOT_PYTHON):
                return False
            return True
