from __future__ import annotations

import pytest

from engine.sessions.recorder import FLUSH_S, Recorder
from engine.stages import events as ev


@pytest.fixture
def events(spec):
    """What the pipeline emits for a run whose code fails one check."""
    usage = ev.Usage(prompt_tokens=7, completion_tokens=3)
    return [
        ev.StageStarted(stage="draft", at_s=0),
        ev.StageWaiting(stage="draft", what="loading", elapsed_s=0.1),
        ev.TextDelta(stage="draft", text='{"intent"'),
        ev.SpecUpdated(partial={"intent": {}}),
        ev.SpanFinished(span=ev.Span(stage="draft", name="decode", start_s=0, duration_s=1)),
        ev.SpecFinished(ir=spec(holes=1), ir_text='def clamp():\n    """Clamp a value."""\n'),
        ev.StageFinished(stage="draft", at_s=1, usage=usage),
        ev.StageStarted(stage="implement", at_s=1),
        ev.TextDelta(stage="implement", text="def clamp"),
        ev.CodeFinished(code="def clamp(): ..."),
        ev.StageFinished(stage="implement", at_s=2, usage=usage),
        ev.StageStarted(stage="check", at_s=2),
        ev.CheckFinished(result=ev.CheckResult(kind="parse", name="parses", status="passed")),
        ev.CheckFinished(result=ev.CheckResult(kind="example", name="0", status="failed", detail="1 != 2")),
        ev.StageFinished(stage="check", at_s=3),
    ]


def ended(session_id, status="failed"):
    return ev.RunFinished(session_id=session_id, status=status, usage=ev.Usage(), cost_usd=0.25, duration_s=3)


def test_a_run_is_recorded_whole(store, events):
    with Recorder(store) as recorder:
        begun = recorder.begin("clamp it", endpoint="local", model="qwen", seed=5, author="ada")
        recorder.record(ev.RunStarted(session_id=begun.session_id, prompt="clamp it", endpoint="local", model="qwen"))
        for event in events:
            recorder.record(event)
        recorder.record(ended(begun.session_id))

    session = store.sessions.get(begun.session_id)
    assert (session.holes_open, session.checks_passed, session.checks_failed) == (1, 1, 1)
    assert (session.run_status, session.cost_usd, session.model) == ("finished", 0.25, "qwen")
    draft = store.drafts.head(session.id)
    assert (draft.id, draft.author, draft.source) == (recorder.draft_id, "qwen", "agent")
    code = store.codes.latest(draft.id)
    assert (code.id, code.run_id, code.code) == (recorder.code_id, begun.run_id, "def clamp(): ...")
    assert [check.status for check in store.codes.checks(code.id)] == ["passed", "failed"]
    run = store.runs.get(begun.run_id)
    assert (run.outcome, run.stage, run.prompt_id) == ("failed", "check", store.sessions.prompts(session.id)[0].id)
    assert set(store.runs.usage(run.id)) == {"draft", "implement", "check"}
    assert [span.name for span in store.runs.spans(run.id)] == ["decode"]
    assert store.runs.text(run.id) == {}


def test_streamed_text_is_written_now_and_then_and_never_lost_at_a_stage_end(store):
    now = [0.0]
    recorder = Recorder(store, clock=lambda: now[0])
    begun = recorder.begin("clamp", endpoint="e", model="m")

    def stream(text, at):
        now[0] = at
        recorder.record(ev.TextDelta(stage="draft", text=text))
        return store.runs.text(begun.run_id)

    assert stream("a", 0.0) == {"draft": "a"}
    assert stream("b", FLUSH_S / 2) == {"draft": "a"}
    assert stream("c", FLUSH_S) == {"draft": "abc"}
    assert stream("d", FLUSH_S * 1.1) == {"draft": "abc"}
    recorder.flush()
    assert store.runs.text(begun.run_id) == {"draft": "abcd"}


@pytest.mark.parametrize("partial", ["", "all of it"])
def test_a_failed_stage_keeps_its_text_and_its_error(store, partial):
    error = {"kind": "contract", "what": "it broke the grammar", "todo": ""}
    with Recorder(store) as recorder:
        begun = recorder.begin("clamp", endpoint="e", model="m")
        recorder.record(ev.TextDelta(stage="draft", text="all"))
        recorder.record(ev.TextDelta(stage="draft", text=" of it"))
        recorder.record(ev.StageFailed(stage="draft", at_s=1, error=error, partial_text=partial))
        recorder.record(ended(begun.session_id, "broken").model_copy(update={"error": error}))
    run = store.runs.get(begun.run_id)
    assert (run.status, run.outcome, run.error) == ("failed", "broken", error)
    assert store.runs.text(run.id) == {"draft": "all of it"}


@pytest.mark.parametrize("upto", range(16))
def test_a_run_that_is_left_early_is_interrupted_with_all_it_had(store, events, upto):
    recorder = Recorder(store)
    with recorder:
        begun = recorder.begin("clamp", endpoint="e", model="m")
        for event in events[:upto]:
            recorder.record(event)
    assert store.runs.get(begun.run_id).status == "interrupted"
    streamed = "".join(event.text for event in events[:upto] if isinstance(event, ev.TextDelta))
    kept = "".join(store.runs.text(begun.run_id).values())
    assert kept or recorder.draft_id or not streamed
    if recorder.draft_id is None:
        assert kept == streamed


def test_a_refinement_continues_the_session_from_its_head(store, events, spec):
    session = store.sessions.create("clamp")
    mine = store.drafts.add(session.id, spec("mine"), parent=None)
    with Recorder(store) as recorder:
        begun = recorder.begin("accept None", endpoint="e", model="m", kind="refine", session_id=session.id)
        recorder.record(events[5])
        recorder.record(ended(session.id, "passed"))
    refined = store.drafts.head(session.id)
    assert (refined.parent_id, refined.source) == (mine.id, "refinement")
    assert [prompt.purpose for prompt in store.sessions.prompts(session.id)] == ["draft", "refine"]
    assert store.runs.get(begun.run_id).base_id == mine.id


def test_a_draft_of_a_run_becomes_a_sibling_when_the_user_edited_meanwhile(store, events, spec):
    session = store.sessions.create("clamp")
    first = store.drafts.add(session.id, spec("first"), parent=None)
    with Recorder(store) as recorder:
        recorder.begin("again", endpoint="e", model="m", session_id=session.id)
        mine = store.drafts.add(session.id, spec("mine"), parent=first.id)
        recorder.record(events[5])
        recorder.record(ended(session.id, "passed"))
    assert store.heads.current(session.id) == mine.id
    assert store.drafts.get(recorder.draft_id).became_sibling


def test_an_old_draft_can_be_implemented_and_code_checked_again(store, events, spec):
    session = store.sessions.create("clamp")
    first = store.drafts.add(session.id, spec("first"), parent=None)
    store.drafts.add(session.id, spec("second"), parent=first.id)
    with Recorder(store) as recorder:
        recorder.begin(endpoint="e", model="m", kind="implement", session_id=session.id, draft_id=first.id)
        recorder.record(events[9])
        recorder.record(ended(session.id, "passed"))
    code = store.codes.latest(first.id)
    with Recorder(store) as recorder:
        recorder.begin(endpoint="", model="", kind="check", session_id=session.id)
        recorder.check(code.id)
        recorder.record(events[12])
        recorder.record(ended(session.id, "passed"))
    assert len(store.codes.checks(code.id)) == 1
