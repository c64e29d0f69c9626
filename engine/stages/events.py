"""What a run tells the world, as typed events.

The pipeline emits these and nothing else; every face (command line, workbench, benchmark,
store) only listens. Times are seconds since the run began, on a monotonic clock.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from engine.ir.diff import Change
from engine.ir.models import IR

RunKind = Literal["generate", "draft", "implement", "check", "refine", "assist"]
Stage = Literal["draft", "refine", "assist", "implement", "check", "repair", "compare", "save"]
CheckStatus = Literal["passed", "failed", "skipped", "error"]
RunStatus = Literal["passed", "open", "failed", "broken", "unreachable", "cancelled", "error"]


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)


class Usage(BaseModel):
    """Tokens of one request or of a whole run.

    ``server_s`` is how many seconds the server says it computed for them, 0 if it does not say; it is for
    whoever listens, and not kept.
    """

    model_config = ConfigDict(frozen=True)

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    server_s: float = Field(default=0.0, exclude=True)

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            server_s=self.server_s + other.server_s,
        )


class Span(BaseModel):
    """One timed piece of a stage; both times in seconds, ``start_s`` since the run began."""

    model_config = ConfigDict(frozen=True)

    stage: Stage
    name: str
    start_s: float
    duration_s: float


class CheckResult(BaseModel):
    """The verdict on one clause of the specification.

    ``clause`` is the address of the clause (``examples[0]``, ``ensures[1]``, ``signature``), or
    empty for a check of the code as a whole. ``detail`` explains a verdict other than ``passed``
    in one or two lines, or says what was tried. The rest is the evidence for it, each piece empty where there is none:

    - ``expected``: what should have come back, as Python source or the name of an exception;
    - ``actual``: what came back, as Python source, or in words (``raised ValueError: too low``);
    - ``counterexample``: the smallest call known to show it, such as ``clamp(0, 1, 0)``;
    - ``line``: the line of the code concerned, from 1.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    name: str
    status: CheckStatus
    detail: str = ""
    clause: str = ""
    expected: str = ""
    actual: str = ""
    counterexample: str = ""
    line: int | None = None


class ProposedChange(BaseModel):
    """One change that a refinement proposes, numbered from 1.

    ``human`` says that it alters, moves or removes a clause that a person wrote.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    change: Change
    human: bool


class RunStarted(_Event):
    """A run begins; the session exists from here on.

    ``prompt`` is what was asked for. ``ir`` is the specification that the run starts from, if it
    does not draft one itself, and ``ir_text`` its text form.
    """

    type: Literal["run-started"] = "run-started"
    session_id: str
    kind: RunKind = "generate"
    prompt: str
    endpoint: str
    model: str
    ir: IR | None = None
    ir_text: str = ""


class StageStarted(_Event):
    """A stage begins."""

    type: Literal["stage-started"] = "stage-started"
    stage: Stage
    at_s: float


class StageWaiting(_Event):
    """A stage waits for something slow: the model loading, a container booting, the prompt being read.

    ``fraction`` is the part done, from 0 to 1, and ``typical_s`` how long it takes as a rule, where they are known.
    """

    type: Literal["stage-waiting"] = "stage-waiting"
    stage: Stage
    what: str
    elapsed_s: float
    fraction: float | None = None
    typical_s: float | None = None


class TextDelta(_Event):
    """The model said ``text``; it has been verified against the stage's grammar."""

    type: Literal["text-delta"] = "text-delta"
    stage: Stage
    text: str


class AnswerDropped(_Event):
    """What the model has said in this stage so far is void, and asked for again; ``reason`` says why."""

    type: Literal["answer-dropped"] = "answer-dropped"
    stage: Stage
    attempt: int
    reason: str


class SpecUpdated(_Event):
    """The specification as far as the stream has come; ``partial`` has the shape of an IR's JSON."""

    type: Literal["spec-updated"] = "spec-updated"
    partial: dict[str, Any]


class SpecFinished(_Event):
    """The specification is complete; ``ir_text`` is its text form."""

    type: Literal["spec-finished"] = "spec-finished"
    ir: IR
    ir_text: str


