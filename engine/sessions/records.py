"""What the store hands out: frozen records, one class per kind of row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from engine.ir.models import IR, Source
from engine.stages.events import CheckResult, RunKind, RunStatus

State = Literal["draft", "finalized", "abandoned"]
Origin = Literal["prompt", "spec", "json", "code", "fork", "import", "starter"]
RunState = Literal["running", "finished", "interrupted", "cancelled", "failed"]
MoveKind = Literal["draft", "select", "undo", "redo"]
EventKind = Literal["create", "state", "title", "tag", "untag", "delete", "undelete"]
TextKind = Literal["title", "prompt", "spec", "code"]
HoleAction = Literal["option", "answer", "reject"]


def _from_ms(value: Any) -> Any:
    return datetime.fromtimestamp(value / 1000, UTC) if isinstance(value, int) else value


def _from_list(value: Any) -> Any:
    return tuple(part for part in value.split(",") if part) if isinstance(value, str) else value


Time = Annotated[datetime, BeforeValidator(_from_ms)]
"""A UTC time; the database has milliseconds since the Unix epoch."""


class Record(BaseModel):
    """Base of all records: frozen, and indifferent to columns added later."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Session(Record):
    """A session as lists show it; see docs/schema.md for what each field means."""

    num: int
    id: str
    origin: Origin
    forked_from: int | None
    created_at: Time
    updated_at: Time
    deleted_at: Time | None
    state: State
    title: str
    function: str
    head_id: int | None
    draft_count: int
    holes_open: int
    checks_passed: int
    checks_failed: int
    model: str
    run_status: RunState | Literal[""]
    cost_usd: float
    tags: Annotated[tuple[str, ...], BeforeValidator(lambda v: tuple(v.split()) if isinstance(v, str) else v)]


class Prompt(Record):
    """A request in plain English."""

    id: int
    session_id: str
    seq: int
    purpose: Literal["draft", "refine"]
    text: str
    author: str
    created_at: Time


class HoleAnswer(Record):
    """How a hole of the parent draft was answered: an option picked, an answer typed, or turned down."""

    hole: str
    action: HoleAction
    answer: str = ""
    author: str = ""


class DraftInfo(Record):
    """A draft without its content.

    ``seq`` counts from 1 within the session and is what people type. ``became_sibling`` says that
    the draft it was made from was no longer the head, so that the head was left where it was.
    ``proposed`` says that a refinement proposes it and that it never was meant to become the head.
    """

    id: int
    session_id: str
    seq: int
    parent_id: int | None
    became_sibling: bool
    author: str
    source: Source
    reason: str
    function: str
    holes: int
    created_at: Time
    proposed: bool = False


class Draft(DraftInfo):
    """One version of the specification; ``ir_text`` is its text form."""

    ir: IR
    ir_text: str


class Code(Record):
    """One version of the code, written for the draft ``draft_id``.

    A repair has the version that failed as ``repairs_id``, its number in the run as ``attempt`` (from 1)
    and what failed as ``reason``. ``chosen`` is set on the version that a run with several settled on.
    """

    id: int
    session_id: str
    seq: int
    draft_id: int
    run_id: int | None
    author: str
    code: str
    created_at: Time
    repairs_id: int | None = None
    attempt: int = 0
    reason: str = ""
    chosen: bool = False


class StoredCheck(CheckResult):
    """A verdict on the code version ``code_id``, reached by the run ``run_id``."""

    id: int
    code_id: int
    run_id: int | None


class Run(Record):
    """One run of the pipeline; times of its spans count from ``started_at``."""

    id: int
    session_id: str
    kind: RunKind
    status: RunState
    outcome: RunStatus | Literal[""]
    stage: str
    prompt_id: int | None
    base_id: int | None
    endpoint: str
    model: str
    seed: int | None
    temperature: float | None
    prompt_version: str
    started_at: Time
    seen_at: Time
    finished_at: Time | None
    error: dict[str, str] | None
    cost_usd: float


class Decision(Record):
    """What was decided about the proposal ``proposal_id``.

    ``draft_id`` is the draft that took over the accepted changes, None for a rejection; ``changes``
    are their numbers, from 1, in the order of the comparison of the proposal with its parent.
    """

    id: int
    proposal_id: int
    draft_id: int | None
    changes: Annotated[tuple[int, ...], BeforeValidator(_from_list)]
    reason: str
    author: str
    created_at: Time


class HeadMove(Record):
    """A move of the head to the draft ``draft_id``."""

    id: int
    session_id: str
    kind: MoveKind
    draft_id: int
    author: str
    created_at: Time


class SessionEvent(Record):
    """Something that happened to a session beside its content: a change of state, a title, a tag."""

    id: int
    session_id: str
    kind: EventKind
    value: str
    reason: str
    author: str
    created_at: Time


class Stats(Record):
    """How much there is in the store; sizes in bytes."""

    sessions: int
    deleted: int
    drafts: int
    codes: int
    runs: int
    file_bytes: int
    log_bytes: int
