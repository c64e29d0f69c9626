"""Checking another version of the code than the first one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from engine.ir.models import IR
from engine.stages.assemble import assemble
from engine.stages.check import check
from engine.stages.check_tools import CheckTools
from engine.stages.clock import RunClock
from engine.stages.events import CheckFinished, CheckResult, CodeFinished, Event, Stage
from engine.stages.standing import Implementation
from engine.stages.task_text import task_text


async def checked(said: str, prompt: str, ir: IR, clock: RunClock, tools: CheckTools, stage: Stage) -> Implementation:
    """What the model said as a module, with the verdicts on it; nobody hears of them."""
    code = assemble(said, task_text(prompt, ir))
    async with aclosing(check(code, ir, clock=clock, tools=tools, stage=stage)) as events:
        results = [event.result async for event in events if isinstance(event, CheckFinished)]
    return Implementation(code, said, tuple(results))


async def another(
    code: str, attempt: int, ir: IR, results: list[CheckResult], clock: RunClock, tools: CheckTools, stage: Stage
) -> AsyncGenerator[Event]:
    """Tell of version number ``attempt``, and check it; ``results`` takes the verdicts."""
    yield CodeFinished(code=code, attempt=attempt)
    async with aclosing(check(code, ir, clock=clock, tools=tools, stage=stage)) as events:
        async for event in events:
            if isinstance(event, CheckFinished):
                results.append(event.result)
                event = event.model_copy(update={"attempt": attempt})
            yield event
