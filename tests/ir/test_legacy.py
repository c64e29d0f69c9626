import copy
from typing import Any

import pytest
from hypothesis import given

from engine.ir.legacy import upgrade
from engine.ir.models import IR
from tests.ir.strategies import irs, json_values, legacy_data

OLD: dict[str, Any] = {
    "intent": {
        "summary": "Clamp a value.",
        "rationale": None,
        "holes": [{"identifier": "why", "type_hint": None, "kind": "INTENT", "constraints": {"a": "b"}}],
        "provenance": {"source": "merge", "confidence": 1.7, "author": None, "run": 3},
    },
    "signature": {
        "name": "clamp",
        "parameters": [
            {"name": "value", "type": "int", "description": None},
            {"name": "low", "type_hint": None, "holes": ["low_bound"]},
        ],
        "returns": {"type": "int", "description": "the clamped value"},
        "holes": None,
    },
    "effects": ["none", {"description": "logs", "holes": [{"identifier": "where", "kind": "wild"}]}],
    "assertions": ["low <= value", {"predicate": "result >= low", "rationale": None, "holes": ["strict"]}],
    "ensures": [{"predicate": "True", "provenance": {"confidence": -2}}],
    "holes": ["top"],
    "constraints": [{"type": "budget", "tokens": 5}],
    "metadata": {"language": None, "evidence": [{"file": "a.py", "line": 3}], "tool": "x"},
    "version": "0.9",
}


def test_an_older_ir_is_read() -> None:
    ir = IR.model_validate(OLD)
    assert ir.intent.rationale == ""
    assert [(p.name, p.type_hint) for p in ir.signature.parameters] == [("value", "int"), ("low", "Any")]
    assert ir.signature.returns == "int"
    assert [effect.description for effect in ir.effects] == ["none", "logs"]
    assert [clause.predicate for clause in ir.ensures] == ["True", "low <= value", "result >= low"]
    assert [(hole.identifier, hole.kind) for hole in ir.holes] == [
        ("top", "intent"),
        ("why", "intent"),
        ("low_bound", "signature"),
        ("strict", "assertion"),
        ("where", "effect"),
    ]


def test_what_has_no_place_is_kept() -> None:
    ir = IR.model_validate(OLD)
    kept = IR.model_validate_json(ir.model_dump_json())
    assert kept == ir
    assert ir.model_extra == {"version": "0.9"}
    assert ir.constraints == [{"type": "budget", "tokens": 5}]
    assert ir.metadata.evidence == [{"file": "a.py", "line": 3}]
    assert ir.metadata.model_extra == {"tool": "x"}
    assert ir.signature.model_extra == {"returns_details": {"type": "int", "description": "the clamped value"}}
    assert ir.holes[1].model_extra == {"constraints": {"a": "b"}}
    assert ir.holes[4].model_extra == {"legacy_kind": "wild"}


def test_provenance_is_brought_into_range() -> None:
    ir = IR.model_validate(OLD)
    assert ir.intent.provenance is not None
    assert (ir.intent.provenance.source, ir.intent.provenance.confidence) == ("agent", 1.0)
    assert ir.intent.provenance.model_extra == {"run": 3, "legacy_source": "merge"}
    assert ir.ensures[0].provenance is not None
    assert ir.ensures[0].provenance.confidence == 0.0


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [(float("nan"), 0.0), ("1.5", 1.0), (0.25, 0.25), (10**400, 1.0)],
    ids=["nan", "text", "good", "huge"],
)
def test_confidence(given_value: object, kept: float) -> None:
    data = {"intent": {"summary": "", "provenance": {"confidence": given_value}}, "signature": {"name": "f"}}
    provenance = IR.model_validate(data).intent.provenance
    assert provenance is not None
    assert provenance.confidence == kept


def test_a_missing_return_type_is_none() -> None:
    for signature in ({"name": "f"}, {"name": "f", "returns": None}):
        assert IR.model_validate({"intent": {"summary": ""}, "signature": signature}).signature.returns == "None"


@given(legacy_data)
def test_older_data_is_read_without_loss_of_holes(data: dict[str, Any]) -> None:
    before = copy.deepcopy(data)
    upgraded = upgrade(data)
    assert data == before
    assert upgrade(upgraded) == upgraded
    ir = IR.model_validate(data)
    assert sorted(hole.identifier for hole in ir.holes) == sorted(_hole_names(data))
    assert IR.model_validate_json(ir.model_dump_json()) == ir


@given(json_values)
def test_any_json_passes_through(data: object) -> None:
    before = copy.deepcopy(data)
    for value in (data, {"intent": data, "signature": {"parameters": [data], "returns": data}, "holes": data}):
        upgraded = upgrade(value)
        assert upgrade(upgraded) == upgraded
    assert data == before


@given(irs)
def test_todays_json_keeps_its_meaning(ir: IR) -> None:
    assert IR.model_validate_json(ir.model_dump_json()) == ir
    assert IR.model_validate(ir.model_dump(exclude_none=True)) == ir


def _hole_names(data: Any) -> list[str]:
    """Every hole anywhere, however deep, except in keys we do not know."""
    if isinstance(data, list):
        return [name for item in data for name in _hole_names(item)]
    if not isinstance(data, dict):
        return []
    found = [hole if isinstance(hole, str) else hole["identifier"] for hole in data.get("holes") or []]
    fields = ("intent", "signature", "parameters", "effects", "assertions", "ensures")
    return found + [name for field in fields for name in _hole_names(data.get(field))]
