"""What a sitting at the hole deck answers, in order, and what an answer would come to.

:class:`Answers` works on the desk's thread, where one edit follows the other: each answer is given
on the draft that the one before it made, however fast the keys come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from engine.ir.models import IR, TypedHole
    from engine.lifecycle.editing import Edited
    from engine.sessions.records import Draft
    from engine.sessions.store import SessionStore


@dataclass(frozen=True)
class Choice:
    """One way to close a hole: an option by its number (from 1), an answer in words, or neither to turn it down."""

    pick: int | None = None
    answer: str | None = None

    @property
    def rejects(self) -> bool:
        """Whether the question is turned down."""
        return self.pick is None and self.answer is None


class Given(NamedTuple):
    """An answer that is saved: the hole, and the ids of the drafts before and after it."""

    hole: str
    before: int
    after: int


@dataclass(frozen=True)
class Saved:
    """What became of an answer; ``head`` is the current draft, which has it unless it became a sibling."""

    edited: Edited
    head: Draft


class Answers:
    """The answers of one sitting.

    Args:
        session_id: the session.
        author: who answers.
        base: id of the draft that is shown.
    """

    def __init__(self, session_id: str, author: str, base: int) -> None:
        self.session_id = session_id
        self.base = base
        self.given: list[Given] = []
        self._author = author

    def resolve(self, store: SessionStore, hole: str, choice: Choice) -> Saved:
        """Close ``hole`` of the draft that is shown.

        When the model has added options to a hole meanwhile, and nobody has changed anything else,
        the answer goes to the draft that has them.

        Raises:
            LiftError: see :func:`engine.lifecycle.holes.resolve`.
        """
        from engine.lifecycle.finding import find_draft
        from engine.lifecycle.holes import resolve

        with store.transaction():
            head = find_draft(store, self.session_id)
            shown = store.drafts.get(self.base)
            if head.id != shown.id and _same_but_options(head.ir, shown.ir):
                shown = head
            edited = resolve(
                store,
                self.session_id,
                hole,
                pick=choice.pick,
                answer=choice.answer,
                reject=choice.rejects,
                base=shown.id,
                author=self._author,
            )
            head = find_draft(store, self.session_id)
        if not edited.became_sibling:
            self.given.append(Given(hole, shown.id, edited.draft.id))
        self.base = head.id
        return Saved(edited, head)

    def take_back(self, store: SessionStore) -> tuple[str, Draft]:
        """Undo the last answer; returns its hole and the draft that has the hole again.

        Raises:
            UsageError: nothing was answered in this sitting, or something else has changed since.
            LiftError: see :func:`engine.lifecycle.moving.undo`.
        """
        from engine.errors import UsageError
        from engine.lifecycle.moving import undo

        if not self.given:
            raise UsageError("Nothing was answered here yet.", "Close the questions, then u undoes other changes.")
        last = self.given[-1]
        with store.transaction():
            if store.heads.current(self.session_id) != last.after:
                raise UsageError(
                    "The specification has changed since the last answer.",
                    "Close the questions, then u goes back step by step.",
                )
            draft = undo(store, self.session_id, author=self._author)
        self.given.pop()
        self.base = draft.id
        return last.hole, draft


LONG_RULE = 100
"""Characters from which on a rule is not repeated in full, because its question stands right above."""


class Outcome(NamedTuple):
    """What an answer would come to, and what speaks against it (empty when nothing does)."""

    place: str
    doubt: str = ""


def outcome(ir: IR, hole: TypedHole, answer: str) -> Outcome:
    """Where ``answer`` would go, as the clause that it makes; a few milliseconds at most."""
    from engine.ir.diff import diff
    from engine.ir.models import Provenance
    from engine.ir.text import render_clause
    from engine.lifecycle.answers import rule, settle

    new = settle(ir, hole, answer, Provenance())
    clauses = dict(new.clauses())
    for change in diff(ir, new):
        address = change.address_new
        if address == "intent":
            said = rule(hole, answer)
            place = "a rule of the intent: " + (said if len(said) < LONG_RULE else "the question with this answer")
            return Outcome(place, _doubt(ir, hole, answer))
        if address is not None:
            return Outcome(render_clause(address, clauses[address]))
    return Outcome("nothing changes: it says so already")


def _doubt(ir: IR, hole: TypedHole, answer: str) -> str:
    """Why an answer that looks like code would be taken as words."""
    from engine.ir.expressions import annotation_faults, expression_faults

    match hole.kind:
        case "assertion" if any(sign in answer for sign in ("==", "<", ">", "!=", "(", "[", " in ")):
            known = {parameter.name for parameter in ir.signature.parameters} | {"result", ir.signature.name}
            fault = next(expression_faults(answer, known, hint=""), None)
        case "signature" if hole.options and not any(any(annotation_faults(option)) for option in hole.options):
            fault = next(annotation_faults(answer), None)
        case _:
            fault = None
    if fault is None:
        return ""
    return " ".join(part for part in (f"{fault.message}.", fault.suggestion, "It would be kept as words.") if part)


def _same_but_options(one: IR, other: IR) -> bool:
    """Whether two specifications differ at most in the options of their holes."""

    def essence(ir: IR) -> IR:
        bare = ir.content()
        for hole in bare.holes:
            hole.options = []
        return bare

    return essence(one) == essence(other)
