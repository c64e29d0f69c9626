"""Code that fails its checks gets another chance, a bounded number of times.

What failed decides what is done. A clause that a person wrote, a crash or a wrong header is the code's fault:
if one small edit sets it right, that is done (:mod:`engine.stages.mending`), else the model is shown it, with
the smallest call that shows it, and writes the function again in the same conversation. A single clause of the
model's own may as well be wrong as the code (several are set right together by an edit only if the code is wrong):
then it is asked for the result of an example once more (:mod:`engine.stages.second_look`); if that settles nothing,
implementations are sampled that know nothing of the failure, in other words first
(:func:`engine.stages.implement.reworded`) and then at a higher temperature. One that passes everything is taken;
where they agree against a clause, it is put to the person (:mod:`engine.stages.doubt`); else a small edit may do
here, too, or what most agree on. Attempts that fail alike are followed by samples as well. Every attempt is a
version, and the run ends with the best one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import ClassVar

from engine import prompts
from engine.endpoints.protocol import Message
from engine.errors import ContractBroken
from engine.ir.text import render
from engine.stages.answer import Answer
from engine.stages.doubt import Doubt, best_of, doubts, in_question, questioned
from engine.stages.events import (
    CheckResult,
    ClauseDoubted,
    CodeChosen,
    Event,
    RepairStarted,
    SpanFinished,
    SpecFinished,
    Stage,
    StageWaiting,
    TextDelta,
)
from engine.stages.implement import CodeRequest, code_request, conversation, reworded, stream_code
from engine.stages.mending import mended
from engine.stages.opinions import asking, contested
from engine.stages.sampling import agreement, comparable, sample, told_by, warmer
from engine.stages.second_look import MOST, corrected, says_the_same, second_look
from engine.stages.standing import (
    CLAUSE_KINDS,
    Implementation,
    Version,
    best,
    doubtful,
    failures,
    is_human,
    key,
    standing,
)
from engine.stages.versions import Versions

CANDIDATES = 5
"""Implementations sampled at most; with the first one there are enough to agree."""

MAX_EDITS = 6
"""Edits that may keep the examples and are checked in full; more of them show how little the examples say."""

MEND_S = 8.0
"""Seconds after which no other implementation is mended; it takes a few tenths, unless a call takes long."""

MAX_TOLD = 3
"""Failures that the model is told of at once; the first ones matter most, and more confuse a small model."""


@dataclass(slots=True)
class Repair(Versions):
    """The repair of one run's code; ``first`` is the version that failed.

    Args:
        attempts: how many versions may be written.
        looks: whether the model looks again at its own examples that the first version breaks.
    """

    STAGE: ClassVar[Stage] = "repair"

    attempts: int
    looks: bool = False
    _versions: list[Version] = field(default_factory=list[Version])
    _turns: list[Message] = field(default_factory=list[Message])
    _sampled: bool = False
    _agreed: int = 0

    async def events(self) -> AsyncGenerator[Event]:
        """Repair, yielding what happens; ends with :class:`CodeChosen`.

        Raises:
            EndpointError: see :func:`engine.stages.answer.stream_answer`.
        """
        self._versions.append(self.first)
        for attempt in range(1, self.attempts + 1):
            if self._versions[-1].passed or not failures(self._best().results):
                break
            self.tools.prepare()  # while the model writes
            async with aclosing(self._attempt(attempt)) as events:
                async for event in events:
                    yield event
        chosen = self._best()
        failed = len(failures(chosen.results))
        reason = "every check passes" if chosen.passed else f"the fewest failures, {failed}"
        yield CodeChosen(attempt=chosen.attempt, reason=reason)

    def _best(self) -> Version:
        return best(self.ir, self._versions, self._agreed)

    def _wants_samples(self) -> bool:
        """Whether the last failures call for other implementations instead of another try at the same one."""
        if self._sampled:
            return False
        last = failures(self._versions[-1].results)
        if doubtful(self.ir, last):
            return True
        alike = [{key(result) for result in failures(version.results)} for version in self._versions[-2:]]
        return len(alike) == 2 and alike[0] == alike[1]

    async def _attempt(self, attempt: int) -> AsyncGenerator[Event]:
        """Mend the last version, or else have others written."""
        last = self._versions[-1]
        failed = failures(last.results)
        spans: list[SpanFinished] = []
        edited = None
        promises = [result for result in failed if result.kind in CLAUSE_KINDS]
        own = doubtful(self.ir, failed)
        if own and self.looks and last is self.first:
            with self.clock.span("repair", "look", spans):
                slips = await self._slips(promises)
            if slips:
                async with aclosing(self._corrected(attempt, slips, spans)) as events:
                    async for event in events:
                        yield event
                return
        if promises or any(result.kind == "returns" for result in failed):
            shifts = all(is_human(self.ir, result) for result in promises)
            excuses = (False,) if own else (False, True)
            with self.clock.span("repair", "mend", spans):
                # A clause of the model's own is as likely wrong as the code, and a slip is soon found that fits it.
                edited = await self._mended([last], slips=not own, shifts=shifts, excuses=excuses)
        candidates = CANDIDATES if not edited and self._wants_samples() else 1
        yield _started(attempt, last, failed, candidates)
        for span in spans:
            yield span
        if edited:
            step = self._version(attempt, edited.code, edited.said)
        else:
            step = self._sample(attempt) if candidates > 1 else self._again(attempt, last, failed)
        async with aclosing(step) as events:
            async for event in events:
                yield event

    async def _slips(self, failed: Sequence[CheckResult]) -> list[CheckResult]:
        """The examples among what failed of which the model, asked again, says what the code gives."""
        slips: list[CheckResult] = []
        for result in [result for result in failed if result.kind == "example" and result.counterexample][:MOST]:
            answer = Answer()
            call = result.counterexample
            said = await second_look(call, self.prompt, self.ir, self.endpoint, self.clock, answer)
            self._heard(answer)
            if says_the_same(said, result.actual):
                slips.append(result)
        return slips

    async def _corrected(
        self, attempt: int, slips: Sequence[CheckResult], spans: Sequence[SpanFinished]
    ) -> AsyncGenerator[Event]:
        """The same code once more, held to the examples as they are now."""
        last = self._versions[-1]
        yield _started(attempt, last, failures(last.results))
        for span in spans:
            yield span
        for slip in slips:
            yield ClauseDoubted(
                clause=slip.clause, call=slip.counterexample, expected=slip.expected, actual=slip.actual, agreeing=2
            )
        self.ir = corrected(self.ir, slips)
        yield SpecFinished(ir=self.ir, ir_text=render(self.ir))
        async with aclosing(self._version(attempt, last.code, last.said)) as events:
            async for event in events:
                yield event

    async def _again(self, attempt: int, last: Version, failed: Sequence[CheckResult]) -> AsyncGenerator[Event]:
        """Show the model its last answer and what is wrong with it."""
        self._turns += [
            Message("assistant", f"```python\n{last.said.rstrip()}\n```"),
            Message("user", prompts.repair_instruction([*map(tell, failed[:MAX_TOLD])])),
        ]
        request = code_request(self.ir, self.endpoint, self._messages(), self.sampling)
        answer = Answer(given=request.given)
        if request.given:
            yield TextDelta(stage="repair", text=request.given)
        try:
            async with aclosing(
                stream_code("repair", self.endpoint, request, self.clock, answer, self.ir, self.tools.types)
            ) as events:
                async for event in events:
                    yield event
        except ContractBroken:
            return  # an answer that breaks the contract is an attempt without a version
        finally:
            self._heard(answer)
        said = answer.given + answer.text
        async with aclosing(self._version(attempt, self._assembled(said), said)) as events:
            async for event in events:
                yield event

    async def _sample(self, attempt: int) -> AsyncGenerator[Event]:
        """Have the specification implemented anew, several times, without a word about the failures."""
        self._sampled = True
        last = self._versions[-1]
        yield StageWaiting(stage="repair", what=f"sampling up to {CANDIDATES} implementations", elapsed_s=0)
        pool: list[Implementation] = [last]
        found: list[Doubt] = []
        for requests in self._rounds():
            start = self.clock()
            sampled = await sample(requests, self.endpoint, self.clock)
            self._heard(Answer(model=sampled.model, usage=sampled.usage))
            yield self._span("sample", start)
            start = self.clock()
            pool += [await self._checked(text) for text in sampled.texts]
            found = doubts(self.ir, pool)
            yield self._span("compare", start)
            if found or self._settled(pool):
                break
        edited = None
        if not (found or any(each.passed for each in pool)):
            start = self.clock()
            excuses = (True,) if in_question(self.ir, pool) else (False, True)
            edited = await self._mended(pool, shifts=False, excuses=excuses)
            yield self._span("mend", start)
        start = self.clock()
        right = _agreed(pool, found) if found else pool
        pick = edited or await self._pick(right, pool, {key(doubt.result) for doubt in found})
        self._agreed = attempt
        yield self._span("agree", start)
        if found:
            self.ir, told = questioned(self.ir, found)
            for doubt in told:
                yield doubt
        if found or (pick.passed and await self._contested(pick, pool)):
            yield SpecFinished(ir=self.ir, ir_text=render(self.ir))
        async with aclosing(self._version(attempt, pick.code, pick.said)) as events:
            async for event in events:
                yield event

    def _rounds(self) -> Iterator[Sequence[CodeRequest]]:
        """What is asked for at once; everything, where that takes no longer than one."""
        asked = code_request(self.ir, self.endpoint, conversation(self.prompt, self.ir), self.sampling)
        others = reworded(self.prompt, self.ir, self.endpoint, self.sampling)
        requests = [*others, *(warmer(asked, number) for number in range(1, CANDIDATES + 1 - len(others)))]
        step = CANDIDATES if self.endpoint.capabilities.parallel else 1
        for start in range(0, CANDIDATES, step):
            yield requests[start : start + step]

    def _settled(self, pool: Sequence[Implementation]) -> bool:
        """Whether no more samples are needed: two pass, so that they can be compared."""
        return sum(each.passed for each in pool) > 1

    async def _contested(self, pick: Implementation, pool: Sequence[Implementation]) -> bool:
        """Put the smallest call that another one that passes gives another answer for to the person."""
        others = [each for each in pool if each.passed and each is not pick]
        plan = comparable(pick.code, self.ir) if others else None
        if plan is None:
            return False
        told = await told_by([pick.code, *(each.code for each in others)], self.ir, plan, self.tools)
        for number in range(1, len(told.rows)):
            if differing := contested(told, self.ir, number):
                self.ir = asking(self.ir, told, differing)
                return True
        return False

    async def _pick(
        self, among: Sequence[Implementation], voters: Sequence[Implementation], doubted: Collection[str]
    ) -> Implementation:
        """The implementation that stands best but for the clauses in doubt; of equal ones that most agree with,
        and of these the first.
        """
        best = best_of(self.ir, among, doubted)
        stand = standing(self.ir, best.results, doubted)
        top = [each for each in among if standing(self.ir, each.results, doubted) == stand]
        if len({each.code for each in top}) == 1:
            return best
        plan = comparable(best.code, self.ir)
        if plan is None:
            return best
        others = [each for each in voters if each not in top]
        agreeing = await agreement([each.code for each in (*top, *others)], self.ir, plan, self.tools)
        return max(zip(top, agreeing, strict=False), key=lambda rated: rated[1])[0]

    async def _mended(
        self,
        pool: Sequence[Implementation],
        *,
        slips: bool = True,
        shifts: bool,
        excuses: Sequence[bool] = (False, True),
    ) -> Implementation | None:
        """What one small edit makes of an implementation, if it passes everything; better than nothing is one that
        fails no more than examples of the model's own that it failed before.

        Where several do and differ in what they do, the examples say too little to choose.

        Args:
            excuses: whether such examples are excused, in the order in which it is tried.
        """
        until = self.clock() + MEND_S
        for excuse in excuses:
            for broken in pool:
                if self.clock() > until:
                    return None
                failed = failures(broken.results)
                own = {key(result) for result in failed if result.kind == "example" and not is_human(self.ir, result)}
                if excuse and (len(own) == len(failed) or (not own and len(excuses) > 1)):
                    continue  # nothing else is to be mended, or it has been tried
                excused = own if excuse else set[str]()
                edits = await mended(
                    broken.code, self.ir, self.tools, failed=failed, excused=excused, slips=slips, shifts=shifts
                )
                if len(edits) > MAX_EDITS:
                    continue
                tried = [await self._checked(edit) for edit in edits]
                good = [each for each in tried if {key(result) for result in failures(each.results)} <= excused]
                if good and await self._alike(good):
                    return min(good, key=lambda each: len(each.code))
        return None

    async def _alike(self, implementations: Sequence[Implementation]) -> bool:
        """Whether all do the same with generated inputs."""
        if len(implementations) == 1:
            return True
        plan = comparable(implementations[0].code, self.ir)
        if plan is None:
            return False
        rows = (await told_by([each.code for each in implementations], self.ir, plan, self.tools)).rows
        return bool(rows[0]) and all(row == rows[0] for row in rows)

    async def _version(self, attempt: int, code: str, said: str) -> AsyncGenerator[Event]:
        """Another version: say it, check it, remember it."""
        results: list[CheckResult] = []
        told = self._another(code, attempt, results)
        async with aclosing(told) as events:
            async for event in events:
                yield event
        self._versions.append(Version(code, said, tuple(results), attempt))

    def _messages(self) -> tuple[Message, ...]:
        return (*conversation(self.prompt, self.ir), *self._turns)


def _agreed(pool: Sequence[Implementation], found: Sequence[Doubt]) -> Sequence[Implementation]:
    """The implementations that agree against all clauses in doubt, or at least against the first one."""
    return [each for each in pool if all(each in doubt.against for doubt in found)] or found[0].against


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
