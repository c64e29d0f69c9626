"""Hypothesis strategies for IRs: plausible ones, odd ones, and older JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from engine.ir.models import (
    IR,
    Assertion,
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

any_text = st.text(max_size=20)
prose = st.one_of(
    any_text,
    st.sampled_from(
        [
            "Clamp a value.",
            'Say "hi"',
            '"""',
            'ends with "',
            "back\\slash",
            "ends with \\",
            "two\nlines",
            "a paragraph\n\nand another",
            "  indented\n    more",
            "tab\there",
            "form\x0cfeed",
            "carriage\rreturn",
            "crlf\r\nends",
            "nul\0byte",
            "line\u2028separator",
            "right\u202eto left",
            "Ærø 👩‍🚀 ﬁ",
            "# no comment",
            "{braces} %s",
            "\ufeffbom",
            "\n",
            " ",
        ]
    ),
)
names = st.one_of(
    st.sampled_from(
        ["value", "low", "class", "None", "_", "match", "x", "", "my name", "2nd", "ﬁ", "été", "e\u0301", "a.b"]
    ),
    st.sampled_from(["class_", "unnamed", "x_2", "result", "list", "__debug__", "*args", "𝕏"]),
    any_text,
)

_atoms = st.sampled_from(
    ["x", "value", "result", "0", "-1", "1.5e3", "'a'", '"b"', "None", "[]", "(1, 2)", "{'k': 1}", "len(x)"]
) | st.sampled_from(
    ["f'{x!r:>{y}}'", "r'\\d'", "b'x'", "x[1:2]", "x.y", "()", "'é'", "'''t'''", "ℌ", "await x", "(yield)"]
)
_operations = st.one_of(
    st.sampled_from(["{} == {}", "{} < {}", "{} and {}", "not {}", "({})", "(({}))", "{} if {} else {}"]),
    st.sampled_from(["lambda a, b=1: {}", "[{} for i in {}]", "({} for i in x)", "f({}, k={})", "{}[{}]"]),
    st.sampled_from(["{} == {} == {}", "{} is {}", "{}  +  {}", "all({} for i in x)", "{} 'a' 'b'", "- - {}"]),
    st.sampled_from(["{}, {}", "(y := {})", "y := {}", "*{}", "{} = {}", "f({} for i in x)", "{}:{}"]),
    st.sampled_from([" {}", "{} ", "{} # c", "{}\n+ {}", "{}\\\n", "{}) + ({}", "{}; {}", "lambda: {}"]),
)


def _fill(draw: Any, depth: int) -> str:
    if depth == 0 or draw(st.integers(0, 2)) == 0:
        return draw(_atoms)
    template: str = draw(_operations)
    for _ in range(template.count("{}")):
        template = template.replace("{}", _fill(draw, depth - 1).replace("{}", "()"), 1)
    return template


@st.composite
def expressions(draw: Any) -> str:
    """Source text that is often, but not always, an expression."""
    return _fill(draw, 2)


codes = st.one_of(expressions(), expressions(), prose)
hints = st.one_of(
    st.sampled_from(["int", "Any", "list[int]", "dict[str, int | None]", "Callable[[int], str]", "Literal['a']"]),
    st.sampled_from(["'Node'", "array of int", "", "int  |  None", "lambda: 0"]),
    codes,
)
provenances = st.none() | st.builds(
    Provenance,
    source=st.sampled_from(["human", "agent", "reverse"]),
    confidence=st.floats(0, 1),
    timestamp=st.none() | st.just(datetime(2026, 1, 2, tzinfo=UTC)),
)


def _few(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, max_size=3)


