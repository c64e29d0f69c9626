"""The conversation begins the same every time, and its version tells wordings apart."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import prompts
from engine.grammar.verifier import Verifier
from engine.ir.validate import validate
from engine.stages.draft_repair import to_ir
from engine.stages.draft_wire import DraftWire
from engine.stages.refine_wire import merged, read_draft
from engine.stages.short_wire import grammar_for


def test_the_beginning_is_the_same_every_time():
    first = prompts.preamble()
    assert prompts.preamble.__wrapped__() == first
    assert first[0].role == "system"
    assert [m.role for m in first[1:]] == ["user", "assistant"] * ((len(first) - 1) // 2)


def test_the_worked_answers_keep_the_contract_of_their_requests():
    shots = prompts.preamble()[1:]
    for asked, answered in zip(shots[::2], shots[1::2], strict=True):
        verifier = Verifier(grammar_for(asked.content))
        verifier.accept(answered.content)
        verifier.finish()


def test_the_worked_code_begins_the_same_every_time_and_does_what_it_says():
    begun = prompts.code_preamble()
    assert prompts.code_preamble.__wrapped__() == begun
    space: dict[str, Any] = {}
    for asked, answered in zip(begun[::2], begun[1::2], strict=True):
        assert (asked.role, answered.role) == ("user", "assistant")
        code = answered.content.removeprefix("```python\n").removesuffix("```")
        exec(code, space)
    assert space["free_seats"](4, [3, 1, 3]) == [4, 2]
    assert [space["taxi_price"](km) for km in (0, 0.5, 2, 30)] == [0, 5, 7, 40]
    with pytest.raises(ValueError, match="negative"):
        space["taxi_price"](-1)
    assert space["largest"]([1, [2, "9", [None, True, 3.5]], []]) == 3.5
    assert space["largest"]([[True]]) is None
    assert [space["can_lay"](word, "Te?") for word in ("tee", "Eat", "teas", "")] == [True, True, False, True]
    assert space["hashtags"]("#B_1 and #12 #a, #b_1") == ["b_1", "a"]


def test_the_worked_specifications_are_compact_drafts():
    for message in prompts.whole_preamble()[2::2]:
        draft = DraftWire.model_validate_json(message.content)
        assert message.content == prompts.compact_json(draft.model_dump())


@pytest.mark.parametrize("name", prompts._PROMPTS)
def test_the_version_changes_with_every_wording(monkeypatch, name):
    before, read = prompts.version(), prompts._read
    monkeypatch.setattr(prompts, "_read", lambda file: read(file) + (" " if file == name else ""))
    assert prompts.version.__wrapped__() != before
    assert len(before) == 8
    assert int(before, 16) >= 0


def test_the_worked_refinement_is_a_draft_again_and_follows_the_same_beginning():
    beginning = prompts.refine_preamble()
    assert beginning[: len(prompts.whole_preamble())] == prompts.whole_preamble()
    asked, answered = beginning[len(prompts.whole_preamble()) :]
    assert asked.content.endswith(prompts.refine_instruction("x").split("\n", 1)[1])
    refined = read_draft(answered.content)
    assert answered.content == prompts.compact_json(refined.model_dump())
    before = DraftWire.model_validate_json(prompts.whole_preamble()[-1].content)
    assert (refined.name, refined.summary) == (before.name, before.summary)
    errors = [p for p in validate(merged(to_ir(before), refined)) if p.severity == "error"]
    assert errors == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("also accept None", "Also accept None."), ("  Why? ", "Why?"), ("use 'x'", "Use 'x'"), ("(odd)", "(odd)")],
)
def test_a_wish_is_a_sentence(text, sentence):
    assert prompts.refine_instruction(text).split("\n")[0] == sentence


def test_braces_in_a_wish_are_just_braces():
    assert "{x}" in prompts.refine_instruction("accept {x}")
    assert "{y}" in prompts.assist_instruction("{y}?", "two")


def test_compact_json_has_no_white_space_and_no_needless_escapes():
    text = prompts.compact_json({"a": [1, "é \n"]})
    assert text == '{"a":[1,"é \\n"]}'
    assert json.loads(text) == {"a": [1, "é \n"]}
