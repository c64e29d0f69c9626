"""Hypothesis strategies for drafts: everything the draft's grammar lets a model say."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from engine.stages.draft_wire import (
    EXCEPTION_PATTERN,
    NAME_PATTERN,
    DraftWire,
    WireExample,
    WireHole,
    WireParameter,
    WireRaises,
)

_WORDS = ["from_", "from", "class", "is", "in", "not", "lambda", "await", "yield", "min", "max", "list", "str", "int"]
_WORDS += ["result", "value", "low", "high", "f", "text", "x", "len", "sum", "print", "sorted", "isinstance"]
_SIGNS = ["None", "True", "(", ")", "[", "]", "{", "}", "<", "<=", "==", ",", ".", ":", "=", "+", "-", "'a'", "1"]
_SIGNS += ["for", "if", "else", "and", "or", ":=", "*", "**", "f'{x}'", "#", "\\", "é", "≤", ";", "!", '"', "`", "\n"]

names = st.sampled_from(_WORDS) | st.from_regex(NAME_PATTERN, fullmatch=True)
exceptions = st.sampled_from(["ValueError", "Valueerror", "EmptyListError"]) | st.from_regex(
    EXCEPTION_PATTERN, fullmatch=True
)
expressions = st.one_of(
    st.lists(st.sampled_from([*_WORDS, *_SIGNS]), max_size=14).map(" ".join),
    st.text(max_size=200),
    st.sampled_from(
        [
            "result >= 0",
            "min <= result",
            "size is negative",
            "all(x > 0 for x in list)",
            "from < 3",
            "(" * 100 + ")" * 100,
            "-" * 199 + "1",
            "1), f(2",
            "f(x=1, from=2)",
        ]
    ),
)
_PLAIN = ["int", "str", "list", "dict", "None", "Any", "Callable", "Literal", "Optional"]
_ODD = ["strng", "string", "Point", "Node", "T", "np.array", "a.", "a..b"]
_atoms = st.sampled_from(_PLAIN + _ODD) | st.from_regex("[A-Za-z][A-Za-z_.]{0,30}", fullmatch=True)


def _types(depth: int) -> st.SearchStrategy[str]:
    if not depth:
        return _atoms
    inner = st.lists(_types(depth - 1), min_size=1, max_size=3)
    tail = st.sampled_from(["", ", ...", ",..."])
    nested = st.builds(lambda atom, items, end: f"{atom}[{', '.join(items)}{end}]", _atoms, inner, tail)
    return st.lists(_atoms | nested, min_size=1, max_size=3).map(" | ".join)


types = _types(2)


def _few(strategy: st.SearchStrategy[Any], least: int, most: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, min_size=least, max_size=most)


drafts = st.builds(
    DraftWire,
    summary=st.text(max_size=200),
    name=names,
    parameters=_few(st.builds(WireParameter, name=names, type=types), 0, 8),
    returns=types,
    rules=_few(st.text(max_size=200), 0, 8),
    raises=_few(st.builds(WireRaises, exception=exceptions, condition=expressions), 0, 4),
    effects=_few(st.text(max_size=80), 0, 3),
    examples=_few(st.builds(WireExample, args=expressions, result=expressions), 1, 3),
    ensures=_few(expressions, 0, 3),
    holes=_few(st.builds(WireHole, ask=st.text(max_size=20), options=_few(st.text(max_size=8), 2, 4)), 0, 3),
)
