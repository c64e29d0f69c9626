"""Deciding about what a refinement proposes, change by change.

A proposal waits as a draft beside the head until somebody decides. Accepting makes a new draft of
the base and the chosen changes. A person outranks the model: what would alter, move or remove a
clause that a person wrote is taken over only when it is named, or when the caller says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.errors import UsageError
from engine.ir.diff import apply
from engine.ir.models import Provenance
from engine.ir.validate import Problem, validate
from engine.lifecycle.errors import NothingProposed
from engine.lifecycle.finding import find_draft
from engine.lifecycle.states import require_editable
from engine.sessions.records import Decision, Draft
from engine.sessions.store import SessionStore
from engine.stages.events import ProposedChange
from engine.stages.refine_wire import proposed_changes

ACCEPTED_CONFIDENCE = 0.9
"""Confidence of a clause that the model wrote and a person has accepted."""


@dataclass(frozen=True)
class Proposal:
    """A proposed draft, the draft that it would change, and the numbered changes."""

    draft: Draft
    base: Draft
    changes: tuple[ProposedChange, ...]

    @property
    def instruction(self) -> str:
        """What the user had asked for."""
        return self.draft.reason


@dataclass(frozen=True)
class Accepted:
    """What became of an acceptance.

    Attributes:
        proposal: what was accepted, in part or whole.
        draft: the new draft.
        changes: the changes that it has.
        left_out: the changes that were not asked for, or that a person outranks.
        problems: everything wrong with the draft now.
    """

    proposal: Proposal
    draft: Draft
    changes: tuple[ProposedChange, ...]
    left_out: tuple[ProposedChange, ...]
    problems: tuple[Problem, ...]


def find_proposal(store: SessionStore, session_id: str, number: int | None = None) -> Proposal:
    """The newest proposal that nobody has decided about, or the one that is draft ``number``.

    Raises:
        NothingProposed: there is none.
        NoSuchRecord: there is no such session or draft.
    """
    if number is not None:
        draft = find_draft(store, session_id, number)
        if not draft.proposed:
            raise NothingProposed(f"Draft {number} of session {session_id} is no proposal.")
    else:
        waiting = store.proposals.list(session_id, undecided=True)
        if not waiting:
            raise NothingProposed(
                f"Nothing is proposed in session {session_id}.", f'Ask for it: lift session refine {session_id} "…"'
            )
        draft = store.drafts.get(waiting[-1])
    assert draft.parent_id is not None, "a proposal is always made from a draft"
    base = store.drafts.get(draft.parent_id)
    return Proposal(draft, base, tuple(proposed_changes(base.ir, draft.ir)))


def accept(
    store: SessionStore,
    session_id: str,
    only: Collection[int] | None = None,
    *,
    number: int | None = None,
    override_human: bool = False,
    author: str = "",
) -> Accepted:
    """Take over all changes of a proposal, or only some.

    Args:
        only: the numbers of the changes to take over; naming one is consent, whoever wrote the clause.
        number: the proposed draft; the newest undecided one when not given.
        override_human: take over also what changes a person's clauses, when ``only`` is not given.

    Raises:
        NothingProposed: there is no such proposal.
        UsageError: no change has such a number, or none is left because a person wrote every clause.
        NotAllowed: the session is finalized, abandoned or deleted.
    """
    with store.transaction():
        require_editable(store, session_id)
        proposal = find_proposal(store, session_id, number)
        chosen = _chosen(proposal, only, override_human=override_human)
        provenance = Provenance(
            source="refinement",
            confidence=ACCEPTED_CONFIDENCE,
            author=proposal.draft.author or None,
            timestamp=datetime.now(UTC),
        )
        ir = apply(proposal.base.ir, [proposed.change for proposed in chosen], provenance)
        draft = store.drafts.add(
            session_id,
            ir,
            parent=proposal.base.id,
            author=author,
            source="refinement",
            reason=proposal.instruction,
        )
        store.proposals.decide(
            proposal.draft.id,
            draft_id=draft.id,
            changes=[proposed.number for proposed in chosen],
            author=author,
        )
        left_out = tuple(proposed for proposed in proposal.changes if proposed not in chosen)
        return Accepted(proposal, draft, chosen, left_out, tuple(validate(ir)))


def reject(
    store: SessionStore, session_id: str, *, number: int | None = None, author: str = "", reason: str = ""
) -> Decision:
    """Turn a proposal down; it stays in the history.

    Raises:
        NothingProposed: there is no such proposal.
        NoSuchRecord: there is no such session or draft.
    """
    with store.transaction():
        proposal = find_proposal(store, session_id, number)
        return store.proposals.decide(proposal.draft.id, draft_id=None, author=author, reason=reason)


def _chosen(proposal: Proposal, only: Collection[int] | None, *, override_human: bool) -> tuple[ProposedChange, ...]:
    if only is None:
        chosen = tuple(proposed for proposed in proposal.changes if override_human or not proposed.human)
        if not chosen:
            raise UsageError(
                "Every proposed change alters what a person wrote, so none is accepted unasked.",
                "Name the changes you want by their numbers, or override.",
            )
        return chosen
    unknown = sorted(set(only) - {proposed.number for proposed in proposal.changes})
    if unknown or not only:
        named = f"There is no change {unknown[0]}." if unknown else "No change is named."
        raise UsageError(named, f"The changes are numbered from 1 to {len(proposal.changes)}.")
    return tuple(proposed for proposed in proposal.changes if proposed.number in only)
