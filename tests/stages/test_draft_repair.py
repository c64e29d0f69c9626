"""Whatever a model says within its grammar becomes a valid specification."""

from __future__ import annotations

import pytest
from hypothesis import given

from engine.ir.text import parse, render
from engine.ir.validate import validate
from engine.stages.draft_repair import known_type, to_ir
from engine.stages.draft_wire import DraftWire, from_ir
from tests.stages.drafts import drafts


def made(**fields):
    whole = {
        "summary": "Do it.",
        "name": "f",
        "parameters": [{"name": "x", "type": "int"}],
        "returns": "int",
        "rules": [],
        "raises": [],
        "effects": [],
        "examples": [{"args": "1", "result": "1"}],
        "ensures": [],
        "holes": [],
    }
    return to_ir(DraftWire.model_validate(whole | fields))


def parameters(*names):
    return [{"name": name, "type": "int"} for name in names]


@given(drafts)
def test_every_draft_becomes_a_valid_specification(wire):
    ir = to_ir(wire)
    assert [problem for problem in validate(ir) if problem.severity == "error"] == []
    assert parse(render(ir)) == ir.content()
    from_ir(ir)


def test_everything_is_marked_as_the_models():
    ir = made(ensures=["result > 0"], holes=[{"ask": "which?", "options": ["a", "b"]}])
    assert all(clause.provenance.source == "agent" for _, clause in ir.clauses())
    assert all(clause.provenance.confidence < 1 for _, clause in ir.clauses())


def test_prose_becomes_a_rule():
    ir = made(
        rules=["First."],
        ensures=["the result is sorted", "result >= x", "First."],
        raises=[{"exception": "ValueError", "condition": "size is negative"}],
    )
    assert [e.predicate for e in ir.ensures] == ["result >= x"]
    assert ir.intent.rationale.split("\n") == ["First.", "the result is sorted", "ValueError: size is negative"]
    assert [(r.exception, r.condition) for r in ir.raises] == [("ValueError", "")]


def test_unknown_names_and_exceptions_become_rules():
    ir = made(
        ensures=["result == len(items)"],
        raises=[
            {"exception": "EmptyListError", "condition": "x == 0"},
            {"exception": "MissingError", "condition": ""},
        ],
    )
    assert ir.ensures == []
    assert ir.raises == []
    assert ir.intent.rationale.split("\n") == [
        "result == len(items)",
        "EmptyListError: x == 0",
        "Raises MissingError.",
    ]


@pytest.mark.parametrize(
    "example",
    [
        {"args": "1, 2", "result": "1"},
        {"args": "", "result": "1"},
        {"args": "y=1", "result": "1"},
        {"args": "x", "result": "1"},
        {"args": "1 +", "result": "1"},
        {"args": "1", "result": "one item"},
        {"args": "1", "result": "unknown"},
    ],
)
def test_examples_that_cannot_be_right_are_left_out(example):
    good = {"args": "2", "result": "3"}
    assert [(e.call, e.result) for e in made(examples=[example, good]).examples] == [("f(2)", "3")]


def test_of_two_examples_that_contradict_the_first_stays():
    ir = made(examples=[{"args": "1", "result": "2"}, {"args": "1", "result": "3"}, {"args": "2", "result": "3"}])
    assert [e.result for e in ir.examples] == ["2", "3"]


def test_a_faulty_example_does_not_take_a_good_one_with_it():
    ir = made(examples=[{"args": "1", "result": "nothing"}, {"args": "1", "result": "3"}])
    assert [e.result for e in ir.examples] == ["3"]


def test_a_keyword_is_renamed_everywhere():
    ir = made(
        parameters=parameters("from", "to"),
        ensures=["from <= result < to", "result in range(from, to)"],
        raises=[{"exception": "ValueError", "condition": "from > to"}],
        examples=[{"args": "from=1, to=2", "result": "1"}, {"args": "3, 4", "result": "3"}],
    )
    assert [p.name for p in ir.signature.parameters] == ["from_", "to"]
    assert [e.predicate for e in ir.ensures] == ["from_ <= result < to", "result in range(from_, to)"]
    assert ir.raises[0].condition == "from_ > to"
    assert [e.call for e in ir.examples] == ["f(from_=1, to=2)", "f(3, 4)"]


def test_keywords_that_are_used_as_keywords_stay():
    ir = made(parameters=parameters("in", "x"), ensures=["x in [1, 2]", "result == in"])
    assert [e.predicate for e in ir.ensures] == ["x in [1, 2]", "result == in_"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("len(list) == len(result)", "len(items) == len(result)"),
        ("min(list) >= min", "min(items) >= lowest"),
        ("'list' != 'min'", "'list' != 'min'"),
        ("all(list > 0 for list in result)", "all(list > 0 for list in result)"),
        ("sorted(result, key=list.index) == list", "sorted(result, key=items.index) == items"),
        ("result.min == 'é' + str(min)", "result.min == 'é' + str(lowest)"),
    ],
)
def test_a_builtin_is_renamed_where_it_is_the_parameter(said, meant):
    ir = made(
        parameters=[{"name": "list", "type": "list[int]"}, {"name": "min", "type": "int"}],
        ensures=[said],
        examples=[{"args": "[1], min=0", "result": "1"}, {"args": "list((1, 2)), 0", "result": "1"}],
    )
    assert [(p.name, p.type_hint) for p in ir.signature.parameters] == [("items", "list[int]"), ("lowest", "int")]
    assert [e.predicate for e in ir.ensures] == [meant]
    assert [e.call for e in ir.examples] == ["f([1], lowest=0)", "f(list((1, 2)), 0)"]


def test_a_parameter_called_result_leaves_the_result_its_name():
    ir = made(
        parameters=parameters("result"),
        ensures=["result > 0"],
        raises=[{"exception": "ValueError", "condition": "result < 0"}],
        examples=[{"args": "result=1", "result": "1"}],
    )
    assert ir.signature.parameters[0].name == "result_"
    assert (ir.ensures[0].predicate, ir.raises[0].condition) == ("result > 0", "result_ < 0")
    assert ir.examples[0].call == "f(result_=1)"


def test_new_names_are_free():
    ir = made(parameters=parameters("max", "highest", "f", "class"), examples=[{"args": "1, 2, 3, 4", "result": "1"}])
    assert [p.name for p in ir.signature.parameters] == ["highest_", "highest", "f_", "class_"]
    assert len(ir.examples) == 1


def test_a_parameter_named_twice_is_kept_once():
    ir = made(parameters=parameters("x", "x"))
    assert [p.name for p in ir.signature.parameters] == ["x"]


def test_a_function_named_by_a_keyword_is_renamed_in_its_examples():
    ir = made(name="class")
    assert ir.signature.name == "class_"
    assert ir.examples[0].call == "class_(1)"


def test_a_summary_is_never_empty():
    assert made(summary=" ", name="count_vowels").intent.summary == "Count vowels."


def test_no_effect_is_no_effect():
    assert made(effects=["None", "no side effects ", ""]).effects == []
    assert [e.description for e in made(effects=["prints"]).effects] == ["prints"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("dict[str, list[int]] | None", "dict[str, list[int]] | None"),
        ("list[strng]", "list[str]"),
        ("string", "str"),
        ("list[Point]", "list[Any]"),
        ("dict[str, TreeNode]", "dict[str, Any]"),
        ("np.array", "Any"),
        ("a..b", "Any"),
        ("datetime.date", "datetime.date"),
    ],
)
def test_types_that_do_not_exist(said, meant):
    assert known_type(said) == meant
