"""The draft as the model writes it."""

from __future__ import annotations

import json

import pytest
from pydantic_core import from_json

from engine.grammar.trial import accepts
from engine.ir.text import parse
from engine.ir.validate import validate
from engine.prompts import compact_json
from engine.stages.draft_repair import to_ir
from engine.stages.draft_wire import partial_ir
from engine.stages.request_text import leaves_open, may_raise
from engine.stages.short_wire import expanded, grammar_for, shown
from tui.partial_spec import partial_text

REQUEST = "Pad our number with zeros; the width is 4 if not given. Raise a ValueError for negative ones."
DRAFT = {
    "ask": [["What if it is longer?", "leave it", "cut it"]],
    "sig": "pad(number: int, width: int = 4, fill: str = ', ') -> str | None",
    "raises": ["ValueError if number < 0", "TypeError"],
    "examples": ["pad(7) == '0007'", "pad(-1, width=3) raises ValueError", "pad(0, 1, \"'\") == '0'"],
    "ensures": ["len(result) >= width"],
}
TEXT = compact_json(DRAFT)


def fits(text: str, request: str = REQUEST, **options: bool) -> bool:
    return accepts(grammar_for(request, **options), text)


def test_a_draft_keeps_its_contract_and_becomes_a_sound_specification() -> None:
    assert fits(TEXT)
    assert fits(json.dumps(DRAFT, indent=2), compact=False)
    assert not fits(json.dumps(DRAFT, indent=2))
    ir = to_ir(expanded(TEXT, REQUEST))
    assert [p for p in validate(ir) if p.severity == "error"] == []
    assert ir.intent.summary == "Pad our number with zeros."
    assert ir.intent.rationale.split("\n")[0] == "The width is 4 if not given."
    assert [(p.name, p.default) for p in ir.signature.parameters] == [
        ("number", None),
        ("width", "4"),
        ("fill", "', '"),
    ]
    assert ir.signature.returns == "str | None"
    assert [(r.exception, r.condition) for r in ir.raises] == [("ValueError", "number < 0"), ("TypeError", "")]
    assert [(e.call, e.result) for e in ir.examples] == [
        ("pad(7)", "'0007'"),
        ("pad(-1, width=3)", "ValueError"),
        ('pad(0, 1, "\'")', "'0'"),
    ]
    assert ir.holes[0].options == ["leave it", "cut it"]


def test_a_result_that_the_request_states_is_the_only_one_that_can_be_said() -> None:
    def says(returns: str, request: str) -> bool:
        draft = {"sig": f"f(items: list[int]) -> {returns}", "examples": ["f([1]) == {1}", "f([]) == set()"]}
        return fits(compact_json(draft), request)

    stated = "Return the set of the items that occur twice."
    assert [says(returns, stated) for returns in ("set", "set[int]", "set[tuple[int, str]] | None")] == [True] * 3
    assert [says(returns, stated) for returns in ("list[int]", "frozenset", "int | set[int]")] == [False] * 3
    assert says("list[int]", "Return the items that occur twice.")
    stub = 'def f(items) -> list:\n    """Return a set of the items."""\n'
    assert says("list", stub), "a header counts more than words"


def test_every_beginning_of_a_draft_can_be_shown() -> None:
    text = ""
    for end in range(1, len(TEXT) + 1):
        wire = shown(from_json(TEXT[:end], allow_partial="trailing-strings"), REQUEST)
        text = partial_text(partial_ir(wire))
    whole = to_ir(expanded(TEXT, REQUEST)).content()
    seen = parse(text)
    assert seen.intent == whole.intent
    assert seen.examples == whole.examples
    assert seen.raises == [clause for clause in whole.raises if clause.condition]


