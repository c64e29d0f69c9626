"""Options for a hole: typed, verified, streamed, and kept as options of the hole in a new draft."""

from __future__ import annotations

import json
import re

import pytest

from engine.errors import ContractBroken
from engine.grammar.json_schema import json_schema_grammar
from engine.grammar.verifier import Verifier
from engine.ir.models import Provenance, TypedHole
from engine.ir.text import parse
from engine.stages.assist_wire import answer_type, described, options_schema, read_options
from engine.stages.events import EventAdapter
from tests.stages.play import cancel_in, play
from tests.support.chat_server import Answer
from tests.support.scripts import PROMPT, SPEC, compact

NAN = '    hole("nan", kind="intent", ask="What about NaN?")\n'
VALUE = '    hole("value", kind="signature", ask="Which type?")\n'
BASE = parse(SPEC + NAN + VALUE)
OPTIONS = ["reject it", "return NaN", "return low"]


def options(*said):
    return Answer(compact({"options": list(said)}))


@pytest.fixture
def session(store):
    session = store.sessions.create(PROMPT)
    ir = BASE.model_copy(deep=True)
    for hole in ir.holes:
        hole.provenance = Provenance(source="agent")
    store.drafts.add(session.id, ir, parent=None)
    return session.id


async def assisted(store, session, *answers, hole="nan", **request):
    head = store.drafts.head(session)
    asked = {"kind": "assist", "session_id": session, "ir": head.ir, "draft_id": head.id, "hole": hole}
    return await play(store, *answers, **(asked | request))


async def test_options_come_one_by_one_and_end_up_in_the_hole(store, session):
    before = store.drafts.head(session)
    played = await assisted(store, session, options(*OPTIONS))
    assert (played.last.status, played.last.kind) == ("passed", "assist")
    (proposed,) = played.of("options-proposed")
    assert (proposed.hole, proposed.options) == ("nan", OPTIONS)
    updates = [event.options for event in played.of("options-updated")]
    assert updates[-1] == OPTIONS
    assert any(len(update) == 1 for update in updates)
    head = store.drafts.head(session)
    assert (head.parent_id, head.source, head.reason) == (before.id, "agent", "options for nan")
    assert [hole.options for hole in head.ir.holes] == [OPTIONS, []]
    assert head.ir.holes[0].provenance.source == "agent"
    (run,) = store.runs.list(session)
    assert (run.kind, store.runs.hole(run.id), store.runs.text(run.id)) == ("assist", "nan", {})
    for event in played.events:
        assert EventAdapter.validate_json(event.model_dump_json()) == event


async def test_the_question_is_asked_in_the_drafts_conversation(store, session):
    played = await assisted(store, session, options(*OPTIONS))
    (request,) = played.server.requests
    assert request["messages"][-3]["content"] == PROMPT
    assert json.loads(request["messages"][-2]["content"])["name"] == "clamp"
    assert "What about NaN?" in request["messages"][-1]["content"]


async def test_what_a_person_wrote_stays_behind_the_models_options(store, session):
    head = store.drafts.head(session)
    ir = head.ir.model_copy(deep=True)
    ir.holes[0].options, ir.holes[0].provenance = ["Reject it", "ask me"], Provenance(source="human")
    store.drafts.add(session, ir, parent=head.id)
    await assisted(store, session, options(*OPTIONS))
    hole = store.drafts.head(session).ir.holes[0]
    assert hole.options == [*OPTIONS, "ask me"]
    assert hole.provenance.source == "human"


async def test_the_models_own_earlier_options_are_replaced(store, session):
    await assisted(store, session, options("a", "b"))
    await assisted(store, session, options("c", "d"))
    assert store.drafts.head(session).ir.holes[0].options == ["c", "d"]


async def test_only_one_option_is_none(store, session):
    played = await assisted(store, session, options("Reject it", "reject it"))
    assert played.last.status == "broken"
    assert "Reject it" in played.last.error["what"]
    assert store.drafts.head(session).ir.holes[0].options == []