def _clause(model: type, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(model, provenance=provenances, **fields)


parameters = _clause(Parameter, name=names, type_hint=hints, description=st.just("") | prose, default=st.none() | codes)
irs: st.SearchStrategy[IR] = st.builds(
    IR,
    intent=_clause(Intent, summary=prose, rationale=st.just("") | prose),
    signature=_clause(Signature, name=names, parameters=_few(parameters), returns=hints),
    requires=_few(_clause(Assertion, predicate=codes, rationale=st.just("") | prose)),
    ensures=_few(_clause(Assertion, predicate=codes, rationale=st.just("") | prose)),
    raises=_few(_clause(Raises, exception=codes, condition=st.just("") | codes)),
    effects=_few(_clause(Effect, description=prose)),
    examples=_few(_clause(Example, call=codes, result=codes)),
    holes=_few(
        _clause(
            TypedHole,
            identifier=names,
            kind=st.sampled_from(["intent", "signature", "effect", "assertion", "implementation"]),
            type_hint=hints,
            description=st.just("") | prose,
            options=_few(prose),
        )
    ),
    metadata=st.builds(Metadata, origin=st.none() | prose),
    constraints=_few(any_text),
    unknown=any_text,
)
"""Any IR at all, with provenance, metadata and unknown keys."""

_small_irs = st.builds(
    IR,
    intent=st.builds(Intent, summary=st.sampled_from(["Clamp.", "Sort."])),
    signature=st.builds(
        Signature,
        name=st.sampled_from(["f", "g"]),
        returns=st.sampled_from(["int", "str"]),
        parameters=st.lists(
            st.builds(
                Parameter,
                name=st.sampled_from(["a", "b", "c", "d"]),
                type_hint=st.sampled_from(["int", "str"]),
                default=st.sampled_from([None, "0"]),
                provenance=provenances,
            ),
            max_size=4,
        ),
    ),
    ensures=st.lists(
        st.builds(
            Assertion,
            predicate=st.sampled_from(["a < b", "a <= b", "result > 0", "len(result) == 3", "b < c", "True"]),
            rationale=st.sampled_from(["", "because"]),
            provenance=provenances,
        ),
        max_size=6,
    ),
    effects=_few(st.builds(Effect, description=st.sampled_from(["none", "prints", "writes a file"]))),
    holes=_few(st.builds(TypedHole, identifier=st.sampled_from(["p", "q"]), options=_few(st.just("yes")))),
)


@st.composite
def ir_pairs(draw: Any) -> tuple[IR, IR]:
    """Two IRs that have something in common: an old and a new version."""
    source = draw(st.sampled_from([_small_irs, irs]))
    old, new = draw(source), draw(source)
    for field in ("requires", "ensures", "raises", "effects", "examples", "holes"):
        if draw(st.booleans()):
            shared = [*getattr(old, field), *getattr(new, field)]
            setattr(new, field, draw(st.permutations(shared))[: draw(st.integers(0, 5))])
    return old, new


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-3, 3) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def _legacy_clause(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "rationale": st.none() | prose,
        "holes": st.none() | _few(_legacy_holes),
        "provenance": st.none() | _legacy_provenances,
        "extra": json_values,
    }
    return st.fixed_dictionaries(fields, optional={k: v for k, v in optional.items() if k not in fields})


_legacy_holes = prose | st.fixed_dictionaries(
    {"identifier": prose},
    optional={
        "type_hint": st.none() | prose,
        "description": st.none() | prose,
        "kind": st.sampled_from(["intent", "INTENT", "question"]),
        "constraints": st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
    },
)
_legacy_provenances = st.fixed_dictionaries(
    {},
    optional={
        "source": st.sampled_from(["human", "AGENT", "merge"]),
        "confidence": st.none() | st.floats(-2, 2) | st.integers(-3, 300) | st.just("0.5"),
        "author": st.none() | st.just("ada"),
    },
)
legacy_data: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "intent": _legacy_clause(summary=prose),
        "signature": _legacy_clause(
            name=names,
            parameters=_few(
                st.one_of(
                    _legacy_clause(name=names, type=prose),
                    _legacy_clause(name=names, type_hint=st.none() | prose, description=st.none() | prose),
                )
            ),
            returns=st.none() | prose | st.fixed_dictionaries({"type": prose}),
        ),
    },
    optional={
        "effects": st.none() | _few(prose | _legacy_clause(description=prose)),
        "assertions": st.none() | _few(prose | _legacy_clause(predicate=prose)),
        "ensures": _few(_legacy_clause(predicate=prose)),
        "holes": st.none() | _few(_legacy_holes),
        "constraints": st.none() | _few(json_values),
        "metadata": st.none()
        | st.fixed_dictionaries({"evidence": st.none() | _few(json_values)}, optional={"language": st.none()}),
        "unknown": json_values,
    },
)
"""JSON as the earlier system wrote it."""
