"""What can be asked of the pipeline, and the stages that it takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TypeVar

from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import Endpoint, Sampling
from engine.errors import UsageError
from engine.ir.models import IR, TypedHole
from engine.stages.answer import Answer
from engine.stages.assist import assist
from engine.stages.check import check, verdict
from engine.stages.check_tools import CheckTools
from engine.stages.clock import RunClock
from engine.stages.compare import Comparison
from engine.stages.draft import draft
from engine.stages.events import (
    CheckFinished,
    CheckResult,
    CodeChosen,
    CodeFinished,
    Event,
    RepairStarted,
    RunKind,
    SpecFinished,
    Stage,
)
from engine.stages.implement import implement
from engine.stages.refine import refine
from engine.stages.repair import Repair
from engine.stages.standing import Version, failures

T = TypeVar("T")

_STAGES: dict[RunKind, tuple[Stage, ...]] = {
    "generate": ("draft", "implement", "check"),
    "draft": ("draft",),
    "implement": ("implement", "check"),
    "check": ("check",),
    "refine": ("refine",),
    "assist": ("assist",),
}

ASKING = frozenset[Stage]({"draft", "refine", "assist", "implement", "repair", "compare"})
"""The stages that ask an endpoint."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to do.

    Args:
        prompt: the request in plain English that the session began with.
        profile: the endpoint to ask.
        ir: a finished specification; the draft stage is skipped.
        session_id: a session to go on with; a new one otherwise.
        model: overrides the profile's model.
        sampling: temperature, seed and token limit of each answer.
        unsafe: run generated code without confinement where the platform has none.
        kind: what to do; ``generate`` takes the prompt all the way to checked code. Every other kind
            but ``draft`` works on a draft of a session, so it needs ``ir``, ``session_id`` and ``draft_id``.
        draft_id: the draft that ``ir`` is; the session's head when not given.
        instruction: what ``refine`` is to change, in plain English.
        hole: identifier of the hole that ``assist`` proposes options for.
        code_id: the code version that ``check`` checks, and ``code`` its text.
        repairs: how many other versions may be written of code that fails its checks.
        prompt_id: what is asked for, where the session has it already, as after an interruption.
    """

    prompt: str
    profile: Profile
    ir: IR | None = None
    session_id: str | None = None
    model: str | None = None
    sampling: Sampling = field(default_factory=Sampling)
    unsafe: bool = False
    kind: RunKind = "generate"
    draft_id: int | None = None
    instruction: str = ""
    hole: str = ""
    code_id: int | None = None
    code: str = ""
    prompt_id: int | None = None
    repairs: int = 2

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that the request takes, in order."""
        return tuple(stage for stage in _STAGES[self.kind] if stage != "draft" or self.ir is None)

    @property
    def asked(self) -> str:
        """What the user asks for, in words."""
        return self.instruction or self.prompt

    def typed_hole(self) -> TypedHole:
        """The hole that options are wanted for.

        Raises:
            UsageError: the specification has no such hole.
        """
        holes = self.ir.holes if self.ir else []
        found = next((hole for hole in holes if hole.identifier == self.hole), None)
        if found is None:
            raise UsageError(
                f"The specification has no open question {self.hole!r}.",
                f"It has {', '.join(hole.identifier for hole in holes)}." if holes else "All are answered.",
            )
        return found


@dataclass(slots=True)
class Work:
    """What a run has to work with, and what it has made so far.

    ``base_draft`` is the id of the draft it works on, ``said`` the function as the model first wrote it, ``sure`` how
    probable it thought a word of that, ``versions`` and ``results`` are the versions of the code and the verdicts on
    them, by their numbers, ``chosen`` is the number of the one that ``code`` is, and ``sampled`` says that it has been
    compared with others already.
    """

    request: RunRequest
    clock: RunClock
    ir: IR | None
    code: str
    base_draft: int | None = None
    endpoint: Endpoint | None = None
    answer: Answer = field(default_factory=Answer)
    tools: CheckTools | None = None
    said: str = ""
    sure: float | None = None
    versions: dict[int, str] = field(default_factory=dict[int, str])
    results: dict[int, list[CheckResult]] = field(default_factory=dict[int, list[CheckResult]])
    chosen: int = 0
    sampled: bool = False

    def note(self, event: Event) -> None:
        """Take over what a stage has made."""
        match event:
            case SpecFinished():
                self.ir = event.ir
            case CodeFinished():
                self._choose(event.attempt, event.code)
                if not self.said:
                    self.said, self.sure = self.answer.given + self.answer.text, self.answer.sureness.typical()
                self.results[event.attempt] = []
            case CheckFinished():
                self.results.setdefault(event.attempt, []).append(event.result)
            case CodeChosen():
                self._choose(event.attempt, self.versions[event.attempt])
            case RepairStarted():
                self.sampled = self.sampled or event.candidates > 1
            case _:
                pass

    def _choose(self, attempt: int, code: str) -> None:
        self.chosen = attempt
        self.code = self.versions[attempt] = code

    def needs_repair(self) -> bool:
        """Whether the code that was just written fails in a way that other code might not."""
        return bool(self.request.repairs and self.said and self.endpoint and failures(self.results.get(0, [])))

    def needs_opinion(self) -> bool:
        """Whether the code that was just written passes every check, and the endpoint's model is not to be believed."""
        new = self.said and self.endpoint and not self.sampled
        return bool(new and self.request.profile.second_opinion and verdict(self.results.get(self.chosen, [])))

    def stage(self, stage: Stage) -> AsyncIterator[Event]:
        """The events of one stage, which works on what the stages before it have made.

        Raises:
            LiftError: what the stage raises.
        """
        request = self.request
        if stage == "check":
            return check(self.code, _known(self.ir), clock=self.clock, tools=_known(self.tools))
        asking = _known(self.endpoint), request.sampling, self.clock, self.answer
        match stage:
            case "draft":
                return draft(request.prompt, *asking)
            case "implement":
                return implement(request.prompt, _known(self.ir), *asking, _known(self.tools).types)
            case "refine":
                base = _known(self.base_draft)
                return refine(request.prompt, _known(self.ir), request.instruction, base, *asking)
            case "assist":
                return assist(request.prompt, _known(self.ir), request.typed_hole(), *asking)
            case "repair":
                first = Version(self.code, self.said, tuple(self.results[0]), attempt=0)
                tools, attempts, looks = _known(self.tools), request.repairs, request.profile.second_opinion
                return Repair(request.prompt, _known(self.ir), first, *asking, tools, attempts, looks).events()
            case "compare":
                sure = None if self.chosen else self.sure
                first = Version(self.code, self.said, tuple(self.results[self.chosen]), attempt=self.chosen, sure=sure)
                return Comparison(request.prompt, _known(self.ir), first, *asking, _known(self.tools)).events()
            case "save":
                raise AssertionError("saving is no stage of its own")


def _known(value: T | None) -> T:
    """What an earlier stage, or the request, has to have provided."""
    assert value is not None
    return value
