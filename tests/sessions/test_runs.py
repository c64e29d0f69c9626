from __future__ import annotations

import os
import signal

import pytest

from engine.sessions import owner, runs
from engine.sessions.errors import NoSuchRecord
from engine.sessions.owner import Owner
from engine.sessions.store import SessionStore
from engine.stages.events import Span, Usage

STREAMING = """
import sys, time
from pathlib import Path
from engine.sessions.store import SessionStore
with SessionStore(Path(sys.argv[1])) as store:
    session = store.sessions.create("clamp")
    run = store.runs.start(session.id, "generate", endpoint="local", model="qwen", seed=7, temperature=0.5,
                           prompt_version="3", prompt_id=store.sessions.prompts(session.id)[0].id)
    store.runs.enter_stage(run.id, "draft")
    for piece in ("def ", "clamp("):
        store.runs.append_text(run.id, "draft", piece)
    print(run.id, flush=True)
    time.sleep(60)
"""


def test_a_run_keeps_what_it_was_asked_and_what_it_did(store, spec):
    session = store.sessions.create("clamp")
    draft = store.drafts.add(session.id, spec(), parent=None)
    run = store.runs.start(session.id, "implement", endpoint="local", model="qwen", seed=1, temperature=0.0)
    assert (run.base_id, run.status, run.seed) == (draft.id, "running", 1)
    assert store.sessions.get(session.id).run_status == "running"
    spans = [Span(stage="draft", name=name, start_s=0.25, duration_s=1.5) for name in ("prefill", "decode")]
    store.runs.add_spans(run.id, spans[:1])
    store.runs.add_spans(run.id, spans[1:])
    store.runs.add_usage(run.id, "draft", Usage(prompt_tokens=10, cached_tokens=4, completion_tokens=3))
    store.runs.add_usage(run.id, "draft", Usage(prompt_tokens=1))
    assert store.runs.spans(run.id) == spans
    assert store.runs.usage(run.id) == {"draft": Usage(prompt_tokens=11, cached_tokens=4, completion_tokens=3)}
    error = {"kind": "contract", "what": "it broke", "todo": ""}
    done = store.runs.finish(run.id, "failed", outcome="broken", error=error, cost_usd=0.5)
    assert (done.status, done.outcome, done.error) == ("failed", "broken", error)
    assert store.runs.list(session.id) == [done]
    summary = store.sessions.get(session.id)
    assert (summary.run_status, summary.model, summary.cost_usd) == ("failed", "qwen", 0.5)
    with pytest.raises(NoSuchRecord):
        store.runs.finish(99, "finished")


def test_a_finished_run_stays_finished_but_an_interruption_may_prove_wrong(store):
    session = store.sessions.create("clamp")
    run = store.runs.start(session.id)
    store.runs.finish(run.id, "interrupted")
    assert store.runs.finish(run.id, "finished").status == "finished"
    assert store.runs.finish(run.id, "failed").status == "finished"


def test_a_killed_run_is_interrupted_and_keeps_what_it_streamed(path, python):
    process = python(STREAMING, path)
    run_id = int(process.stdout.readline())
    with SessionStore(path) as store:
        assert store.runs.get(run_id).status == "running"
    process.send_signal(signal.SIGKILL)
    process.communicate()

    with SessionStore(path) as store:
        run = store.runs.get(run_id)
        assert (run.status, run.stage, run.seed, run.prompt_version) == ("interrupted", "draft", 7, "3")
        assert run.finished_at is not None
        assert store.runs.text(run_id) == {"draft": "def clamp("}
        assert store.sessions.get(run.session_id).run_status == "interrupted"
        assert store.runs.mark_interrupted() == []


def test_another_process_with_the_same_pid_is_not_the_owner():
    me = owner.this_process()
    assert owner.is_alive(me) is True
    assert owner.is_alive(Owner(me.pid, "1", me.machine)) is False
    host, _, namespace = me.machine.split("/", 2)
    assert owner.is_alive(Owner(me.pid, me.birth, f"{host}/an-earlier-boot/{namespace}")) is False
    assert owner.is_alive(Owner(me.pid, me.birth, "elsewhere/boot/pid")) is None


def test_a_dead_child_that_nobody_waited_for_is_dead():
    child = os.fork()
    if child == 0:
        os._exit(0)
    try:
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        me = owner.this_process()
        assert owner.is_alive(Owner(child, "whenever", me.machine)) is False
    finally:
        os.waitpid(child, 0)


def test_a_run_on_another_machine_is_given_up_after_a_silence(path, store, monkeypatch):
    session = store.sessions.create("clamp")
    monkeypatch.setattr(runs, "this_process", lambda: Owner(1, "1", "elsewhere/boot/pid"))
    run = store.runs.start(session.id)
    assert store.runs.mark_interrupted() == []
    late = store._db.scalar("SELECT seen_at FROM runs") + runs.SILENCE_MS + 1_000
    with SessionStore(path, clock=lambda: late) as later:
        assert later.runs.get(run.id).status == "interrupted"
