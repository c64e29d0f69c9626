"""Deciding about proposals: all, some or none of the changes, and never over a person's head."""

from __future__ import annotations

import pytest

from engine.errors import UsageError
from engine.ir.diff import apply
from engine.ir.models import IR, Provenance
from engine.ir.text import parse
from engine.lifecycle import editing
from engine.lifecycle.errors import NothingProposed
from engine.lifecycle.moving import undo
from engine.lifecycle.refinement import accept, find_proposal, reject
from engine.lifecycle.states import finalize
from engine.sessions.errors import NotAllowed
from engine.stages.refine_wire import proposed_changes

SPEC = '''def clamp(value: int, low: int, high: int) -> int:
    """Clamp a value between two bounds."""
    ensures(low <= result)
    example(clamp(15, 0, 10) == 10)
'''
BETTER = '''def clamp(value: int, low: int, high: int) -> int:
    """Clamp a value between two bounds."""
    ensures(low <= result <= high)
    raises(ValueError, low > high)
'''
WISH = "tell more"


@pytest.fixture
def base(store):
    """A draft whose only clause by a person is its postcondition."""
    session = store.sessions.create("clamp")
    ir = parse(SPEC)
    for address, clause in ir.clauses():
        clause.provenance = Provenance(source="human" if address.startswith("ensures") else "agent")
    return store.drafts.add(session.id, ir, parent=None)


@pytest.fixture
def propose(store, base):
    def start(text: str = BETTER):
        wanted: IR = parse(text)
        changes = [proposed.change for proposed in proposed_changes(base.ir, wanted)]
        new = apply(base.ir, changes, Provenance(source="refinement", author="model"))
        return store.proposals.add(base.session_id, new, base=base.id, author="model", reason=WISH)

    return start


def numbers(changes):
    return [proposed.number for proposed in changes]


def test_the_newest_undecided_proposal_is_meant(store, base, propose):
    propose(SPEC.replace("15", "25"))
    newest = propose()
    found = find_proposal(store, base.session_id)
    assert (found.draft, found.base, found.instruction) == (newest, base, WISH)
    assert [(p.change.kind, p.human) for p in found.changes] == [
        ("changed", True),
        ("added", False),
        ("removed", False),
    ]
    reject(store, base.session_id)
    assert find_proposal(store, base.session_id).draft.seq == 2
    assert find_proposal(store, base.session_id, newest.seq).draft == newest


def test_nothing_proposed_is_told(store, base):
    with pytest.raises(NothingProposed):
        find_proposal(store, base.session_id)
    with pytest.raises(NothingProposed, match="no proposal"):
        accept(store, base.session_id, number=1)


def test_all_leaves_out_what_a_person_wrote(store, base, propose):
    proposal = propose()
    accepted = accept(store, base.session_id, author="ada")
    assert (numbers(accepted.changes), numbers(accepted.left_out)) == ([2, 3], [1])
    head = store.drafts.head(base.session_id)
    assert head == accepted.draft
    assert (head.parent_id, head.source, head.reason, head.author) == (base.id, "refinement", WISH, "ada")
    assert head.ir.ensures == base.ir.ensures
    assert [clause.exception for clause in head.ir.raises] == ["ValueError"]
    assert head.ir.examples == []
    provenance = head.ir.raises[0].provenance
    assert (provenance.source, provenance.author) == ("refinement", "model")
    assert provenance.timestamp is not None
    (decision,) = store.proposals.decisions(proposal.id)
    assert (decision.draft_id, decision.changes, decision.author) == (head.id, (2, 3), "ada")
    assert accepted.problems == ()


def test_naming_a_number_is_consent(store, base, propose):
    propose()
    accepted = accept(store, base.session_id, [1])
    assert accepted.draft.ir.ensures[0].predicate == "low <= result <= high"
    assert accepted.draft.ir.ensures[0].provenance.source == "refinement"
    assert accepted.draft.ir.examples == base.ir.examples
    assert accepted.draft.ir.raises == []


def test_all_with_an_override_takes_everything(store, base, propose):
    proposal = propose()
    accepted = accept(store, base.session_id, override_human=True)
    assert accepted.left_out == ()
    assert accepted.draft.ir.content() == proposal.ir.content()


def test_all_of_a_persons_clauses_is_refused_and_changes_nothing(store, base, propose):
    propose(SPEC.replace("low <= result", "low < result"))
    with pytest.raises(UsageError, match="what a person wrote"):
        accept(store, base.session_id)
    assert store.drafts.head(base.session_id) == base
    assert find_proposal(store, base.session_id)


@pytest.mark.parametrize("only", [[4], [0, 1], []])
def test_numbers_that_are_none_are_refused(store, base, propose, only):
    propose()
    with pytest.raises(UsageError):
        accept(store, base.session_id, only)
    assert store.drafts.head(base.session_id) == base


def test_a_decided_proposal_can_be_taken_up_again_by_its_number(store, base, propose):
    proposal = propose()
    reject(store, base.session_id, author="ada", reason="not yet")
    accepted = accept(store, base.session_id, [2], number=proposal.seq)
    undo(store, base.session_id)
    assert accept(store, base.session_id, [3], number=proposal.seq).draft.ir.examples == []
    assert [d.draft_id for d in store.proposals.decisions(proposal.id)][:2] == [None, accepted.draft.id]


def test_an_edit_meanwhile_makes_the_acceptance_a_sibling(store, base, propose):
    propose()
    mine = editing.edit_clause(store, base.session_id, "intent.summary", "Mine.")
    accepted = accept(store, base.session_id)
    assert accepted.draft.became_sibling
    assert store.heads.current(base.session_id) == mine.draft.id


def test_a_finalized_session_takes_no_acceptance(store, base, propose):
    propose()
    finalize(store, base.session_id)
    with pytest.raises(NotAllowed):
        accept(store, base.session_id)


def test_problems_of_a_part_of_the_changes_are_told(store, base, propose):
    propose(SPEC.replace("value: int", "x: int").replace("ensures(low <= result)", "ensures(x >= 0)"))
    renamed, postcondition = find_proposal(store, base.session_id).changes
    assert renamed.change.address_new == "signature.parameters[0]"
    accepted = accept(store, base.session_id, [postcondition.number])
    assert any("`x`" in problem.message for problem in accepted.problems)
