"""A rewritten draft becomes the specification again, and only what really changed is a change."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from engine import prompts
from engine.grammar.json_schema import json_schema_grammar
from engine.grammar.verifier import Verifier
from engine.ir.models import Provenance
from engine.ir.text import parse, render
from engine.ir.validate import validate
from engine.stages.draft_wire import from_ir, json_schema
from engine.stages.refine_wire import merged, proposed_changes, read_draft, refine_schema
from tests.ir.strategies import irs
from tests.stages.drafts import drafts

SPEC = '''\
def clamp(value: int, low: int = 0, high: int = 10, mode: Literal["hard", "soft"] = "hard") -> int:
    """Clamp a value.

    First rule.

    Second rule.
    """
    param(value, "the value")
    requires(low <= high, "bounds are ordered")
    ensures(low <= result <= high, "inside")
    raises(TypeError)
    effect("prints")
    example(clamp(15, 0, 10) == 10)
    example(clamp(5, 0, 10) + 1 == 6)
    example(clamp(5) == 5)
    example(clamp(6) == 6)
    example(clamp(7) == 7)
    hole("nan", kind="signature", type=bool, ask="Should NaN be rejected?", options=["yes", "no"])
    hole("unasked", type=int)
'''
BASE = parse(SPEC)


def answered(base=BASE, **changes):
    """The model's answer: the draft it was told, with some keys changed."""
    return read_draft(json.dumps(from_ir(base) | changes))


def after(base=BASE, **changes):
    return merged(base, answered(base, **changes))


def summaries(base=BASE, **changes):
    return [proposed.change.summary for proposed in proposed_changes(base, after(base, **changes))]


def test_the_same_draft_is_the_same_specification():
    assert after() == BASE
    assert summaries() == []


@given(ir=irs)
def test_copying_what_it_was_told_never_changes_a_clause_a_person_wrote(ir):
    assert merged(ir, answered(ir)).holes == ir.holes
    assert merged(ir, answered(ir)).ensures == ir.ensures
    assert merged(ir, answered(ir)).effects == ir.effects


@given(wire=drafts)
def test_whatever_the_model_answers_becomes_a_specification(wire):
    base = parse('def f(x: int) -> int:\n    """F."""\n    ensures(result > x)\n    example(f(1) == 2)\n')
    new = merged(base, wire)
    assert parse(render(new)) == new.content()
    kept = {id(clause) for _, clause in base.clauses()}
    clauses = dict(new.clauses())
    wrong = [p.address for p in validate(new) if p.severity == "error"]
    assert [address for address in wrong if id(clauses[address]) not in kept] == []


def test_every_base_can_be_said_again_and_added_to():
    said = prompts.compact_json(from_ir(BASE) | {"ensures": ["a", "b", "low <= result <= high"][1:]})
    verifier = Verifier(json_schema_grammar("the specification", refine_schema(BASE, "also clamp floats")))
    verifier.accept(said)
    verifier.finish()


def test_a_draft_that_fits_needs_no_wider_schema_but_its_name():
    base = parse('def f(x: int) -> int:\n    """F."""\n    example(f(1) == 1)\n')
    schema = refine_schema(base, "also accept None")
    assert schema["properties"].pop("name") == {"enum": ["f"]}
    plain = json_schema()
    del plain["properties"]["name"]
    assert schema == plain


@pytest.mark.parametrize(
    ("instruction", "pinned"),
    [
        ("also accept None", True),
        ("rename value to x", True),
        ("call it limit", False),
        ("rename the function to limit", False),
        ("the name of the function is limit", False),
    ],
)
def test_the_function_keeps_its_name_unless_that_is_asked_for(instruction, pinned):
    assert ("enum" in refine_schema(BASE, instruction)["properties"]["name"]) == pinned


def test_what_is_worded_or_laid_out_differently_is_no_change():
    told = from_ir(BASE)
    examples = [{**e, "args": e["args"].replace(", ", ",")} for e in told["examples"]]
    rules = [rule.rstrip(".") for rule in told["rules"]]
    assert summaries(summary="clamp a value", ensures=["(low<=result<=high)"], examples=examples, rules=rules) == []


def test_text_inside_literals_is_never_a_matter_of_layout():
    base = parse('def f(text: str) -> str:\n    """F."""\n    example(f(\'a, b\') == \'A\')\n')
    assert len(summaries(base, examples=[{"args": "'a,b'", "result": "'A'"}])) == 1
    assert len(summaries(base, examples=[{"args": "'a, b'", "result": "'a'"}])) == 1


def test_a_new_rule_is_a_change_of_the_intent_only():
    (change,) = proposed_changes(BASE, after(rules=[*from_ir(BASE)["rules"], "Third rule."]))
    assert change.change.address_old == "intent"
    assert change.change.new["rationale"].endswith("Second rule.\nThird rule.")


def test_a_type_changes_and_the_default_and_the_description_stay():
    told = from_ir(BASE)["parameters"]
    new = after(parameters=[{"name": "value", "type": "int | None"}, {"name": "low", "type": "float"}, *told[2:]])
    value, low = new.signature.parameters[:2]
    assert (value.type_hint, value.description) == ("int | None", "the value")
    assert (low.type_hint, low.default) == ("float", "0")
    assert new.signature.parameters[2:] == BASE.signature.parameters[2:]


