"""Evidence of verdicts, and the versions of the code that one run writes."""

from __future__ import annotations

import sqlite3

import pytest

from engine.sessions.errors import NoSuchRecord, StoreError
from engine.sessions.recorder import Recorder
from engine.stages import events as ev

EVIDENCE = {"expected": "0", "actual": "1", "counterexample": "clamp(1, 0, 0)", "line": 3}


def result(status="passed", **evidence):
    return ev.CheckResult(kind="example", name="e", status=status, clause="examples[0]", **evidence)


def recorded(store, spec, events, *, status="passed"):
    with Recorder(store) as recorder:
        begun = recorder.begin("clamp it", endpoint="local", model="qwen")
        recorder.record(ev.SpecFinished(ir=spec(), ir_text="def clamp(): ..."))
        for event in events:
            recorder.record(event)
        recorder.record(
            ev.RunFinished(session_id=begun.session_id, status=status, usage=ev.Usage(), cost_usd=0, duration_s=1)
        )
    return begun, recorder


REPAIRED = [
    ev.CodeFinished(code="first"),
    ev.CheckFinished(result=result("failed", **EVIDENCE)),
    ev.StageStarted(stage="repair", at_s=1),
    ev.RepairStarted(attempt=1, of=0, reason="clamp(1, 0, 0) returns 1", clauses=["examples[0]"]),
    ev.TextDelta(stage="repair", text="sec"),
    ev.CodeFinished(code="second", attempt=1),
    ev.CheckFinished(result=result("passed"), attempt=1),
    ev.RepairStarted(attempt=2, of=1, reason="still wrong"),
    ev.CodeFinished(code="third", attempt=2),
    ev.CheckFinished(result=result("failed"), attempt=2),
]


def test_a_verdict_keeps_its_evidence(store, spec):
    session = store.sessions.create("clamp")
    code = store.codes.add(store.drafts.add(session.id, spec(), parent=None).id, "code")
    store.codes.add_checks(code.id, [result("failed", **EVIDENCE), result("passed")])
    failed, passed = store.codes.checks(code.id)
    assert failed.model_dump(include=set(EVIDENCE)) == EVIDENCE
    assert passed.model_dump(include=set(EVIDENCE)) == {**dict.fromkeys(EVIDENCE, ""), "line": None}
    assert store._db.scalar("SELECT count(*) FROM evidence") == 1


def test_evidence_never_changes_and_goes_with_its_session(store, spec):
    session = store.sessions.create("clamp")
    code = store.codes.add(store.drafts.add(session.id, spec(), parent=None).id, "code")
    store.codes.add_checks(code.id, [result("failed", **EVIDENCE)])
    with pytest.raises((StoreError, sqlite3.IntegrityError), match="append-only"):
        store._db.execute("UPDATE evidence SET expected = 'mine'")
    with pytest.raises((StoreError, sqlite3.IntegrityError), match="append-only"):
        store._db.execute("DELETE FROM evidence")
    store.sessions.delete(session.id)
    store.sessions.purge(session.id)
    assert store._db.scalar("SELECT count(*) FROM evidence") == 0
    assert store.damage() == []


def test_every_attempt_is_a_version_and_the_chosen_one_is_the_codes_latest(store, spec):
    begun, recorder = recorded(store, spec, [*REPAIRED, ev.CodeChosen(attempt=1, reason="1 of 1 checks pass")])
    first, second, third = store.codes.list(begun.session_id)
    assert [code.code for code in (first, second, third)] == ["first", "second", "third"]
    assert [(code.attempt, code.repairs_id, code.chosen) for code in (first, second, third)] == [
        (0, None, False),
        (1, first.id, True),
        (2, second.id, False),
    ]
    assert second.reason == "clamp(1, 0, 0) returns 1"
    assert store.codes.latest(recorder.draft_id).id == second.id
    assert [check.status for check in store.codes.checks(first.id)] == ["failed"]
    session = store.sessions.get(begun.session_id)
    assert (session.checks_passed, session.checks_failed) == (1, 0)
    assert store.runs.text(begun.run_id) == {}


def test_without_a_choice_the_newest_version_counts(store, spec):
    begun, recorder = recorded(store, spec, REPAIRED)
    assert store.codes.latest(recorder.draft_id).code == "third"
    assert store.sessions.get(begun.session_id).checks_failed == 1


def test_a_later_version_counts_more_than_an_earlier_choice(store, spec):
    begun, recorder = recorded(store, spec, [*REPAIRED, ev.CodeChosen(attempt=1, reason="best")])
    mine = store.codes.add(recorder.draft_id, "mine")
    assert store.codes.latest(recorder.draft_id).id == mine.id
    with pytest.raises(NoSuchRecord):
        store.codes.choose(begun.run_id, mine.id)


def test_a_repair_that_is_left_early_keeps_its_text(store, spec):
    with Recorder(store) as recorder:
        begun = recorder.begin("clamp it", endpoint="local", model="qwen")
        recorder.record(ev.SpecFinished(ir=spec(), ir_text="def clamp(): ..."))
        for event in REPAIRED[:5]:
            recorder.record(event)
    assert store.runs.text(begun.run_id) == {"repair": "sec"}
    assert store.codes.latest(recorder.draft_id).code == "first"
