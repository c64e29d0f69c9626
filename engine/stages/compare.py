"""A second opinion on code that passes every check.

Who misreads a request makes up examples that are misread in the same way, so that the checks pass. So the model is
asked again in other words (:func:`engine.stages.implement.reworded`), which leads it into other mistakes. If
the two implementations do the same with generated inputs, that is all, unless the model was not sure of its words. If
they differ, a third one decides which code is kept, and the person is asked about the smallest call that they differ
in. That independent solutions agree is evidence for them is the idea of CodeT (Chen et al. 2022, arXiv:2207.10397).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import ClassVar

from engine.errors import ContractBroken
from engine.inputs.search import Plan
from engine.ir.text import render
from engine.sandbox.trial import printable
from engine.stages.answer import Answer
from engine.stages.doubt import opposed, questioned
from engine.stages.events import (
    AnswerDropped,
    CheckFinished,
    CheckResult,
    CheckStatus,
    CodeChosen,
    Event,
    RepairStarted,
    SpecFinished,
    Stage,
    StageWaiting,
    TextDelta,
)
from engine.stages.implement import CodeRequest, reworded, stream_code
from engine.stages.opinions import asking, contested, smallest, speaks_of_negatives, unthought
from engine.stages.sampling import Told, comparable, told_by
from engine.stages.standing import Implementation, doubtful, failures
from engine.stages.versions import Versions

_MORE, _FOLD = 400, 2
"""An answer may be so many characters longer than so many times the first one; 68 of 69 are, and the rest run away."""

SURE = 0.9
"""Typical probability of a word of the code below which a third implementation is asked for in any case: of 97 answers
that passed every check, a third were, and 12 of the 15 wrong ones."""

NAME = "another implementation does the same"


@dataclass(slots=True)
class Comparison(Versions):
    """The second opinion on one run's code; ``first`` is the version that passes.

    Of a repaired version the run has settled on already: it stays, whatever the others do, and the person is asked.
    """

    STAGE: ClassVar[Stage] = "compare"

    _others: list[Implementation] = field(default_factory=list[Implementation])

    async def events(self) -> AsyncGenerator[Event]:
        """Compare, yielding what happens; ends with a result of the kind ``agreement``, or with another version.

        Raises:
            EndpointError: see :func:`engine.stages.answer.stream_answer`.
        """
        plan = comparable(self.first.code, self.ir)
        if plan is None:
            yield self._judged("skipped", "no inputs can be generated to compare it on")
            return
        told = Told((), ())
        for request in reworded(self.prompt, self.ir, self.endpoint, self.sampling):
            yield StageWaiting(stage="compare", what="asking again, in other words", elapsed_s=0)
            async with aclosing(self._asked(request)) as events:
                async for event in events:
                    yield event
            start = self.clock()
            told = await self._told(plan)
            yield self._span("agree", start)
            if self._agreed_on(told) and not self._unsure():
                break
        async with aclosing(self._decided(told)) as events:
            async for event in events:
                yield event

    def _agreed_on(self, told: Told) -> bool:
        """Whether the second implementation passes as well, and gives the same answers."""
        return bool(self._others) and self._others[0].passed and not contested(told, self.ir)

    def _unsure(self) -> bool:
        """Whether the model had its doubts about the first implementation."""
        return self.first.sure is not None and self.first.sure < SURE

    async def _asked(self, request: CodeRequest) -> AsyncGenerator[Event]:
        """Have another implementation written, and keep it if at most clauses of the model's own speak against it.

        Its text is not streamed: nobody waits for it, and what is on the screen is the code that may well stay.
        """
        answer = Answer(given=request.given)
        try:
            limit = _MORE + _FOLD * len(self.first.code)
            once = stream_code("compare", self.endpoint, request, self.clock, answer, self.ir, self.tools.types, limit)
            async with aclosing(once) as events:
                async for event in events:
                    if isinstance(event, AnswerDropped):
                        return  # it breaks the contract, and so is no opinion; the next wording is a better try
                    if not isinstance(event, TextDelta):
                        yield event
        except ContractBroken:
            return
        finally:
            self._heard(answer)
        start = self.clock()
        other = await self._checked(answer.given + answer.text, answer.sureness.typical())
        yield self._span("check", start)
        if other.passed or doubtful(self.ir, failures(other.results)):
            self._others.append(other)

    async def _told(self, plan: Plan) -> Told:
        """What the first implementation and the others do, those first that pass every check."""
        self._others.sort(key=lambda each: not each.passed)
        if not self._others:
            return Told((), ())
        codes = [self.first.code, *(each.code for each in self._others)]
        plan = replace(plan, signed=speaks_of_negatives(self.prompt, self.ir))
        return await told_by(codes, self.ir, plan, self.tools)

    async def _decided(self, told: Told) -> AsyncGenerator[Event]:
        """What follows from what all implementations do."""
        differing = contested(told, self.ir)
        if not differing and sum(other.passed for other in self._others) > 1:
            differing = contested(told, self.ir, 2)
            if differing:
                self._others.reverse()
                told = _turned(told)
        if not (told.calls and self._others):
            yield self._judged("skipped", "there is no other implementation to compare it with")
        elif not self._others[0].passed:
            async for event in self._outvoted(told):
                yield event
        elif differing:
            async with aclosing(self._majority(told, differing)) as events:
                async for event in events:
                    yield event
        elif (broken := unthought(told, self.ir)) and not self.first.attempt:
            async with aclosing(self._switched(told, broken)) as events:
                async for event in events:
                    yield event
        else:
            yield self._judged("passed", f"{len(told.calls)} generated calls")

    async def _switched(self, told: Told, broken: Sequence[int]) -> AsyncGenerator[Event]:
        """The other implementation does the same where the first one does anything, and does not break down."""
        call = printable(told.calls[smallest(told, broken)])
        async with aclosing(self._second(told, f"this one breaks down on {call}, another one does not")) as events:
            async for event in events:
                yield event
        same = len(told.calls) - len(broken)
        yield self._judged("passed", f"{same} generated calls; the first one breaks down on {len(broken)} others", 1)
        yield CodeChosen(attempt=1, reason="it does the same and does not break down")

    async def _second(self, told: Told, reason: str) -> AsyncGenerator[Event]:
        """The second implementation as the run's next version."""
        others, of = len(told.rows) - 1, self.first.attempt
        yield RepairStarted(attempt=1, of=of, reason=reason, clauses=["agreement"], candidates=others)
        async with aclosing(self._another(self._others[0].code, 1, [])) as events:
            async for event in events:
                yield event

    async def _majority(self, told: Told, differing: Sequence[int]) -> AsyncGenerator[Event]:
        """Two implementations pass every check and differ: a third one decides, and the person is asked, unless it
        takes one's side in everything, and the model was less sure of the other one.

        The request leaves open what they differ in, or one of them is wrong in a way that no check can tell.
        """
        mine, theirs, *rest = told.rows
        with_first = sum(row[at] == mine[at] for row in rest for at in differing)
        with_second = sum(row[at] == theirs[at] for row in rest for at in differing)
        call = printable(told.calls[smallest(told, differing)])
        version = self.first.attempt
        if not version and 2 * with_second > len(differing):
            version = 1
            reason = f"two of three implementations differ from this one, as for {call}"
            async with aclosing(self._second(told, reason)) as events:
                async for event in events:
                    yield event
        switched = version != self.first.attempt
        agreeing = with_second if switched else with_first
        kept, odd = (self._others[0], self.first) if switched else (self.first, self._others[0])
        if 2 * agreeing > len(differing):
            yield self._judged("passed", f"two of three, and one differs, as for {call}", version)
        else:
            yield self._judged("skipped", f"implementations that keep every clause differ, as for {call}")
        if agreeing < len(differing) or not _surer(kept, odd):
            self.ir = asking(self.ir, told, differing)
            yield SpecFinished(ir=self.ir, ir_text=render(self.ir))
        if switched:
            yield CodeChosen(attempt=version, reason="two of three implementations agree on it")

    async def _outvoted(self, told: Told) -> AsyncGenerator[Event]:
        """No other implementation passes. Where two agree against a clause of the model's own, it is in doubt, and
        where nothing speaks for code that the model was not sure of, the person is asked.
        """
        found = opposed(self.ir, self._others) if _allied(told) else []
        why = "two others do the same, and break a clause" if found else "no other implementation passes every check"
        yield self._judged("skipped", why)
        differing = contested(told, self.ir) if self._unsure() else []
        if found:
            self.ir, doubted = questioned(self.ir, found)
            for event in doubted:
                yield event
        elif differing:
            self.ir = asking(self.ir, told, differing)
        if found or differing:
            yield SpecFinished(ir=self.ir, ir_text=render(self.ir))

    def _judged(self, status: CheckStatus, detail: str, version: int | None = None) -> CheckFinished:
        result = CheckResult(kind="agreement", name=NAME, status=status, detail=detail)
        return CheckFinished(result=result, attempt=self.first.attempt if version is None else version)


def _surer(one: Implementation, other: Implementation) -> bool:
    """Whether the model is known to have been surer of one implementation than of another."""
    return one.sure is not None and other.sure is not None and one.sure > other.sure


def _turned(told: Told) -> Told:
    """``told`` with the second and the third implementation in each other's place."""
    first, second, third = told.rows
    return Told(told.calls, (first, third, second))


def _allied(told: Told) -> bool:
    """Whether there are two others that agree on every call, or on most of them and more than either with the first.

    They need not agree on what nobody has thought of, such as the mean of no numbers.
    """
    if len(told.rows) < 3:
        return False
    first, one, other = told.rows[:3]
    agreed = _agreed(one, other)
    return agreed == len(told.calls) or agreed > max(len(told.calls) / 2, _agreed(first, one), _agreed(first, other))


def _agreed(one: Sequence[str | None], other: Sequence[str | None]) -> int:
    """For how many calls two implementations give the same result, or none in time."""
    return sum(mine == theirs for mine, theirs in zip(one, other, strict=True))