async def test_a_hole_that_is_not_there_is_a_wrong_usage(store, session):
    played = await assisted(store, session, options(*OPTIONS), hole="other")
    assert played.last.status == "error"
    assert played.last.error["kind"] == "usage"
    assert "nan, value" in played.last.error["todo"]


async def test_an_edit_meanwhile_makes_the_options_a_sibling(store, session):
    def during(event, run):
        if event.type == "options-updated" and len(event.options) == 1:
            head = store.drafts.head(session)
            if head.parent_id is None:
                store.drafts.add(session, head.ir, parent=head.id, reason="meanwhile")

    await assisted(store, session, options(*OPTIONS), during=during)
    assert store.drafts.head(session).reason == "meanwhile"
    last = store.drafts.list(session)[-1]
    assert last.became_sibling
    assert store.drafts.get(last.id).ir.holes[0].options == OPTIONS


async def test_cancelling_keeps_what_came(store, session):
    slow = Answer(compact({"options": OPTIONS}), pause_s=0.05)
    played = await assisted(store, session, slow, during=cancel_in("assist"), hangs_up=True)
    assert played.last.status == "cancelled"
    (run,) = store.runs.list(session)
    assert store.runs.text(run.id) == {"assist": played.of("stage-failed")[0].partial_text}


def allows(type_hint, *said):
    verifier = Verifier(json_schema_grammar("the options", options_schema(type_hint)))
    try:
        verifier.accept(compact({"options": list(said)}))
        verifier.finish()
    except ContractBroken:
        return False
    return True


@pytest.mark.parametrize(
    ("type_hint", "good", "bad"),
    [
        ("bool", ["no", "yes"], ["no"]),
        ("bool", ["yes", "no"], ["yes", "maybe"]),
        ("int", ["0", "-17", "100"], ["0", "01"]),
        ("int", ["0", "1"], ["0", "one"]),
        ("float", ["0.5", "1"], ["0.5", ".5"]),
        ("Literal['asc', 'desc']", ["desc", "asc"], ["asc"]),
        ("Literal[1, 2, 3, 4, 5]", ["5", "1"], ["5", "6"]),
        ("list[int]", ["[]", "[1, -2]"], ["[]", "[1,2]"]),
        ("list[str]", ["['a', 'b c']", "[]"], ["[a]", "[]"]),
        ("type", ["int", "list[str] | None"], ["int", "a number"]),
        ("str", ["anything \\u00e9", "else"], ["only one"]),
        ("Matrix", ["anything", "else"], ["1", "2", "3", "4", "5"]),
    ],
)
def test_options_are_of_the_type_of_the_hole(type_hint, good, bad):
    assert allows(type_hint, *good)
    assert not allows(type_hint, *bad)


def test_a_hole_named_after_a_parameter_asks_for_a_type():
    by_name = {hole.identifier: answer_type(BASE, hole) for hole in BASE.holes}
    assert by_name == {"nan": "str", "value": "type"}
    returns = TypedHole(identifier="returns", kind="signature")
    assert answer_type(BASE, returns) == "type"
    assert answer_type(BASE, returns.model_copy(update={"kind": "intent"})) == "str"
    assert answer_type(BASE, TypedHole(identifier="value", kind="signature", type_hint="bool")) == "bool"


@pytest.mark.parametrize(
    ("type_hint", "words"),
    [("bool", "all of: yes, no"), ("int", "whole numbers"), ("Literal[1, 2, 3, 4, 5]", "some of: 1"), ("str", "two")],
)
def test_the_kind_of_options_is_told(type_hint, words):
    assert re.search(words, described(type_hint))


def test_blank_and_repeated_options_are_left_out():
    assert read_options('{"options":[" a  b","","A b","c"]}', "str") == ["a b", "c"]


def test_of_a_few_values_none_is_missing():
    assert read_options('{"options":["no","no"]}', "bool") == ["no", "yes"]
    assert read_options('{"options":["a","A"]}', "Literal['a', 'A']") == ["a", "A"]
    assert read_options('{"options":["5","5"]}', "Literal[1, 2, 3, 4, 5]") == ["5"]