@pytest.mark.parametrize(
    "example",
    [
        "f() == None",
        "f([1, [2, (3,)], {}]) == {'a': [1.5, -2], 'b': set()}",
        "f(date(2024, 1, 31)) == timedelta(days=3)",
        "f('it\\'s', b'x', \"a'b\") == True",
        "f('[{\"price\": 2}]') == 2",
        "f(x=1) raises KeyError",
        "f(1e-5, 1_000) == {1, 2}",
    ],
)
def test_examples_that_can_be_said(example: str) -> None:
    draft = compact_json({"sig": "f(x: int) -> int", "examples": [example, example]})
    assert fits(draft, "Add.")
    assert len(expanded(draft, "Add.").examples) == 2


@pytest.mark.parametrize(
    "example",
    [
        "f(1)",
        "f(1) == ",
        "f([1, 2) == 3",
        "f(x) == 1",
        "f(1) == y + 1",
        "f(1) == 2 and f(2) == 3",
        "f(open('x')) == 1",
        "f(1) raises an error",
        "f(1.) == 1",
        "f(01) == 1",
        "the sum of 1 and 2",
    ],
)
def test_examples_that_cannot_be_said(example: str) -> None:
    assert not fits(compact_json({"sig": "f(x: int) -> int", "examples": [example, "f(1) == 1"]}), "Add.")


def test_what_the_request_does_not_speak_of_cannot_be_said() -> None:
    clear = {"sig": "f(x: int) -> int", "examples": ["f(1) == 1", "f(0) == 0"]}
    asks = {"ask": [["Which?", "a", "b"]]}
    raises = {"sig": clear["sig"], "raises": ["ValueError if x < 0"], "examples": clear["examples"]}
    assert not may_raise("Add.")
    assert not leaves_open("Add.")
    assert fits(compact_json(clear), "Add.")
    assert not fits(compact_json(asks | clear), "Add.")
    assert not fits(compact_json(raises), "Add.")
    assert fits(compact_json(raises), "Add; raise an error.")
    assert fits(compact_json(asks | clear), "Add our numbers.")
    assert not fits(compact_json(clear), "Add our numbers."), "an open question is asked"


def test_endpoints_that_take_a_schema_get_one_with_every_property_required() -> None:
    schema = grammar_for(REQUEST).json_schema
    assert schema is not None
    assert list(schema["properties"]) == schema["required"] == ["ask", "sig", "raises", "examples"]
    assert "x-ebnf" not in json.dumps(schema)


def test_defaults_before_a_parameter_without_one_are_dropped() -> None:
    draft = compact_json({"sig": "f(a: int = 1, b: int, c: int = 2) -> int", "examples": ["f(1, 2) == 1"] * 2})
    assert [p.default for p in to_ir(expanded(draft, "Add.")).signature.parameters] == [None, None, "2"]


@pytest.mark.parametrize(("name", "better"), [("list", "items"), ("json", "json_text"), ("max", "highest"), ("x", "x")])
def test_parameters_are_never_called_like_a_builtin_or_a_module(name: str, better: str) -> None:
    draft = compact_json({"sig": f"f({name}: int) -> int", "examples": [f"f({name}=1) == 1"] * 2})
    ir = to_ir(expanded(draft, "Add."))
    assert [p.name for p in ir.signature.parameters] == [better]
    assert ir.examples[0].call == f"f({better}=1)"


def test_a_question_that_leaves_no_choice_is_none() -> None:
    asked = [
        ["What does the function do?", "it pads", "it cuts"],
        ["What is the result of the function?", "a text", "a number"],
        ["What if it is longer?", "leave it", "leave it"],
        ["What if it is empty?", "zeros", "zeros", "nothing"],
    ]
    holes = expanded(compact_json(DRAFT | {"ask": asked}), REQUEST).holes
    assert [(hole.ask, hole.options) for hole in holes] == [("What if it is empty?", ["zeros", "nothing"])]
    vague = expanded(compact_json(DRAFT | {"ask": asked[:3]}), REQUEST).holes
    assert [hole.ask for hole in vague] == ["What does the function do?"]