class OptionsUpdated(_Event):
    """The options proposed for a hole, as far as the stream has come; the last one may be incomplete."""

    type: Literal["options-updated"] = "options-updated"
    hole: str
    options: list[str]


class OptionsProposed(_Event):
    """The options proposed for a hole, the best one first; the specification that has them follows."""

    type: Literal["options-proposed"] = "options-proposed"
    hole: str
    options: list[str]


class RefinementProposed(_Event):
    """A refinement is complete and waits for a decision; without changes there is nothing to decide.

    ``base_draft`` is the id of the draft that it refines, ``ir`` what accepting all changes would make of it.
    """

    type: Literal["refinement-proposed"] = "refinement-proposed"
    base_draft: int
    changes: list[ProposedChange]
    ir: IR
    ir_text: str


class CodeFinished(_Event):
    """The module that the model wrote, with the imports it needs.

    ``attempt`` counts the versions of one run: 0 is the implementation, the repairs follow from 1.
    The checks of a version come after it and before the next version.
    """

    type: Literal["code-finished"] = "code-finished"
    code: str
    attempt: int = 0


class CheckFinished(_Event):
    """One check of the version ``attempt`` is done; see :class:`CodeFinished`."""

    type: Literal["check-finished"] = "check-finished"
    result: CheckResult
    attempt: int = 0


class RepairStarted(_Event):
    """The code of the version ``of`` failed, and another one is asked for.

    It comes inside the stage ``repair``, before any text of the attempt. ``clauses`` are the addresses of
    the checks that failed (their kind where a check has no address), and ``reason`` tells the first of
    them in words. ``candidates`` answers are sampled; where there are several, one of them becomes the version.
    """

    type: Literal["repair-started"] = "repair-started"
    attempt: int
    of: int
    reason: str
    clauses: list[str] = []
    candidates: int = 1


class ClauseDoubted(_Event):
    """A clause that the model made up (an example, a postcondition, a raises-clause) is likelier wrong than the code.

    ``agreeing`` implementations, written independently, all answer ``call`` with ``actual``, which the
    clause does not allow; ``expected`` is what it wants. The specification that follows
    (:class:`SpecFinished`) asks the person, in the hole ``hole``, instead of promising the clause. Without a hole it
    is an example that the model itself took back, asked again: the two agree on ``actual``, and so does it now.
    """

    type: Literal["clause-doubted"] = "clause-doubted"
    clause: str
    call: str
    expected: str
    actual: str
    agreeing: int
    hole: str = ""


class CodeChosen(_Event):
    """Of several versions of the code, ``attempt`` is the one that the run ends with; ``reason`` says why."""

    type: Literal["code-chosen"] = "code-chosen"
    attempt: int
    reason: str


class SpanFinished(_Event):
    """One timed piece of a stage is over."""

    type: Literal["span-finished"] = "span-finished"
    span: Span


class StageFinished(_Event):
    """A stage ended well."""

    type: Literal["stage-finished"] = "stage-finished"
    stage: Stage
    at_s: float
    usage: Usage = Usage()


class StageFailed(_Event):
    """A stage ended badly; what it had streamed so far is in ``partial_text``."""

    type: Literal["stage-failed"] = "stage-failed"
    stage: Stage
    at_s: float
    error: dict[str, str]
    partial_text: str = ""


class RunFinished(_Event):
    """The run is over and saved."""

    type: Literal["run-finished"] = "run-finished"
    session_id: str
    kind: RunKind = "generate"
    status: RunStatus
    model: str = ""
    usage: Usage
    cost_usd: float
    duration_s: float
    error: dict[str, str] | None = None


Event = (
    RunStarted
    | StageStarted
    | StageWaiting
    | TextDelta
    | AnswerDropped
    | SpecUpdated
    | SpecFinished
    | OptionsUpdated
    | OptionsProposed
    | RefinementProposed
    | CodeFinished
    | CheckFinished
    | RepairStarted
    | ClauseDoubted
    | CodeChosen
    | SpanFinished
    | StageFinished
    | StageFailed
    | RunFinished
)

EventAdapter: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])
"""Reads and writes events as JSON."""
