"""What the stages have in common that may end with another version of the code than the first one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar

from engine.endpoints.protocol import Endpoint, Sampling
from engine.ir.models import IR
from engine.stages.answer import Answer
from engine.stages.assemble import assemble
from engine.stages.check import check
from engine.stages.check_tools import CheckTools
from engine.stages.clock import RunClock
from engine.stages.events import CheckFinished, CheckResult, CodeFinished, Event, Span, SpanFinished, Stage
from engine.stages.standing import Implementation, Version
from engine.stages.task_text import task_text


@dataclass(slots=True)
class Versions:
    """A stage that works on one run's code.

    Args:
        prompt, ir: what the code was made from.
        first: the version that the stage begins with.
        answer: takes the usage of all answers.
    """

    STAGE: ClassVar[Stage]

    prompt: str
    ir: IR
    first: Version
    endpoint: Endpoint
    sampling: Sampling
    clock: RunClock
    answer: Answer
    tools: CheckTools

    def _assembled(self, said: str) -> str:
        """What the model said as a module."""
        return assemble(said, task_text(self.prompt, self.ir))

    async def _checked(self, said: str, sure: float | None = None) -> Implementation:
        """What the model said as a module, with the verdicts on it; nobody hears of them."""
        code = self._assembled(said)
        async with aclosing(check(code, self.ir, clock=self.clock, tools=self.tools, stage=self.STAGE)) as events:
            results = [event.result async for event in events if isinstance(event, CheckFinished)]
        return Implementation(code, said, tuple(results), sure=sure)

    async def _another(self, code: str, attempt: int, results: list[CheckResult]) -> AsyncGenerator[Event]:
        """Tell of version number ``attempt``, and check it; ``results`` takes the verdicts."""
        yield CodeFinished(code=code, attempt=attempt)
        async with aclosing(check(code, self.ir, clock=self.clock, tools=self.tools, stage=self.STAGE)) as events:
            async for event in events:
                if isinstance(event, CheckFinished):
                    results.append(event.result)
                    event = event.model_copy(update={"attempt": attempt})
                yield event

    def _heard(self, answer: Answer) -> None:
        self.answer.usage += answer.usage
        self.answer.model = answer.model or self.answer.model

    def _span(self, name: str, start_s: float) -> SpanFinished:
        span = Span(stage=self.STAGE, name=name, start_s=start_s, duration_s=self.clock() - start_s)
        return SpanFinished(span=span)
