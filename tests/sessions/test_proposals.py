"""Proposals wait beside the head, and what is decided about them is kept."""

from __future__ import annotations

import pytest

from engine.sessions.errors import NoSuchRecord


@pytest.fixture
def base(store, spec):
    session = store.sessions.create("clamp")
    return store.drafts.add(session.id, spec(), parent=None)


def propose(store, spec, base, summary="better"):
    return store.proposals.add(base.session_id, spec(summary), base=base.id, author="model", reason="make it better")


def test_a_proposal_is_a_draft_that_leaves_the_head_alone(store, spec, base):
    proposal = propose(store, spec, base)
    assert (proposal.proposed, proposal.became_sibling, proposal.source) == (True, False, "refinement")
    assert (proposal.parent_id, proposal.author, proposal.reason) == (base.id, "model", "make it better")
    assert store.drafts.head(base.session_id) == base
    assert [draft.proposed for draft in store.drafts.list(base.session_id)] == [False, True]
    assert store.drafts.get(proposal.id) == proposal
    assert store.sessions.get(base.session_id).draft_count == 2


def test_a_proposal_does_not_stand_in_the_way_of_an_edit(store, spec, base):
    propose(store, spec, base)
    assert not store.drafts.add(base.session_id, spec("mine"), parent=base.id).became_sibling


def test_decisions_are_kept_in_order_and_end_the_waiting(store, spec, base):
    first, second = propose(store, spec, base), propose(store, spec, base, "even better")
    assert store.proposals.list(base.session_id) == [first.id, second.id]
    rejected = store.proposals.decide(first.id, draft_id=None, reason="no", author="ada")
    assert (rejected.draft_id, rejected.changes, rejected.reason, rejected.author) == (None, (), "no", "ada")
    assert store.proposals.list(base.session_id, undecided=True) == [second.id]
    taken = store.drafts.add(base.session_id, spec("even better"), parent=base.id)
    accepted = store.proposals.decide(second.id, draft_id=taken.id, changes=[3, 1])
    assert (accepted.draft_id, accepted.changes) == (taken.id, (1, 3))
    assert store.proposals.list(base.session_id, undecided=True) == []
    again = store.proposals.decide(first.id, draft_id=taken.id, changes=[1])
    assert store.proposals.decisions(first.id) == [rejected, again]


def test_only_a_proposal_can_be_decided_about(store, spec, base):
    for wrong in (base.id, 999):
        with pytest.raises(NoSuchRecord):
            store.proposals.decide(wrong, draft_id=None)


def test_the_base_belongs_to_the_session(store, spec, base):
    other = store.sessions.create("other")
    with pytest.raises(NoSuchRecord):
        store.proposals.add(other.id, spec(), base=base.id)
    assert store.proposals.list(other.id) == []


def test_the_history_tells_of_proposals_and_decisions(store, spec, base):
    proposal = propose(store, spec, base)
    store.proposals.decide(proposal.id, draft_id=None, reason="no", author="ada")
    told = [(e.kind, e.number, e.detail, e.reason, e.author) for e in store.history(base.session_id)][-2:]
    assert told == [
        ("spec", 2, "refinement proposal", "make it better", "model"),
        ("reject", 2, "", "no", "ada"),
    ]


def test_a_purged_session_takes_its_proposals_along(store, spec, base):
    proposal = propose(store, spec, base)
    taken = store.drafts.add(base.session_id, spec("better"), parent=base.id)
    store.proposals.decide(proposal.id, draft_id=taken.id, changes=[1])
    store.sessions.delete(base.session_id)
    store.sessions.purge(base.session_id)
    assert store.damage() == []
    for table in ("proposals", "decisions"):
        assert store._db.rows(f"SELECT * FROM {table}") == []


def test_a_run_knows_its_draft_and_its_hole(store, spec, base):
    store.drafts.add(base.session_id, spec("newer"), parent=base.id)
    run = store.runs.start(base.session_id, "assist", base_id=base.id, hole="nan")
    assert (run.base_id, store.runs.hole(run.id)) == (base.id, "nan")
    other = store.runs.start(base.session_id)
    assert (other.base_id, store.runs.hole(other.id)) == (store.heads.current(base.session_id), "")
