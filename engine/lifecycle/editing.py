"""Editing a specification by hand: the whole text form, or one clause of it.

An edit that leaves errors behind is saved nonetheless, because a draft may be incomplete; the
problems are returned with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.ir.diff import Change, apply, diff
from engine.ir.models import IR, Provenance
from engine.ir.text import parse
from engine.ir.validate import Problem, validate
from engine.lifecycle import clauses
from engine.lifecycle.finding import find_draft
from engine.lifecycle.states import require_editable
from engine.sessions.records import Draft, HoleAnswer
from engine.sessions.store import SessionStore

_LONGEST_REASON = 200


@dataclass(frozen=True)
class Edited:
    """What became of an edit.

    Attributes:
        draft: the new draft; the one it was made from when nothing changed.
        changes: what changed, clause by clause; empty when nothing was stored.
        problems: everything wrong with the draft now.
    """

    draft: Draft
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]

    @property
    def became_sibling(self) -> bool:
        """Whether somebody else had moved the head, so that this draft stands beside it."""
        return bool(self.changes) and self.draft.became_sibling


def by_hand(author: str) -> Provenance:
    """The provenance of what a person writes now."""
    return Provenance(source="human", confidence=1.0, author=author or None, timestamp=datetime.now(UTC))


def edit_text(
    store: SessionStore,
    session_id: str,
    text: str,
    *,
    base: int | None = None,
    author: str = "",
    reason: str = "",
) -> Edited:
    """Save the whole specification in its text form; clauses that stay the same keep their provenance.

    Args:
        base: id of the draft that the text was made from; the head when not given. In a session
            without drafts the text becomes the first one.
        reason: why; a summary of the changes when empty.

    Raises:
        SpecSyntaxError: the text is no specification; nothing was saved.
        NoSuchRecord: there is no such session, or ``base`` is no draft of it.
        NotAllowed: the session is finalized, abandoned or deleted.
    """
    written = parse(text)
    with store.transaction():
        require_editable(store, session_id)
        if base is None and store.heads.current(session_id) is None:
            ir = stamped(written, by_hand(author))
            draft = store.drafts.add(session_id, ir, parent=None, author=author, reason=reason or "written by hand")
            return Edited(draft, tuple(diff(_empty(ir), ir)), tuple(validate(ir)))
        return edit(
            store,
            session_id,
            lambda old: apply(old, diff(old, written), by_hand(author)),
            base=base,
            author=author,
            reason=reason,
        )


def edit_clause(
    store: SessionStore,
    session_id: str,
    address: str,
    value: str | Sequence[str],
    *,
    base: int | None = None,
    author: str = "",
    reason: str = "",
) -> Edited:
    """Set one clause (``ensures[0]``) or one field of it (``signature.parameters[1].type_hint``).

    The value of a whole clause is what stands in the text form, ``ensures(result > 0, "why")``, or
    just what matters of it, ``result > 0``. Arguments and errors are otherwise those of
    :func:`edit_text`.

    Raises:
        BadAddress: there is no such clause or field.
        SpecSyntaxError: the value is no such clause.
    """
    return edit(
        store,
        session_id,
        lambda old: clauses.replaced(old, address, value, by_hand(author)),
        base=base,
        author=author,
        reason=reason,
    )


def add_clause(
    store: SessionStore,
    session_id: str,
    field: str,
    text: str,
    *,
    place: int | None = None,
    base: int | None = None,
    author: str = "",
    reason: str = "",
) -> Edited:
    """Add a clause to one of the lists, at the end or at an index; see :func:`edit_clause`.

    Args:
        field: ``requires``, ``ensures``, ``raises``, ``effects``, ``examples``, ``holes`` or ``parameters``.
    """
    return edit(
        store,
        session_id,
        lambda old: clauses.added(old, field, text, place, by_hand(author)),
        base=base,
        author=author,
        reason=reason,
    )


def remove_clause(
    store: SessionStore, session_id: str, address: str, *, base: int | None = None, author: str = "", reason: str = ""
) -> Edited:
    """Remove one clause of a list; see :func:`edit_clause`."""
    return edit(store, session_id, lambda old: clauses.removed(old, address), base=base, author=author, reason=reason)


def move_clause(
    store: SessionStore,
    session_id: str,
    address: str,
    place: int,
    *,
    base: int | None = None,
    author: str = "",
    reason: str = "",
) -> Edited:
    """Move one clause of a list to another index; see :func:`edit_clause`."""
    return edit(
        store, session_id, lambda old: clauses.moved(old, address, place), base=base, author=author, reason=reason
    )


def edit(
    store: SessionStore,
    session_id: str,
    change: Callable[[IR], IR],
    *,
    base: int | None,
    author: str,
    reason: str,
    answers: Sequence[HoleAnswer] = (),
) -> Edited:
    """Save what ``change`` makes of the draft ``base`` (the head when None).

    ``change`` returns a new IR and leaves the old one as it is; what it raises is passed on, and
    nothing is saved then.
    """
    with store.transaction():
        require_editable(store, session_id)
        old = store.drafts.get(base) if base is not None else find_draft(store, session_id)
        ir = change(old.ir)
        changes = tuple(diff(old.ir, ir))
        draft = old
        if changes or answers:
            draft = store.drafts.add(
                session_id, ir, parent=old.id, author=author, reason=reason or summary(changes), answers=answers
            )
        return Edited(draft, changes, tuple(validate(ir)))


def summary(changes: Sequence[Change]) -> str:
    """Some changes in one line, for the history."""
    if not changes:
        return ""
    more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
    first = " ".join(changes[0].summary.split())
    room = _LONGEST_REASON - len(more)
    return (first if len(first) <= room else first[: room - 1] + "…") + more


def stamped(ir: IR, provenance: Provenance) -> IR:
    """A copy of ``ir`` in which every clause has this provenance."""
    copy = ir.model_copy(deep=True)
    for _, clause in copy.clauses():
        clause.provenance = provenance
    return copy


def _empty(ir: IR) -> IR:
    """What a first draft is compared with, so that all its lists count as added."""
    return ir.model_copy(
        update={
            "intent": ir.intent.model_copy(update={"summary": "", "rationale": ""}),
            "requires": [],
            "ensures": [],
            "raises": [],
            "effects": [],
            "examples": [],
            "holes": [],
        }
    )
