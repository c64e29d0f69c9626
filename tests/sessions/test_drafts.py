from __future__ import annotations

import sqlite3

import pytest

from engine.errors import StoreError
from engine.ir.models import IR
from engine.sessions.errors import NoSuchRecord, NotAllowed
from engine.sessions.records import HoleAnswer
from engine.stages.events import CheckResult


def test_a_draft_comes_back_as_it_was(store, spec):
    session = store.sessions.create("clamp")
    ir = IR.model_validate({**spec(holes=2).model_dump(), "from_the_future": {"kept": None}})
    added = store.drafts.add(session.id, ir, parent=None, author="ada", source="agent", reason="asked")
    again = store.drafts.get(added.id)
    assert again == added == store.drafts.head(session.id) == store.drafts.by_seq(session.id, 1)
    assert again.ir == ir
    assert "def clamp" in again.ir_text
    assert (again.author, again.source, again.reason, again.holes, again.seq) == ("ada", "agent", "asked", 2, 1)


def test_an_edit_of_the_head_becomes_the_head(store, spec):
    session = store.sessions.create("clamp")
    first = store.drafts.add(session.id, spec(), parent=None)
    second = store.drafts.add(session.id, spec("Clamp it"), parent=first.id)
    assert not second.became_sibling
    assert store.heads.current(session.id) == second.id
    assert store.sessions.get(session.id).title == "Clamp it"


def test_an_edit_of_an_older_draft_becomes_a_sibling_and_says_so(store, spec):
    session = store.sessions.create("clamp")
    first = store.drafts.add(session.id, spec(), parent=None)
    mine = store.drafts.add(session.id, spec("mine"), parent=first.id)
    theirs = store.drafts.add(session.id, spec("theirs"), parent=first.id)
    assert theirs.became_sibling
    assert store.drafts.get(theirs.id).became_sibling
    assert store.heads.current(session.id) == mine.id
    assert store.sessions.get(session.id).title == "mine"
    assert [draft.seq for draft in store.drafts.list(session.id)] == [1, 2, 3]

    store.heads.select(session.id, theirs.id)
    assert store.drafts.head(session.id).ir.intent.summary == "theirs"


def test_a_draft_from_nothing_does_not_replace_a_head(store, spec):
    session = store.sessions.create("clamp")
    store.drafts.add(session.id, spec(), parent=None)
    assert store.drafts.add(session.id, spec("again"), parent=None).became_sibling


def test_a_draft_may_wait_beside_the_head(store, spec):
    session = store.sessions.create("clamp")
    first = store.drafts.add(session.id, spec(), parent=None)
    waiting = store.drafts.add(session.id, spec("better"), parent=first.id, move_head=False)
    assert not waiting.became_sibling
    assert store.heads.current(session.id) == first.id
    assert store.sessions.get(session.id).title != "better"
    assert not store.drafts.add(session.id, spec("mine"), parent=first.id).became_sibling


def test_answers_to_holes_are_kept(store, spec):
    session = store.sessions.create("clamp")
    first = store.drafts.add(session.id, spec(holes=2), parent=None)
    answers = [
        HoleAnswer(hole="h0", action="option", answer="yes", author="ada"),
        HoleAnswer(hole="h1", action="reject"),
    ]
    second = store.drafts.add(session.id, spec(), parent=first.id, answers=answers)
    assert store.drafts.answers(second.id) == answers
    assert store.drafts.answers(first.id) == []
    assert store.sessions.get(session.id).holes_open == 0


def test_a_parent_must_belong_to_the_session(store, spec):
    one, other = store.sessions.create("one"), store.sessions.create("other")
    draft = store.drafts.add(one.id, spec(), parent=None)
    for wrong in (draft.id, 999):
        with pytest.raises(NoSuchRecord):
            store.drafts.add(other.id, spec(), parent=wrong)
    assert store.drafts.list(other.id) == []


def test_a_deleted_session_takes_no_drafts(store, spec):
    session = store.sessions.create("gone")
    store.sessions.delete(session.id)
    with pytest.raises(NotAllowed):
        store.drafts.add(session.id, spec(), parent=None)


def test_the_summary_follows_the_heads_newest_code_and_newest_checks(store, spec):
    session = store.sessions.create("clamp")
    first = store.drafts.add(session.id, spec(holes=1), parent=None)
    code = store.codes.add(first.id, "def clamp(): ...", author="model")
    passed = CheckResult(kind="parse", name="parses", status="passed")
    failed = CheckResult(kind="example", name="0", status="failed", detail="1 != 2", clause="examples[0]")
    store.codes.add_checks(code.id, [passed, failed, failed])

    def counts():
        summary = store.sessions.get(session.id)
        return summary.holes_open, summary.checks_passed, summary.checks_failed

    assert counts() == (1, 1, 2)
    assert [check.status for check in store.codes.checks(code.id)] == ["passed", "failed", "failed"]

    run = store.runs.start(session.id, "check")
    store.codes.add_checks(code.id, [passed, passed], run_id=run.id)
    assert counts() == (1, 2, 0)
    assert len(store.codes.checks(code.id)) == 2
    assert len(store.codes.checks(code.id, all_runs=True)) == 5

    better = store.codes.add(first.id, "def clamp(): pass")
    assert counts() == (1, 0, 0)
    assert store.codes.latest(first.id) == better
    store.drafts.add(session.id, spec(), parent=first.id)
    assert counts() == (0, 0, 0)
    store.heads.undo(session.id)
    assert counts() == (1, 0, 0)
    assert [version.seq for version in store.codes.list(session.id)] == [1, 2]


@pytest.mark.parametrize("table", ["texts", "prompts", "drafts", "resolutions", "head_moves", "events", "codes",
                                   "checks", "spans", "usage", "proposals", "decisions", "assists"])  # fmt: skip
def test_append_only_tables_are_append_only(store, spec, table):
    from engine.stages.events import Span, Usage

    session = store.sessions.create("clamp")
    draft = store.drafts.add(session.id, spec(), parent=None, answers=[HoleAnswer(hole="h", action="reject")])
    run = store.runs.start(session.id, "assist", hole="h")
    proposal = store.proposals.add(session.id, spec("better"), base=draft.id)
    store.proposals.decide(proposal.id, draft_id=None)
    store.runs.add_spans(run.id, [Span(stage="draft", name="decode", start_s=0, duration_s=1)])
    store.runs.add_usage(run.id, "draft", Usage(prompt_tokens=1))
    code = store.codes.add(draft.id, "x = 1", run_id=run.id)
    store.codes.add_checks(code.id, [CheckResult(kind="parse", name="p", status="passed")])

    before = store._db.rows(f"SELECT * FROM {table}")
    assert before
    column = next(iter(before[0]))
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(StoreError, match="append-only") as refused:
            store._db.execute(statement)
        assert isinstance(refused.value.__cause__, sqlite3.IntegrityError)
    assert store._db.rows(f"SELECT * FROM {table}") == before
