"""Answering the questions that a specification leaves open."""

from __future__ import annotations

from engine.errors import UsageError
from engine.ir.models import IR, TypedHole
from engine.lifecycle.answers import settle
from engine.lifecycle.editing import Edited, by_hand, edit
from engine.lifecycle.errors import UnknownHole
from engine.lifecycle.finding import find_draft
from engine.sessions.records import HoleAnswer
from engine.sessions.store import SessionStore


def resolve(
    store: SessionStore,
    session_id: str,
    hole_id: str,
    *,
    pick: int | None = None,
    answer: str | None = None,
    reject: bool = False,
    base: int | None = None,
    author: str = "",
    reason: str = "",
) -> Edited:
    """Close a hole: pick one of its options (from 1), answer in words, or turn the question down.

    The hole leaves the specification, the answer goes where it belongs (see
    :func:`engine.lifecycle.answers.settle`), and the resolution is recorded with the new draft.

    Args:
        hole_id: the hole's identifier.
        base: id of the draft that the answer refers to; the head when not given.

    Raises:
        UnknownHole: no open hole has that identifier, or it has no such option.
        UsageError: not exactly one of ``pick``, ``answer`` and ``reject`` was given.
        NoSuchRecord: there is no such session or draft.
        NotAllowed: the session is finalized, abandoned or deleted.
    """
    if [pick is not None, answer is not None, reject].count(True) != 1:
        raise UsageError(
            "A hole is resolved in one of three ways.",
            "Pick an option by its number, type an answer, or reject the question.",
        )
    given = answer.strip() if answer is not None else ""
    if answer is not None and not given:
        raise UsageError("The answer is empty.", "Type an answer, or reject the question.")
    with store.transaction():
        draft = store.drafts.get(base) if base is not None else find_draft(store, session_id)
        hole = find_hole(draft.ir, hole_id)
        if pick is not None:
            resolution = HoleAnswer(hole=hole_id, action="option", answer=_option(hole, pick), author=author)
        else:
            resolution = HoleAnswer(hole=hole_id, action="reject" if reject else "answer", answer=given, author=author)

        def change(old: IR) -> IR:
            index = old.holes.index(hole)
            ir = old.model_copy(update={"holes": old.holes[:index] + old.holes[index + 1 :]})
            return ir if reject else settle(ir, hole, resolution.answer, by_hand(author))

        said = "rejected" if reject else f"answered “{resolution.answer}”"
        return edit(
            store,
            session_id,
            change,
            base=draft.id,
            author=author,
            reason=reason or f"hole {hole_id}: {said}",
            answers=[resolution],
        )


def find_hole(ir: IR, identifier: str) -> TypedHole:
    """The open hole with this identifier.

    Raises:
        UnknownHole: there is none; the message lists those that there are.
    """
    for hole in ir.holes:
        if hole.identifier == identifier:
            return hole
    if not ir.holes:
        raise UnknownHole(
            f"There is no hole “{identifier}”: every question is answered.", "Nothing is left to resolve."
        )
    raise UnknownHole(f"There is no open hole “{identifier}”.", "Open holes:\n" + "\n".join(map(describe, ir.holes)))


def describe(hole: TypedHole) -> str:
    """A hole with its question and its numbered options, in one line."""
    options = "; ".join(f"{number} {option}" for number, option in enumerate(hole.options, 1))
    return f"  {hole.identifier}: {hole.description or 'an open question'}" + (f" [{options}]" if options else "")


def _option(hole: TypedHole, pick: int) -> str:
    if 1 <= pick <= len(hole.options):
        return hole.options[pick - 1]
    what = f"Hole {hole.identifier} has no option {pick}."
    raise UnknownHole(what, describe(hole).strip() if hole.options else "It has none: type an answer.")
