"""What inputs to try a function with: from its parameters' types, its examples and constants, and the request's own."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from engine.inputs.search import Input, Plan
from engine.inputs.seen import with_seen
from engine.inputs.shapes import NoShape, Shape, filled, shape_of
from engine.inputs.stated_forms import stated_forms
from engine.ir.models import IR, Parameter
from engine.ir.source import parse_expression
from engine.sandbox.trial import Subject
from engine.stages.request_text import said_values
from engine.stages.spec_text import is_plain_call, not_python

INPUTS = 80
"""How many inputs to try. They take about 0.2 s, and more of them hardly ever find more."""

MAX_CONSTANTS = 12
_LARGEST = 1000
_LONGEST = 40
_MOMENTS = frozenset({"date", "datetime", "time", "timedelta"})
_IMPORTS = {"Decimal": "from decimal import Decimal", "Fraction": "from fractions import Fraction"}


def input_plan(ir: IR, tree: ast.Module, subject: Subject) -> Plan:
    """What to search for a function of this signature, whose code is ``tree``.

    Raises:
        NoShape: no inputs can be made for a parameter; the message names it and says why.
    """
    nodes: list[ast.AST] = [tree]
    nodes += [parse_expression(text.strip()) for text in _texts(ir) if not not_python(text)]
    ints, floats, texts = _constants(nodes)
    request = f"{ir.intent.summary} {ir.intent.rationale}"
    quoted, numbers = said_values(request)
    ints |= {int(number) for number in numbers if number.is_integer() and 1 < abs(number) <= _LARGEST}
    floats |= {number for number in numbers if not number.is_integer() and abs(number) <= _LARGEST}
    given = [*stated_forms(request), *(text for text in quoted if len(text) <= _LONGEST)]
    return Plan(
        ir.signature.name,
        [*_inputs(ir)],
        ints=sorted(ints, key=abs)[:MAX_CONSTANTS],
        floats=sorted(floats)[:MAX_CONSTANTS],
        texts=[*dict.fromkeys([*given, *sorted(texts)])][:MAX_CONSTANTS],
        dotted="import datetime" in subject.imports,
        inputs=INPUTS,
    )


def with_input_imports(subject: Subject, plan: Plan) -> Subject:
    """``subject`` with the imports that the plan's calls need beside the specification's own."""
    kinds = {kind for parameter in plan.parameters for kind in parameter.shape.kinds()}
    imports = {*subject.imports, *(statement for kind, statement in _IMPORTS.items() if kind in kinds)}
    if not plan.dotted:
        imports |= {f"from datetime import {kind}" for kind in kinds & _MOMENTS}
    return replace(subject, imports=tuple(sorted(imports)))


def is_vague(ir: IR) -> bool:
    """Whether a parameter's type leaves something open, so that an input may be one nobody meant."""
    try:
        return any("any" in shape_of(parameter.type_hint).kinds() for parameter in ir.signature.parameters)
    except NoShape:
        return True


def _inputs(ir: IR) -> Iterator[Input]:
    seen = _arguments(ir)
    keyword = False
    for parameter in ir.signature.parameters:
        name = parameter.name
        star = name.startswith("*") and not name.startswith("**")
        if name.startswith("**") or name in ("*", "/"):
            keyword = keyword or name == "*"
            continue
        optional = parameter.default is not None
        shape = with_seen(_shape(parameter, seen[name.lstrip("*")]), _alike(ir, parameter, seen))
        yield Input(
            name.lstrip("*"),
            shape,
            keyword=keyword or optional,
            optional=optional,
            star=star,
        )
        keyword = keyword or star


def _alike(ir: IR, parameter: Parameter, seen: Mapping[str, list[ast.expr]]) -> Iterator[ast.expr]:
    """What the examples pass for this parameter, and for others of its type: two lists may have something in common."""
    for other in ir.signature.parameters:
        if other.type_hint == parameter.type_hint:
            yield from seen[other.name.lstrip("*")]


def _shape(parameter: Parameter, seen: list[ast.expr]) -> Shape:
    try:
        return filled(shape_of(parameter.type_hint), seen)
    except NoShape as error:
        raise NoShape(f"no inputs can be made for {parameter.name}: {error}") from None


def _arguments(ir: IR) -> dict[str, list[ast.expr]]:
    """For each parameter, what the examples pass for it."""
    found: dict[str, list[ast.expr]] = defaultdict(list)
    names = [p.name for p in ir.signature.parameters if not p.name.startswith("*") and p.name != "/"]
    for example in ir.examples:
        if not_python(example.call) or not is_plain_call(example.call, ir.signature.name):
            continue
        call = parse_expression(example.call.strip())
        assert isinstance(call, ast.Call)
        for name, value in zip(names, call.args, strict=False):
            found[name].append(value)
        for named in call.keywords:
            if named.arg is not None:
                found[named.arg].append(named.value)
    return found


def _texts(ir: IR) -> Iterator[str]:
    yield from (example.call for example in ir.examples)
    yield from (clause.predicate for clause in (*ir.requires, *ir.ensures))
    yield from (clause.condition for clause in ir.raises if clause.condition.strip())


def _constants(nodes: Iterable[ast.AST]) -> tuple[set[int], set[float], set[str]]:
    """The numbers and short texts in the code and the specification."""
    ints: set[int] = set()
    floats: set[float] = set()
    texts: set[str] = set()
    for node in nodes:
        for child in ast.walk(node):
            match child:
                case ast.Constant(value=bool()):
                    pass
                case ast.Constant(value=int() as value) if 1 < abs(value) <= _LARGEST:
                    ints.add(value)
                case ast.Constant(value=float() as value) if abs(value) <= _LARGEST:
                    floats.add(value)
                case ast.Constant(value=str() as value) if 0 < len(value) <= _LONGEST:
                    texts.add(value)
                case _:
                    pass
    return ints, floats, texts
