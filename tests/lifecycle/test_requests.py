"""Which stages run for a session, and how an interrupted run goes on."""

from __future__ import annotations

import pytest

from engine.endpoints.profiles import Profile
from engine.errors import UsageError
from engine.ir.text import parse
from engine.lifecycle.errors import NothingInterrupted, UnknownHole
from engine.lifecycle.requests import (
    assist_request,
    generate_request,
    interrupted_run,
    refine_request,
    resume_request,
)
from engine.lifecycle.states import finalize
from engine.sessions.errors import NoSuchRecord, NotAllowed
from engine.sessions.recorder import Recorder
from engine.stages.events import CodeFinished, SpecFinished, StageStarted, TextDelta
from tests.support.scripts import PROMPT, SPEC

PROFILE = Profile(name="scripted", url="http://127.0.0.1:9")
HOLE = '    hole("nan", ask="What about NaN?")\n'
IR = parse(SPEC + HOLE)


@pytest.fixture
def session(store):
    session = store.sessions.create(PROMPT)
    store.drafts.add(session.id, IR, parent=None)
    return session.id


def interrupted(store, session, *events, **begin):
    """A run that dies after ``events``."""
    with Recorder(store) as recorder:
        recorder.begin(endpoint="gone", model="m", seed=3, temperature=0.5, session_id=session, **begin)
        for event in events:
            recorder.record(event)
    return interrupted_run(store, session)


def resumed(store, run):
    request = resume_request(store, run, PROFILE)
    assert (request.model, request.sampling.seed, request.sampling.temperature) == ("m", 3, 0.5)
    assert request.session_id == run.session_id
    return request


def begin(stage):
    return StageStarted(stage=stage, at_s=0)


def test_code_is_written_for_any_draft(store, session):
    first = store.drafts.head(session)
    store.drafts.add(session, parse(SPEC), parent=first.id)
    request = generate_request(store, session, PROFILE, number=1)
    assert (request.prompt, request.ir, request.draft_id) == (PROMPT, IR, first.id)
    assert (request.kind, request.stages) == ("implement", ("implement", "check"))
    assert generate_request(store, session, PROFILE).draft_id == store.heads.current(session)


def test_a_session_without_drafts_begins_with_its_prompt(store):
    session = store.sessions.create(PROMPT).id
    request = generate_request(store, session, PROFILE)
    assert (request.kind, request.stages) == ("generate", ("draft", "implement", "check"))
    with pytest.raises(NoSuchRecord):
        generate_request(store, store.sessions.create().id, PROFILE)


def test_a_session_without_a_prompt_is_asked_for_by_its_summary(store):
    session = store.sessions.create().id
    store.drafts.add(session, IR, parent=None)
    assert generate_request(store, session, PROFILE).prompt == IR.intent.summary


def test_requests_that_would_change_a_finalized_session_are_refused(store, session):
    store.drafts.add(session, parse(SPEC), parent=store.heads.current(session))
    finalize(store, session)
    for request in (refine_request, assist_request):
        with pytest.raises(NotAllowed):
            request(store, session, "nan", PROFILE)
    assert generate_request(store, session, PROFILE).kind == "implement"


def test_a_refinement_says_something_and_an_assist_has_a_hole(store, session):
    assert refine_request(store, session, " more ", PROFILE).instruction == "more"
    with pytest.raises(UsageError):
        refine_request(store, session, "  ", PROFILE)
    assert assist_request(store, session, "nan", PROFILE).typed_hole() == IR.holes[0]
    with pytest.raises(UnknownHole):
        assist_request(store, session, "other", PROFILE)


def test_what_came_to_its_end_is_not_resumed(store, session):
    with pytest.raises(NothingInterrupted, match="no runs"):
        interrupted_run(store, session)
    run = store.runs.start(session)
    with pytest.raises(NothingInterrupted, match="still running"):
        interrupted_run(store, session)
    store.runs.finish(run.id, "finished")
    with pytest.raises(NothingInterrupted, match="came to its end"):
        interrupted_run(store, session)


def test_an_interrupted_draft_is_drafted_again(store):
    session = store.sessions.create(PROMPT).id
    run = interrupted(store, session, begin("draft"), TextDelta(stage="draft", text='{"summ'))
    request = resumed(store, run)
    assert (request.prompt, request.stages) == (PROMPT, ("draft", "implement", "check"))
    assert request.prompt_id == run.prompt_id


def test_with_a_specification_it_goes_on_to_the_code(store):
    session = store.sessions.create(PROMPT).id
    drafted = SpecFinished(ir=IR, ir_text="x")
    request = resumed(store, interrupted(store, session, begin("draft"), drafted, begin("implement")))
    assert (request.stages, request.draft_id) == (("implement", "check"), store.heads.current(session))


def test_code_for_an_older_draft_is_still_for_that_draft(store, session):
    first = store.heads.current(session)
    store.drafts.add(session, parse(SPEC), parent=first)
    run = interrupted(store, session, begin("implement"), kind="implement", draft_id=first)
    assert resumed(store, run).draft_id == first


def test_with_code_only_the_checks_are_left(store, session):
    code = CodeFinished(code="def clamp(): ...\n")
    run = interrupted(store, session, begin("implement"), code, begin("check"), kind="implement")
    request = resumed(store, run)
    assert (request.stages, request.code) == (("check",), code.code)
    assert request.code_id == store.codes.list(session)[0].id


def test_an_interrupted_refinement_is_asked_for_again(store, session):
    first = store.heads.current(session)
    store.drafts.add(session, parse(SPEC), parent=first)
    run = interrupted(store, session, begin("refine"), prompt="more", kind="refine", draft_id=first)
    request = resumed(store, run)
    assert (request.kind, request.instruction, request.draft_id) == ("refine", "more", first)
    assert request.prompt_id == run.prompt_id
    assert request.prompt == PROMPT


def test_an_interrupted_assist_is_about_the_same_hole(store, session):
    request = resumed(store, interrupted(store, session, begin("assist"), kind="assist", hole="nan"))
    assert (request.kind, request.hole) == ("assist", "nan")
