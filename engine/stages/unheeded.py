"""What a request says and its code shows no trace of.

A small model leaves out what a request says in passing, such as "ignoring case", in all its answers alike, so that no
other answer and no example of its own shows it. Some words cannot be heeded without something that can be seen in the
code, though. Of 529 different answers to 131 requests, 13 of the 243 wrong ones show no trace of such words, and none
of the 286 right ones. The same holds for parameters: of 1,120 answers, 10 of the 435 wrong ones leave one unused.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.stages.request_text import sentences, without_quotes

_DAY = r"(?:week(?:day|end)|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b"
_LIMIT = re.compile(r"\b(?:at most|no more than|not more than|a maximum of|capped at)\s+(\d+)\b", re.IGNORECASE)


_IDLE = re.compile(
    r"\b(?:unused|(?:not|never) used|compatib\w+)\b|\bignor\w+ [^.;]{0,20}\b(?:argument|parameter)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Trace:
    """Words, and what code that heeds them has: a name, a pattern in a text of its own, or a test for a value; and a
    name that it does not have.
    """

    words: re.Pattern[str]
    names: frozenset[str]
    texts: re.Pattern[str] | None = None
    tests: bool = False
    spoilt_by: str = ""


_TRACES = (
    _Trace(
        re.compile(
            r"\bignor\w*\s+(?:the\s+)?case\b|\bcase(?:\s+is\s+ignored|[- ]insensitiv\w*)\b|\bregardless of case\b"
            r"|\b(?:upper|lower)[- ]?(?:case)?\b[^.;]{0,50}\b(?:the same|equal)\b|\bin (?:lower|upper)[- ]?case\b",
            re.IGNORECASE,
        ),
        frozenset(
            {"I", "IGNORECASE", "ascii_lowercase", "ascii_uppercase", "capitalize", "casefold", "islower", "isupper"}
            | {"lower", "swapcase", "title", "upper"}
        ),
        re.compile(r"\(\?i\)"),
    ),
    _Trace(
        re.compile(
            r"\b(?:surrounding|leading|trailing)\s+(?:white)?spaces?\b|\b(?:white)?spaces?\s+around\b"
            r"|\btrim(?:s|med|ming)?\s+(?:white)?spaces?\b|\b(?:white)?spaces?\s+trimmed\b",
            re.IGNORECASE,
        ),
        frozenset(["float", "isspace", "lstrip", "rstrip", "split", "strip"]),
        re.compile(r"\\s"),
    ),
    _Trace(
        re.compile(
            r"\bNone (?:entries|values?|items?)\b|\b(?:skip\w*|ignor\w+|leav\w+ out)\b[^.;]*\bNone\b", re.IGNORECASE
        ),
        frozenset(["filter", "isinstance", "type"]),
        tests=True,
    ),
    _Trace(
        re.compile(rf"\b{_DAY}[^.;]*\bdates?\b|\bdates?\b[^.;]*\b{_DAY}", re.IGNORECASE),
        frozenset({"busday_count", "ctime", "day_abbr", "day_name", "isocalendar", "isoweekday", "monthcalendar"})
        | {"monthrange", "strftime", "toordinal", "weekday"},
        re.compile(rf"%[aAuw]|{_DAY}", re.IGNORECASE),
    ),
    _Trace(
        re.compile(r"\b(?:float(?:ing)?[- ]point|rounding) errors?\b", re.IGNORECASE),
        frozenset(["Decimal", "Fraction", "fsum", "int", "isclose", "round"]),
    ),
    _Trace(
        re.compile(r"\bexact(?:ly)?\b[^.;]{0,20}\btypes?\b|\b(?:different|distinct) types\b", re.IGNORECASE),
        frozenset(["__class__", "type"]),
        spoilt_by="isinstance",  # a bool is an instance of int
    ),
)


@dataclass(slots=True)
class _Seen:
    """What can be seen in the bodies of a module's functions."""

    names: set[str] = field(default_factory=set[str])
    texts: list[str] = field(default_factory=list[str])
    numbers: set[float] = field(default_factory=set[float])
    tests: bool = False


def unheeded(request: str, tree: ast.Module) -> list[str]:
    """The sentences of ``request`` with words that the module ``tree`` shows no trace of, each once and in order."""
    seen = _seen(tree)
    return [sentence for sentence in sentences(request) if _missed(without_quotes(sentence), seen)]


def unused(request: str, tree: ast.Module, name: str) -> list[str]:
    """The parameters that the function ``name`` of the module ``tree`` makes no use of, in order.

    None where ``request`` says that something is ignored or unused, or where the function does nothing but raise.
    """
    function = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name), None)
    body = _body(function) if function else []
    if function is None or _IDLE.search(request) or all(isinstance(each, ast.Raise) for each in body):
        return []
    names = (node for each in body for node in ast.walk(each) if isinstance(node, ast.Name))
    used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    parameters = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return [each.arg for each in parameters if each.arg not in used]


def _missed(sentence: str, seen: _Seen) -> bool:
    for trace in _TRACES:
        found = trace.names & seen.names or (trace.tests and seen.tests)
        found = found or (trace.texts and any(map(trace.texts.search, seen.texts)))
        if (not found or trace.spoilt_by in seen.names) and trace.words.search(sentence):
            return True
    limits = [match[1] for match in _LIMIT.finditer(sentence)]
    return any(float(limit) not in seen.numbers and not any(limit in text for text in seen.texts) for limit in limits)


def _seen(tree: ast.Module) -> _Seen:
    seen = _Seen()
    for node in _bodies(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                seen.names.add(name)
            case ast.Constant(value=str(text)):
                seen.texts.append(text)
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int() | float() as number):
                seen.numbers.add(float(number))
            case ast.Compare(comparators=others):
                seen.tests |= any(isinstance(other, ast.Constant) and other.value is None for other in others)
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                seen.tests |= _is_plain(test)
            case ast.comprehension(ifs=tests):
                seen.tests |= any(map(_is_plain, tests))
            case ast.BoolOp(values=values):
                seen.tests |= any(map(_is_plain, values))
            case _:
                pass
    return seen


def _is_plain(test: ast.expr) -> bool:
    """Whether a value itself is tested, which is false for None."""
    operand = test.operand if isinstance(test, ast.UnaryOp) else test
    return isinstance(operand, ast.Name | ast.Subscript | ast.Attribute)


def _bodies(tree: ast.Module) -> Iterator[ast.AST]:
    """All that is in the bodies of the functions but for docstrings; headers are the specification's."""
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            for statement in _body(function):
                yield from ast.walk(statement)


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    return function.body[bool(ast.get_docstring(function)) :]
