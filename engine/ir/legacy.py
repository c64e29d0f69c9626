"""Reading the JSON of earlier versions and of the earlier system.

What differed: effects were bare strings, postconditions were called ``assertions``, a parameter's
annotation was called ``type``, every clause carried its own list of ``holes``, absent texts were
``null``, and confidences were unchecked. Nothing is thrown away: what has no place today stays as an
unknown key beside what replaced it.
"""

from __future__ import annotations

import math
from typing import Any, TypeGuard

Json = dict[str, Any]

_SOURCES = frozenset({"human", "agent", "reverse", "verification", "refinement"})
_HOLE_KINDS = frozenset({"intent", "signature", "effect", "assertion", "implementation"})

# Fields of ours that were once written as ``null`` to mean "nothing here".
_ONCE_NULL = frozenset(
    {"assertions", "condition", "confidence", "constraints", "description", "effects", "ensures"}
    | {"evidence", "examples", "holes", "kind", "language", "metadata", "options", "parameters"}
    | {"raises", "rationale", "requires", "returns", "source", "type", "type_hint"}
)

# For each list of clauses: the field that a bare string stands for, and the kind of holes found in it.
_LISTS = {
    "requires": ("predicate", "assertion"),
    "ensures": ("predicate", "assertion"),
    "raises": ("exception", "assertion"),
    "effects": ("description", "effect"),
    "examples": ("call", "assertion"),
}


def upgrade(data: Any) -> Any:
    """Turn older IR JSON into today's shape; anything but a dictionary passes through unchanged.

    Pure and idempotent: ``data`` is never changed, and today's JSON keeps its meaning.
    """
    if not _is_object(data):
        return data
    ir = _without_nulls(data)
    hoisted: list[Any] = []
    if "intent" in ir:
        ir["intent"] = _intent(ir["intent"], hoisted)
    if "signature" in ir:
        ir["signature"] = _signature(ir["signature"], hoisted)
    if _is_list(ir.get("assertions")) and _is_list(ir.get("ensures", [])):
        ir["ensures"] = [*ir.get("ensures", []), *ir.pop("assertions")]
    for field, (bare_field, kind) in _LISTS.items():
        if _is_list(clauses := ir.get(field)):
            ir[field] = [_clause(clause, bare_field, kind, hoisted) for clause in clauses]
    if _is_list(holes := ir.get("holes", [])) and (holes or hoisted):
        ir["holes"] = [*(_hole(hole, "intent") for hole in holes), *hoisted]
    if _is_object(metadata := ir.get("metadata")):
        ir["metadata"] = _without_nulls(metadata)
    return ir


def _intent(value: Any, hoisted: list[Any]) -> Any:
    return _clause(value, "summary", "intent", hoisted)


def _signature(value: Any, hoisted: list[Any]) -> Any:
    if not _is_object(value):
        return value
    signature = _hoist(value, "signature", hoisted)
    if _is_object(returns := signature.get("returns")):
        returns = _hoist(returns, "signature", hoisted)
        annotation = returns.get("type_hint") or returns.get("type")
        if isinstance(annotation, str):
            signature["returns"] = annotation
            signature["returns_details"] = returns
    if _is_list(parameters := signature.get("parameters")):
        signature["parameters"] = [_parameter(parameter, hoisted) for parameter in parameters]
    return signature


def _parameter(value: Any, hoisted: list[Any]) -> Any:
    if not _is_object(value):
        return value
    parameter = _hoist(value, "signature", hoisted)
    if isinstance(parameter.get("type"), str) and "type_hint" not in parameter:
        parameter["type_hint"] = parameter.pop("type")
    return parameter


def _clause(value: Any, bare_field: str, kind: str, hoisted: list[Any]) -> Any:
    if isinstance(value, str):
        return {bare_field: value}
    return _hoist(value, kind, hoisted) if _is_object(value) else value


def _hoist(clause: Json, kind: str, hoisted: list[Any]) -> Json:
    """A tidy copy of ``clause`` whose own list of holes has moved to the end of ``hoisted``."""
    clause = _provenance_in(_without_nulls(clause))
    if _is_list(holes := clause.get("holes")):
        hoisted.extend(_hole(hole, kind) for hole in holes)
        del clause["holes"]
    return clause


def _hole(value: Any, kind: str) -> Any:
    if isinstance(value, str):
        return {"identifier": value, "kind": kind}
    if not _is_object(value):
        return value
    hole = _provenance_in(_without_nulls(value))
    hole.setdefault("kind", kind)
    return _known(hole, "kind", _HOLE_KINDS, kind)


def _provenance_in(clause: Json) -> Json:
    if not _is_object(provenance := clause.get("provenance")):
        return clause
    provenance = _known(_without_nulls(provenance), "source", _SOURCES, "agent")
    if "confidence" in provenance:
        provenance["confidence"] = _clamped(provenance["confidence"])
    return {**clause, "provenance": provenance}


def _known(data: Json, key: str, known: frozenset[str], fallback: str) -> Json:
    """``data`` with a value of ours under ``key``; a word we do not know moves to ``legacy_<key>``."""
    word = data.get(key)
    if not isinstance(word, str) or word in known:
        return data
    if word.lower() in known:
        return {**data, key: word.lower()}
    return {**data, key: fallback, f"legacy_{key}": word}


def _clamped(value: Any) -> Any:
    try:
        number = float(value)
    except OverflowError:  # an integer beyond any float
        return 1.0 if value > 0 else 0.0
    except (TypeError, ValueError):
        return value
    if 0.0 <= number <= 1.0:
        return value
    return 0.0 if math.isnan(number) else min(1.0, max(0.0, number))


def _without_nulls(data: Json) -> Json:
    return {key: value for key, value in data.items() if value is not None or key not in _ONCE_NULL}


def _is_object(value: Any) -> TypeGuard[Json]:
    return isinstance(value, dict)


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)
