"""All that the workbench shows of one session, read in one go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.ir.validate import Problem
    from engine.lifecycle.refinement import Proposal
    from engine.sessions.records import Code, Draft, DraftInfo, Run, Session, StoredCheck
    from engine.sessions.store import SessionStore
    from engine.stages.events import Span, Usage
    from tui.unsaved import Unsaved


@dataclass(frozen=True)
class SessionView:
    """A session at one moment.

    Attributes:
        session: its record.
        prompt: what it began with; empty when it began with something else.
        draft: the draft that is shown, the head unless another was asked for; None before the first.
        is_head: whether ``draft`` is the head, the only draft that edits go to.
        drafts: all drafts, oldest first, without content.
        undo: how many steps back there are, and ``redo`` forward.
        problems: what is wrong with ``draft``.
        code: the newest code, made from ``draft`` if there is such, else from another draft.
        code_is_current: whether ``code`` was made from ``draft``.
        codes: all versions of the code, oldest first.
        checks: the verdicts on ``code``.
        runs: all runs, oldest first; ``spans`` and ``usage`` (by stage) are the last one's.
        proposal: a refinement that waits for a decision.
        interrupted: the last run, if it did not come to its end; ``partial`` is what it left, by stage.
        unsaved: what was typed and not saved, by whoever had the session open last.
    """

    session: Session
    prompt: str
    draft: Draft | None
    is_head: bool
    drafts: tuple[DraftInfo, ...]
    undo: int
    redo: int
    problems: tuple[Problem, ...]
    code: Code | None
    code_is_current: bool
    checks: tuple[StoredCheck, ...]
    runs: tuple[Run, ...]
    spans: tuple[Span, ...]
    usage: dict[str, Usage] = field(default_factory=dict)
    proposal: Proposal | None = None
    interrupted: Run | None = None
    partial: dict[str, str] = field(default_factory=dict)
    codes: tuple[Code, ...] = ()
    unsaved: Unsaved | None = None


def read_session(store: SessionStore, session_id: str, *, number: int | None = None) -> SessionView:
    """Read the session ``session_id``, with the draft ``number`` (the head when not given).

    Raises:
        NoSuchRecord: there is no such session or draft.
        StoreError: it cannot be read.
    """
    from engine.ir.validate import validate
    from engine.lifecycle.errors import NothingInterrupted, NothingProposed
    from engine.lifecycle.refinement import find_proposal
    from engine.lifecycle.requests import first_prompt, interrupted_run
    from tui.unsaved import read_unsaved

    session = store.sessions.get(session_id)
    position = store.heads.position(session_id)
    head = store.drafts.head(session_id)
    draft = head if number is None else store.drafts.by_seq(session_id, number)
    code = store.codes.latest(draft.id) if draft else None
    current = code is not None
    codes = tuple(store.codes.list(session_id))
    if code is None and codes:
        code = codes[-1]
    runs = tuple(store.runs.list(session_id))
    try:
        proposal = find_proposal(store, session_id)
    except NothingProposed:
        proposal = None
    try:
        interrupted = interrupted_run(store, session_id)
    except NothingInterrupted:
        interrupted = None
    return SessionView(
        session=session,
        prompt=first_prompt(store, session_id),
        draft=draft,
        is_head=draft is None or (head is not None and draft.id == head.id),
        drafts=tuple(store.drafts.list(session_id)),
        undo=len(position.undo),
        redo=len(position.redo),
        problems=tuple(validate(draft.ir)) if draft else (),
        code=code,
        code_is_current=current,
        checks=tuple(store.codes.checks(code.id)) if code else (),
        runs=runs,
        spans=tuple(store.runs.spans(runs[-1].id)) if runs else (),
        usage=store.runs.usage(runs[-1].id) if runs else {},
        proposal=proposal,
        interrupted=interrupted,
        partial=store.runs.text(interrupted.id) if interrupted else {},
        codes=codes,
        unsaved=read_unsaved(session_id, draft.ir if draft else None),
    )
