import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.ir.diff import apply, diff
from engine.ir.models import IR, Provenance
from engine.ir.text import parse, render
from tests.ir.strategies import ir_pairs, irs

BASE = '''\
def clamp(value: int, low: int, high: int) -> int:
    """Clamp a value."""
    requires(low <= high)
    ensures(low <= result)
    ensures(result <= high)
    ensures(isinstance(result, int))
    effect("none")
    example(clamp(15, 0, 10) == 10)
    hole("nan", kind="signature", type=bool, ask="Reject NaN?", options=["yes", "no"])
'''


@given(ir_pairs())
def test_applying_all_changes_gives_the_new_version(versions: tuple[IR, IR]) -> None:
    old, new = versions
    before = old.model_copy(deep=True)
    assert apply(old, diff(old, new)).content() == new.content()
    assert old == before


@given(irs)
def test_equal_versions_have_no_changes(ir: IR) -> None:
    assert diff(ir, ir.content()) == []
    assert apply(ir, []) == ir


@given(ir_pairs(), st.data())
def test_any_choice_of_changes_gives_an_ir(versions: tuple[IR, IR], data: st.DataObject) -> None:
    old, new = versions
    changes = diff(old, new)
    chosen = [change for change in changes if data.draw(st.booleans())]
    ir = apply(old, data.draw(st.permutations(chosen)))
    assert IR.model_validate(ir.model_dump()) == ir
    assert parse(render(ir)) == ir.content()
    kinds = [change.kind for change in chosen]
    grown = kinds.count("added") - kinds.count("removed")
    assert sum(1 for _ in ir.clauses()) == sum(1 for _ in old.clauses()) + grown


@pytest.mark.parametrize(
    ("before", "after", "kind", "old", "new", "summary"),
    [
        (
            "Clamp a value.",
            "Bound a value.",
            "changed",
            "intent",
            "intent",
            'changed intent("Clamp a value.") to intent(',
        ),
        ("def clamp", "def bound", "changed", "signature", "signature", "changed def clamp -> int to def bound -> int"),
        (") -> int", ") -> float", "changed", "signature", "signature", "to def clamp -> float"),
        (
            "low: int",
            "low: float",
            "changed",
            *(["signature.parameters[1]"] * 2),
            "param(low: int) to param(low: float)",
        ),
        ("value: int", "number: int", "changed", *(["signature.parameters[0]"] * 2), "to param(number: int)"),
        ("low <= high", "low < high", "changed", "requires[0]", "requires[0]", "requires(low <= high) to requires("),
        ("result <= high", "bool(max)", "changed", "ensures[1]", "ensures[1]", "to ensures(bool(max))"),
        ("    ensures(low <= result)\n", "", "removed", "ensures[0]", None, "removed ensures(low <= result)"),
        ("    effect(", '    effect("logs")\n    effect(', "added", None, "effects[0]", 'added effect("logs")'),
        (" == 10)", " == 11)", "changed", "examples[0]", "examples[0]", "to example(clamp(15, 0, 10) == 11)"),
        ('"no"]', '"no", "raise"]', "changed", "holes[0]", "holes[0]", '"raise"]'),
        ("high: int)", "high: int, step: int = 1)", "added", None, "signature.parameters[3]", "param(step: int = 1)"),
    ],
)
def test_one_edit_is_one_change(
    before: str, after: str, kind: str, old: str | None, new: str | None, summary: str
) -> None:
    assert BASE.count(before) == 1
    (change,) = diff(parse(BASE), parse(BASE.replace(before, after)))
    assert (change.kind, change.address_old, change.address_new) == (kind, old, new)
    assert summary in change.summary
    assert "\n" not in change.summary
    assert "provenance" not in {**(change.old or {}), **(change.new or {})}


def test_a_moved_clause_is_one_change() -> None:
    moved = BASE.replace("    ensures(low <= result)\n", "").replace(
        "    effect(", "    ensures(low <= result)\n    effect("
    )
    (change,) = diff(parse(BASE), parse(moved))
    assert (change.kind, change.address_old, change.address_new) == ("moved", "ensures[0]", "ensures[2]")
    assert change.summary == "moved ensures(low <= result) from place 1 to 3"
    assert render(apply(parse(BASE), [change])) == moved


def test_a_clause_edited_and_moved_gives_two_changes() -> None:
    ir = parse(BASE)
    new = ir.model_copy(deep=True)
    first, *rest = new.ensures
    first.rationale = "because"
    new.ensures = [*rest, first]
    changes = diff(ir, new)
    assert [change.kind for change in changes] == ["changed", "moved"]
    assert apply(ir, reversed(changes)) == new
    assert [clause.rationale for clause in apply(ir, changes[:1]).ensures] == ["because", "", ""]
    assert [clause.rationale for clause in apply(ir, changes[1:]).ensures] == ["", "", ""]


def test_untouched_clauses_keep_what_the_text_form_lacks() -> None:
    old = parse(BASE)
    agent, human = Provenance(source="agent", confidence=0.5), Provenance(source="human")
    for _, clause in old.clauses():
        clause.provenance = agent
    old.metadata.origin = "draft"
    edited = parse(BASE.replace("low <= high", "low < high").replace("    effect(", '    effect("logs")\n    effect('))
    ir = apply(old, diff(old, edited), provenance=human)
    human_clauses = {address for address, clause in ir.clauses() if clause.provenance == human}
    assert human_clauses == {"requires[0]", "effects[0]"}
    assert all(clause.provenance == agent for address, clause in ir.clauses() if address not in human_clauses)
    assert ir.metadata.origin == "draft"


def test_changes_of_another_version_are_refused() -> None:
    ir = parse(BASE)
    changes = diff(ir, parse(BASE.replace('    effect("none")\n', "")))
    smaller = apply(ir, changes)
    with pytest.raises(UsageError, match=r"no effects\[0\]"):
        apply(smaller, changes)


def test_changes_survive_json() -> None:
    changes: list[Any] = [asdict(change) for change in diff(parse(BASE), parse(BASE.replace("low <= high", "True")))]
    assert json.loads(json.dumps(changes)) == changes
