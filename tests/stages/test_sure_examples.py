"""Examples whose results the model was not sure of are left out of a draft."""

from __future__ import annotations

import json
import math

import pytest

from engine.prompts import compact_json
from engine.stages.draft_repair import MODEL_CONFIDENCE, to_ir
from engine.stages.short_wire import expanded
from engine.stages.sure_examples import SURE, result_sureness, sure_examples
from engine.stages.sureness import Sureness

EXAMPLES = ["f('a) == b') == 1", "f(-1) raises ValueError", 'f("\\"x") == [2, 3]']
DRAFT = {"sig": "f(text: str) -> int", "examples": EXAMPLES, "ensures": ["len(text) == result"]}


def heard(text: str, unsure: dict[str, float]) -> Sureness:
    """An answer that came character by character, each beyond doubt but for the first one of what is ``unsure``."""
    sureness = Sureness()
    doubts = {text.index(words): probability for words, probability in unsure.items()}
    for at in range(len(text)):
        sureness.add(at + 1, math.log(doubts.get(at, 1.0)))
    return sureness


def test_what_stands_between_two_positions_is_as_probable_as_its_pieces_together() -> None:
    sureness = Sureness()
    assert sureness.of(0, 10) is None
    for end, probability in ((2, 0.5), (5, 0.8), (6, 0.25)):
        sureness.add(end, math.log(probability))
    assert sureness.of(0, 6) == pytest.approx(0.1)
    assert sureness.of(2, 5) == pytest.approx(0.8)
    assert sureness.of(4, 6) == pytest.approx(0.2), "a piece that is cut counts as a whole"
    assert sureness.of(6, 9) is None


@pytest.mark.parametrize("text", [compact_json(DRAFT), json.dumps(DRAFT, indent=2)])
def test_the_result_of_each_example_is_found_in_the_draft(text: str) -> None:
    unsure = {'1",': 0.9, "ValueError": 0.5, "[2": 0.25}
    assert result_sureness(text, heard(text, unsure)) == pytest.approx([0.9, 0.5, 0.25])
    calls = {"f('a": 0.1, "f(-1": 0.1, "len(": 0.1}
    assert result_sureness(text, heard(text, calls)) == pytest.approx([1.0, 1.0, 1.0]), "what is asked may be anything"


def test_a_draft_without_examples_or_without_probabilities_tells_nothing() -> None:
    assert result_sureness('{"sig":"f() -> int"}', Sureness()) == []
    text = compact_json(DRAFT)
    assert result_sureness(text, Sureness()) == [None] * 3
    kept = to_ir(expanded(text, "Add; raise an error.")).examples
    assert [each.provenance.confidence for each in kept if each.provenance] == [MODEL_CONFIDENCE] * 3


def test_an_unsure_example_is_left_out_and_the_others_say_how_sure_the_model_was() -> None:
    text = compact_json(DRAFT)
    unsure = {'1",': SURE - 0.01, "ValueError": SURE + 0.04}
    kept = to_ir(expanded(text, "Add; raise an error.", heard(text, unsure))).examples
    assert [each.result for each in kept] == ["ValueError", "[2, 3]"]
    assert [each.provenance.confidence for each in kept if each.provenance] == [round(SURE + 0.04, 2), 1.0]


def test_of_nothing_but_unsure_examples_the_surest_one_stays() -> None:
    text = compact_json(DRAFT)
    unsure = {'1",': 0.2, "ValueError": 0.4, "[2": 0.3}
    draft = expanded(text, "Add; raise an error.", heard(text, unsure))
    assert [each.result for each in draft.examples] == ["ValueError"]
    assert sure_examples([]) == []
