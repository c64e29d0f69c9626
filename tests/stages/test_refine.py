"""A refinement from the request to the stored proposal, against a server that plays a model word for word."""

from __future__ import annotations

import json

import pytest

from engine import prompts
from engine.endpoints.protocol import Sampling
from engine.ir.text import parse
from engine.stages.draft_wire import from_ir
from engine.stages.events import EventAdapter
from tests.stages.play import cancel_in, play
from tests.support.chat_server import Answer
from tests.support.scripts import DRAFT, PROMPT, SPEC, compact

WISH = "raise ValueError if low is above high"
BASE = parse(SPEC)
RAISING = from_ir(BASE) | {"raises": [{"exception": "ValueError", "condition": "low > high"}]}


@pytest.fixture
def session(store):
    session = store.sessions.create(PROMPT)
    store.drafts.add(session.id, BASE, parent=None)
    return session.id


async def refined(store, session, *answers, **request):
    head = store.drafts.head(session)
    asked = {"kind": "refine", "session_id": session, "ir": head.ir, "draft_id": head.id, "instruction": WISH}
    return await play(store, *answers, **(asked | request))


async def test_a_refinement_is_a_proposal_beside_the_head(store, session):
    head = store.drafts.head(session)
    played = await refined(store, session, Answer(compact(RAISING)))
    assert played.last.status == "passed"
    assert (played.events[0].kind, played.events[0].prompt, played.last.kind) == ("refine", WISH, "refine")
    (proposed,) = played.of("refinement-proposed")
    assert proposed.base_draft == head.id
    assert [(c.number, c.human, c.change.summary) for c in proposed.changes] == [
        (1, False, "added raises(ValueError, low > high)")
    ]
    assert store.drafts.head(session) == head
    (proposal,) = map(store.drafts.get, store.proposals.list(session))
    assert (proposal.parent_id, proposal.source, proposal.reason) == (head.id, "refinement", WISH)
    assert proposal.proposed
    assert not proposal.became_sibling
    assert proposal.ir == proposed.ir
    assert proposal.ir.raises[0].provenance.source == "refinement"
    assert proposal.ir.ensures == BASE.ensures


async def test_the_request_shows_the_specification_as_the_models_own(store, session):
    played = await refined(store, session, Answer(compact(RAISING)), sampling=Sampling(temperature=0.5, seed=11))
    (request,) = played.server.requests
    said = [(m["role"], m["content"]) for m in request["messages"]]
    before = [(m.role, m.content) for m in prompts.refine_preamble()]
    assert said[: len(before)] == before
    assert before[: len(prompts.whole_preamble())] == [(m.role, m.content) for m in prompts.whole_preamble()]
    asked, answered, wish = said[len(before) :]
    assert asked == ("user", PROMPT)
    assert json.loads(answered[1]) == from_ir(BASE)
    assert wish[1].startswith("Raise ValueError if low is above high.\n")
    assert (request["seed"], request["temperature"]) == (11, 0.5)


async def test_it_is_streamed_timed_and_recorded_as_a_refinement(store, session):
    played = await refined(store, session, Answer(compact(RAISING), cached_tokens=4))
    assert [(e.type, e.stage) for e in played.events if e.type in ("stage-started", "stage-finished")] == [
        ("stage-started", "refine"),
        ("stage-finished", "refine"),
    ]
    assert "".join(event.text for event in played.of("text-delta")) == compact(RAISING)
    assert played.of("spec-updated")[-1].partial["raises"]
    spans = [(e.span.stage, e.span.name) for e in played.of("span-finished")]
    names = ["connect", "queue", "prefill", "decode", "verify", "assemble", "reconcile"]
    assert spans == [*(("refine", name) for name in names), ("save", "save")]
    (run,) = store.runs.list(session)
    assert (run.kind, run.status, run.base_id) == ("refine", "finished", store.heads.current(session))
    assert store.runs.usage(run.id)["refine"].cached_tokens == 4
    assert store.runs.text(run.id) == {}
    assert [(p.purpose, p.text) for p in store.sessions.prompts(session)] == [("draft", PROMPT), ("refine", WISH)]
    for event in played.events:
        assert EventAdapter.validate_json(event.model_dump_json()) == event


async def test_an_unchanged_specification_is_no_proposal(store, session):
    played = await refined(store, session, Answer(compact(from_ir(BASE))))
    assert played.last.status == "passed"
    assert played.of("refinement-proposed")[0].changes == []
    assert store.proposals.list(session) == []


async def test_an_older_draft_can_be_refined(store, session):
    first = store.drafts.head(session)
    store.drafts.add(session, parse(SPEC.replace("15", "25")), parent=first.id)
    played = await refined(store, session, Answer(compact(RAISING)), draft_id=first.id, ir=first.ir)
    assert played.of("refinement-proposed")[0].base_draft == first.id
    assert store.runs.list(session)[-1].base_id == first.id


async def test_a_specification_of_its_own_can_be_refined(store):
    played = await play(store, Answer(compact(RAISING)), kind="refine", ir=BASE, instruction=WISH)
    (proposal,) = store.proposals.list(played.session_id)
    assert store.drafts.get(proposal).parent_id == store.heads.current(played.session_id)


async def test_a_refinement_outside_the_grammar_is_stopped(store, session):
    other = from_ir(BASE) | {"name": "other"}
    played = await refined(store, session, Answer(compact(other), pause_s=0.01), hangs_up=True)
    assert played.last.status == "broken"
    assert '"name":"clamp' not in played.of("stage-failed")[0].partial_text
    assert store.proposals.list(session) == []
    assert store.runs.text(store.runs.list(session)[0].id)["refine"]


async def test_cancelling_a_refinement_keeps_what_came_and_changes_nothing(store, session):
    head = store.drafts.head(session)
    slow = Answer(compact(RAISING), pause_s=0.05)
    played = await refined(store, session, slow, during=cancel_in("refine"), hangs_up=True)
    assert played.last.status == "cancelled"
    assert compact(RAISING).startswith(played.of("stage-failed")[0].partial_text)
    assert store.drafts.head(session) == head
    assert store.proposals.list(session) == []


async def test_a_server_that_pretty_prints_is_understood(store, session):
    fenced = Answer("```json\n" + json.dumps(RAISING, indent=2) + "\n```\n")
    played = await refined(store, session, fenced, owner="somebody")
    assert played.last.status == "passed"
    assert len(played.of("refinement-proposed")[0].changes) == 1


async def test_a_specification_longer_than_a_first_draft_can_be_refined(store):
    examples = "".join(f"    example(clamp({n}, 0, 10) == {min(n, 10)})\n" for n in range(9))
    long = parse(SPEC + examples)
    answer = from_ir(long)
    answer["examples"] = [*answer["examples"], {"args": "99, 0, 10", "result": "10"}]
    played = await play(store, Answer(compact(answer)), kind="refine", ir=long, instruction="add an example")
    assert played.last.status == "passed", played.last.error
    (change,) = played.of("refinement-proposed")[0].changes
    assert change.change.summary == "added example(clamp(99, 0, 10) == 10)"
    assert len(DRAFT["examples"]) < len(long.examples)