def test_a_renamed_parameter_is_the_same_parameter():
    told = from_ir(BASE)
    rules = [rule.replace("value: the value", "x: the number") for rule in told["rules"]]
    new = after(parameters=[{"name": "x", "type": "int"}, *told["parameters"][1:]], rules=rules)
    assert (new.signature.parameters[0].name, new.signature.parameters[0].description) == ("x", "the number")
    assert new.intent == BASE.intent


def test_the_examples_of_a_renamed_function_call_it_by_its_new_name():
    base = parse('def f(x: int) -> int:\n    """F."""\n    example(f(1) == 1)\n')
    new = after(base, name="g", examples=[{"args": "1", "result": "1"}, {"args": "2", "result": "2"}])
    assert new.signature.name == "g"
    assert [e.call for e in new.examples] == ["g(1)", "g(2)"]


def test_a_precondition_is_told_as_a_rule_and_comes_back_from_one():
    rules = [rule.replace("low <= high", "low < high") for rule in from_ir(BASE)["rules"]]
    new = after(rules=rules)
    assert [(a.predicate, a.rationale) for a in new.requires] == [("low < high", "bounds are ordered")]
    assert new.intent == BASE.intent
    assert after(rules=[rule for rule in rules if not rule.startswith("Assume")]).requires == []


def test_an_assumption_that_is_no_expression_is_a_rule():
    new = after(rules=[*from_ir(BASE)["rules"], "Assume the worst."])
    assert new.requires == BASE.requires
    assert "Assume the worst." in new.intent.rationale


def test_prose_among_the_postconditions_becomes_a_rule():
    new = after(ensures=["low <= result <= high", "result is good"])
    assert new.ensures == BASE.ensures
    assert new.intent.rationale.endswith("\nresult is good")


def test_a_raises_clause_comes_and_an_example_goes():
    told = from_ir(BASE)
    raises = [*told["raises"], {"exception": "ValueError", "condition": "low > high"}]
    said = summaries(raises=raises, examples=told["examples"][1:])
    assert said == ["added raises(ValueError, low > high)", "removed example(clamp(15, 0, 10) == 10)"]


def test_an_example_keeps_its_place_though_it_was_told_as_a_rule():
    told = from_ir(BASE)
    new = after(examples=[{"args": "None", "result": "0"}, *told["examples"]])
    assert [e.call for e in new.examples][:3] == ["clamp(None)", "clamp(15, 0, 10)", "clamp(5, 0, 10) + 1"]
    assert len(after(rules=told["rules"][:-1]).examples) == len(BASE.examples) - 1


def test_an_example_that_begins_with_a_colon_means_what_follows():
    new = after(examples=[*from_ir(BASE)["examples"], {"args": ":None", "result": "0"}])
    assert new.examples[-1].call == "clamp(None)"


def test_holes_keep_their_identifier_and_new_ones_get_a_free_one():
    base = BASE.model_copy(update={"holes": [BASE.holes[0].model_copy(update={"identifier": "q1"})]})
    new = after(base, holes=[*from_ir(base)["holes"], {"ask": "Inclusive?", "options": ["yes", "no"]}])
    assert [hole.identifier for hole in new.holes] == ["q1", "q2"]
    assert (new.holes[0].kind, new.holes[0].type_hint) == ("signature", "bool")
    reworded = after(base, holes=[{"ask": "Should NaN be refused?", "options": ["yes", "no"]}])
    assert [(hole.identifier, hole.kind) for hole in reworded.holes] == [("q1", "signature")]


def test_a_container_of_none_is_how_small_models_say_empty():
    base = parse('def f(x: int) -> list[int]:\n    """F."""\n')
    assert after(base, returns="list[int] | list[None]").signature.returns == "list[int]"
    assert after(base, returns="list[int] | None").signature.returns == "list[int] | None"
    assert after(base, returns="list[None]").signature.returns == "list[None]"


def test_a_parameter_called_like_a_builtin_stays_because_somebody_wants_it_so():
    base = parse('def f(id: int) -> int:\n    """F."""\n    ensures(result > id)\n')
    assert summaries(base, rules=["New."]) == ['changed intent("F.") to intent("F.", "New.")']


def test_changes_to_what_a_person_wrote_are_marked():
    agent, human = Provenance(source="agent"), Provenance(source="human")
    base = BASE.model_copy(deep=True)
    for _, clause in base.clauses():
        clause.provenance = agent
    base.ensures[0].provenance = human
    base.effects[0].provenance = None  # nobody says who wrote it, so it is not the model's to change
    new = after(base, ensures=["result >= low"], effects=[], raises=[], returns="float")
    marks = {proposed.change.address_old: proposed.human for proposed in proposed_changes(base, new)}
    assert marks == {"signature": False, "ensures[0]": True, "raises[0]": False, "effects[0]": True}
    assert [proposed.number for proposed in proposed_changes(base, new)] == [1, 2, 3, 4]
