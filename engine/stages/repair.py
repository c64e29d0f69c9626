"""Code that fails its checks gets another chance, a bounded number of times.

What failed decides what is done. A clause that a person wrote, a crash or a wrong header is the code's
fault: the model is shown it, with the smallest call that shows it, and writes the function again in the
same conversation. Clauses of the model's own may as well be wrong as the code: then implementations are
sampled that know nothing of the failure. One that passes everything is taken; where all agree against a
clause, the clause is put to the person (:mod:`engine.stages.doubt`). Attempts that fail alike are
followed by samples, too. Every attempt is a version, and the run ends with the best one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from engine import prompts
from engine.endpoints.protocol import Endpoint, Message, Sampling
from engine.errors import ContractBroken
from engine.inputs.shapes import NoShape
from engine.ir.models import IR
from engine.ir.source import NOT_PYTHON
from engine.ir.text import render
from engine.stages.answer import Answer
from engine.stages.assemble import assemble
from engine.stages.check import check, verdict
from engine.stages.check_header import parse_module
from engine.stages.check_inputs import input_plan
from engine.stages.check_tools import CheckTools
from engine.stages.clock import RunClock
from engine.stages.doubt import Doubt, Implementation, doubts, questioned
from engine.stages.events import (
    CheckFinished,
    CheckResult,
    CodeChosen,
    CodeFinished,
    Event,
    RepairStarted,
    Span,
    SpanFinished,
    SpecFinished,
    StageWaiting,
    TextDelta,
)
from engine.stages.implement import code_request, conversation, stream_code
from engine.stages.sampling import agreement, sample
from engine.stages.spec_text import subject_of
from engine.stages.standing import Version, best, doubtful, failures, key, standing

CANDIDATES = 5
"""Implementations sampled at most; with the first one there are enough to agree."""

MAX_TOLD = 3
"""Failures that the model is told of at once; the first ones matter most, and more confuse a small model."""


@dataclass(slots=True)
class Repair:
    """The repair of one run's code.

    Args:
        prompt, ir: what the code was made from.
        first: the version that failed.
        attempts: how many versions may be written.
        answer: takes the usage of all answers.
    """

    prompt: str
    ir: IR
    first: Version
    endpoint: Endpoint
    sampling: Sampling
    clock: RunClock
    answer: Answer
    tools: CheckTools
    attempts: int
    _versions: list[Version] = field(default_factory=list[Version])
    _turns: list[Message] = field(default_factory=list[Message])
    _sampled: bool = False

    async def events(self) -> AsyncGenerator[Event]:
        """Repair, yielding what happens; ends with :class:`CodeChosen`.

        Raises:
            EndpointError: see :func:`engine.stages.answer.stream_answer`.
        """
        self._versions.append(self.first)
        for attempt in range(1, self.attempts + 1):
            if self._versions[-1].passed or not failures(best(self.ir, self._versions).results):
                break
            self.tools.prepare()  # while the model writes
            step = self._sample(attempt) if self._wants_samples() else self._again(attempt)
            async with aclosing(step) as events:
                async for event in events:
                    yield event
        chosen = best(self.ir, self._versions)
        failed = len(failures(chosen.results))
        reason = "every check passes" if chosen.passed else f"the fewest failures, {failed}"
        yield CodeChosen(attempt=chosen.attempt, reason=reason)

    def _wants_samples(self) -> bool:
        """Whether the last failures call for other implementations instead of another try at the same one."""
        if self._sampled:
            return False
        last = failures(self._versions[-1].results)
        if doubtful(self.ir, last):
            return True
        alike = [{key(result) for result in failures(version.results)} for version in self._versions[-2:]]
        return len(alike) == 2 and alike[0] == alike[1]

    async def _again(self, attempt: int) -> AsyncGenerator[Event]:
        """Show the model its last answer and what is wrong with it."""
        last = self._versions[-1]
        failed = failures(last.results)
        yield _started(attempt, last, failed)
        self._turns += [
            Message("assistant", f"```python\n{last.said.rstrip()}\n```"),
            Message("user", prompts.repair_instruction([*map(tell, failed[:MAX_TOLD])])),
        ]
        request, grammar, given = code_request(self.ir, self.endpoint, self._messages(), self.sampling)
        answer = Answer(given=given)
        if given:
            yield TextDelta(stage="repair", text=given)
        try:
            async with aclosing(
                stream_code("repair", self.endpoint, request, grammar, self.clock, answer, self.ir, self.tools.types)
            ) as events:
                async for event in events:
                    yield event
        except ContractBroken:
            return  # an answer that breaks the contract is an attempt without a version
        finally:
            self._heard(answer)
        async with aclosing(self._version(attempt, answer.given + answer.text)) as events:
            async for event in events:
                yield event

    async def _sample(self, attempt: int) -> AsyncGenerator[Event]:
        """Have the specification implemented anew, several times, without a word about the failures."""
        self._sampled = True
        last = self._versions[-1]
        yield _started(attempt, last, failures(last.results), CANDIDATES)
        yield StageWaiting(stage="repair", what=f"sampling up to {CANDIDATES} implementations", elapsed_s=0)
        request, grammar, given = code_request(
            self.ir, self.endpoint, conversation(self.prompt, self.ir), self.sampling
        )
        said: list[str] = []
        others: list[Implementation] = []
        found: list[Doubt] = []
        passed = False
        for numbers in self._rounds():
            start = self.clock()
            sampled = await sample(request, grammar, given, self.endpoint, self.clock, numbers)
            self._heard(Answer(model=sampled.model, usage=sampled.usage))
            yield self._span("sample", start)
            start = self.clock()
            said += sampled.texts
            others += [await self._checked(assemble(text)) for text in sampled.texts]
            found = doubts(self.ir, Implementation(self.first.code, self.first.results), others)
            yield self._span("compare", start)
            passed = any(verdict(other.results) for other in others)
            if found or passed:
                break
        pick = None
        if found and not passed:
            # The first version stands as well as those that agree with it.
            asking, told = questioned(self.ir, found)
            for doubt in told:
                yield doubt
            self.ir = asking
            yield SpecFinished(ir=asking, ir_text=render(asking))
        else:
            start = self.clock()
            pick = await self._pick(others)
            yield self._span("agree", start)
        text = said[pick] if pick is not None else last.said
        async with aclosing(self._version(attempt, text, code=None if pick is not None else last.code)) as events:
            async for event in events:
                yield event

    def _rounds(self) -> Iterator[range]:
        """The numbers of the samples that are asked for at once; all, where that takes no longer than one."""
        step = CANDIDATES if self.endpoint.capabilities.parallel else 1
        for start in range(1, CANDIDATES + 1, step):
            yield range(start, start + step)

    async def _pick(self, candidates: Sequence[Implementation]) -> int | None:
        """The candidate that stands best; of those that stand alike, the one that most others agree with."""
        if not candidates:
            return None
        stands = [standing(self.ir, candidate.results) for candidate in candidates]
        top = [index for index, stand in enumerate(stands) if stand == max(stands)]
        if len(top) == 1:
            return top[0]
        codes = [candidate.code for candidate in candidates]
        tree, _ = parse_module(codes[top[0]])
        if tree is None:
            return top[0]
        try:
            plan = input_plan(self.ir, tree, subject_of(codes[top[0]], self.ir))
        except (NoShape, *NOT_PYTHON):
            return top[0]
        agreeing = await agreement([*codes, self.first.code], self.ir, plan, self.tools)
        return max(top, key=lambda index: (agreeing[index], -index))

    async def _version(self, attempt: int, said: str, *, code: str | None = None) -> AsyncGenerator[Event]:
        """Another version: say it, check it, remember it."""
        code = assemble(said) if code is None else code
        yield CodeFinished(code=code, attempt=attempt)
        results: list[CheckResult] = []
        checks = check(code, self.ir, clock=self.clock, tools=self.tools, stage="repair")
        async with aclosing(checks) as events:
            async for event in events:
                if isinstance(event, CheckFinished):
                    results.append(event.result)
                    event = event.model_copy(update={"attempt": attempt})
                yield event
        self._versions.append(Version(attempt, code, said, tuple(results)))

    async def _checked(self, code: str) -> Implementation:
        checks = check(code, self.ir, clock=self.clock, tools=self.tools, stage="repair")
        async with aclosing(checks) as events:
            return Implementation(code, [event.result async for event in events if isinstance(event, CheckFinished)])

    def _messages(self) -> tuple[Message, ...]:
        return (*conversation(self.prompt, self.ir), *self._turns)

    def _heard(self, answer: Answer) -> None:
        self.answer.usage += answer.usage
        self.answer.model = answer.model or self.answer.model

    def _span(self, name: str, start_s: float) -> SpanFinished:
        return SpanFinished(span=Span(stage="repair", name=name, start_s=start_s, duration_s=self.clock() - start_s))


def tell(result: CheckResult) -> str:
    """A failed check as one line for the model."""
    match result.kind:
        case "example":
            return f"- `{result.counterexample}` must give `{result.expected}`, but gives `{result.actual}`."
        case "ensures":
            got = f"`{result.counterexample}` gives `{result.actual}`"
            return f"- `{result.expected}` must hold, but {got}."
        case "raises" if result.counterexample:
            return f"- `{result.counterexample}` must raise {result.expected}, but gives `{result.actual}`."
        case _:
            return f"- {result.detail}."


def _started(attempt: int, of: Version, failed: Sequence[CheckResult], candidates: int = 1) -> RepairStarted:
    first = failed[0]
    return RepairStarted(
        attempt=attempt,
        of=of.attempt,
        reason=f"{first.name}: {first.detail}" if first.detail else first.name,
        clauses=[key(result) for result in failed],
        candidates=candidates,
    )
