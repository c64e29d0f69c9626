"""The model's draft: its shape, its way back into the model's own text, and how it looks unfinished."""

from __future__ import annotations

import json

import pytest
from pydantic_core import from_json

from engine import prompts
from engine.grammar.json_schema import json_schema_grammar
from engine.ir.models import IR, Example, Intent, Parameter, Signature
from engine.ir.text import parse
from engine.ir.validate import validate
from engine.stages.draft_repair import to_ir
from engine.stages.draft_wire import DraftWire, from_ir, json_schema, partial_ir
from tui.partial_spec import partial_text

DRAFT = {
    "summary": 'Format a "price", e.g. 3 \N{EURO SIGN}.',
    "name": "format_price",
    "parameters": [{"name": "cents", "type": "int"}, {"name": "currency", "type": "str | None"}],
    "returns": "str",
    "rules": ["No currency means \N{EURO SIGN}.", "Two decimals, \\ as it is."],
    "raises": [{"exception": "ValueError", "condition": "cents < 0"}],
    "effects": ["print the price"],
    "examples": [
        {"args": "150, None", "result": "'1.50 \N{EURO SIGN}'"},
        {"args": "5, '\U0001f4b6'", "result": '"0.05 \U0001f4b6"'},
    ],
    "ensures": ["len(result) >= 6", "result.startswith(str(cents // 100))"],
    "holes": [{"ask": "Which separator?", "options": [".", ","]}, {"ask": "Round how?", "options": ["up", "down"]}],
}
SHOTS = [message.content for message in prompts.whole_preamble() if message.role == "assistant"]


@pytest.mark.parametrize("text", [prompts.compact_json(DRAFT), *SHOTS])
def test_the_models_own_text_comes_back_byte_for_byte(text):
    ir = to_ir(DraftWire.model_validate_json(text))
    assert prompts.compact_json(from_ir(ir)) == text
    assert [p for p in validate(ir) if p.severity == "error"] == []


def test_a_draft_comes_back_even_after_its_text_form_was_edited_and_undone():
    text = prompts.compact_json(DRAFT)
    ir = to_ir(DraftWire.model_validate_json(text))
    from engine.ir.text import render

    assert prompts.compact_json(from_ir(parse(render(ir)))) == text


def test_the_schema_is_inlined_and_says_nothing_needless():
    text = json.dumps(json_schema())
    assert not any(word in text for word in ("$ref", "$defs", "title", "description"))
    assert json_schema()["required"] == list(DRAFT)


def test_the_worked_examples_keep_the_contract():
    from engine.grammar.verifier import Verifier

    for text in (prompts.compact_json(DRAFT), *SHOTS):
        verifier = Verifier(json_schema_grammar("the draft", json_schema()))
        verifier.accept(text)
        verifier.finish()


@pytest.mark.parametrize("text", [prompts.compact_json(DRAFT), json.dumps(DRAFT, indent=2)])
def test_every_beginning_of_a_draft_can_be_shown(text):
    shown = ""
    for end in range(1, len(text) + 1):
        partial = partial_ir(from_json(text[:end], allow_partial="trailing-strings"))
        shown = partial_text(partial)
    whole = parse(shown)
    drafted = to_ir(DraftWire.model_validate(DRAFT)).content()
    assert whole == drafted


def test_what_the_wire_has_no_key_for_is_told_as_rules():
    ir = parse(
        'def f(x: int, y: int = 2) -> int:\n    """Do it.\n\n    Carefully.\n    """\n    param(x, "the first")\n'
        '    requires(x > 0, "or it fails")\n    ensures(result > x, "it grows")\n'
        "    example(f(1) + f(2) == 5)\n    example(f(1, y=2) == 3)\n"
    )
    wire = from_ir(ir)
    assert wire["rules"][0].strip() == "Carefully."
    assert wire["rules"][1:] == [
        "x: the first",
        "Assume x > 0.",
        "or it fails",
        "it grows",
        "f(1) + f(2) gives 5.",
    ]
    assert wire["examples"] == [{"args": "1, y=2", "result": "3"}]


@pytest.mark.parametrize("call", ["f(1) + f(2)", "g(1)", "f(1)(2)", "f(1), f(2)", "(f(1))", "f(", "f (1)"])
def test_only_plain_calls_have_arguments(call):
    ir = IR(
        intent=Intent(summary="s"),
        signature=Signature(name="f", parameters=[Parameter(name="x", type_hint="int")]),
        examples=[Example(call=call, result="1")],
    )
    assert from_ir(ir)["examples"] == []
    assert any(call in rule for rule in from_ir(ir)["rules"])
