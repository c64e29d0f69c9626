"""The model looks again at an example of its own that the code breaks."""

from __future__ import annotations

import pytest

from engine.grammar.python.examples import value_grammar
from engine.grammar.trial import accepts
from engine.stages.second_look import says_the_same
from tests.stages.play import play
from tests.stages.test_repair import attempts
from tests.support.chat_server import Answer
from tests.support.confinement import needs_confinement
from tests.support.scripts import HEADER, body, draft
from tui.wording import doubt_line

CLAMP = "    return max(low, min(value, high))\n"
WRONG = draft(examples=["clamp(15, 0, 10) == 10", "clamp(-3, 0, 10) == -3"], ensures=None, raises=[])


@needs_confinement
async def test_an_example_that_the_model_takes_back_is_corrected(store) -> None:
    played = await play(store, WRONG, body(CLAMP), Answer(" 0\n"), body(CLAMP), opinion=True)
    assert played.last.status == "passed"
    assert attempts(played) == [(1, 0, 1)]
    (doubted,) = played.of("clause-doubted")
    assert (doubted.call, doubted.expected, doubted.actual, doubted.hole) == ("clamp(-3, 0, 10)", "-3", "0", "")
    assert doubt_line(doubted).startswith("corrected: clamp(-3, 0, 10) should give 0, not -3")
    ir = played.of("spec-finished")[-1].ir
    assert [(e.call, e.result, e.provenance.source) for e in ir.examples] == [
        ("clamp(15, 0, 10)", "10", "agent"),
        ("clamp(-3, 0, 10)", "0", "verification"),
    ]
    assert ir.holes == []
    assert {event.code for event in played.of("code-finished")} == {f"{HEADER}\n{CLAMP}"}
    look = played.server.requests[2]
    assert look["messages"][:-1] == played.server.requests[1]["messages"][:-1], "what has been read is not read again"
    assert look["messages"][-1]["content"] == "```python\nassert clamp(-3, 0, 10) =="
    assert "look" in [event.span.name for event in played.of("span-finished")]


@needs_confinement
@pytest.mark.parametrize("said", ["-3\n", "7\n", "no value", ""])
async def test_an_example_that_it_stands_by_is_a_matter_for_other_implementations(store, said: str) -> None:
    answers = [Answer(said)] * (1 if said.endswith("\n") else 3)
    played = await play(store, WRONG, body(CLAMP), *answers, *[body(CLAMP)] * 5, opinion=True)
    assert attempts(played)[0] == (1, 0, 5)
    assert all(event.hole for event in played.of("clause-doubted"))


@needs_confinement
async def test_a_person_is_not_corrected(store) -> None:
    request = "Clamp a value: clamp(-3, 0, 10) == -3 and clamp(15, 0, 10) == 10."
    played = await play(
        store,
        draft(examples=None, ensures=None, raises=None),
        *[body(CLAMP)] * 4,
        prompt=request,
        opinion=True,
    )
    assert played.last.status == "failed"
    assert played.of("clause-doubted") == []


@needs_confinement
async def test_nobody_looks_again_where_the_endpoint_is_believed(store) -> None:
    played = await play(store, WRONG, body(CLAMP), *[body(CLAMP)] * 5)
    assert attempts(played)[0] == (1, 0, 5)


@pytest.mark.parametrize(
    ("said", "actual", "same"),
    [
        ("10", "10", True),
        ('"a"', "'a'", True),
        ("[1,2]", "[1, 2]", True),
        ("10.0", "10", False),
        ("True", "True", False),
        ("None", "None", True),
        ("", "10", False),
        ("x", "x", False),
        ("10", "raised ValueError", False),
    ],
)
def test_what_counts_as_the_same(said: str, actual: str, same: bool) -> None:
    assert says_the_same(said, actual) is same


@pytest.mark.parametrize("text", ["10", "-1.5", "'it\\'s'", '"it\'s"', "[1, 'a']", "{'a': (1, 2)}", "None", "set()"])
def test_a_value_and_its_line_are_what_may_be_said(text: str) -> None:
    assert accepts(value_grammar(), f"{text}\n")
    assert accepts(value_grammar(), f" {text}\n"), (
        "a model puts a space after the sign; one that has been given makes it say nonsense"
    )


@pytest.mark.parametrize("text", ["f(x)\n", "10", "1 + 1\n", "10\n\n", "a\n"])
def test_nothing_else(text: str) -> None:
    assert not accepts(value_grammar(), text)
