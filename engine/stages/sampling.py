"""Several implementations in one go, and how far they agree."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from engine.endpoints.protocol import ChatRequest, Endpoint, Sampling
from engine.errors import CheckToolFailed, ContractBroken
from engine.grammar.grammar import Grammar
from engine.inputs.search import PASSED, Plan
from engine.ir.models import IR
from engine.sandbox.trial import Outcome, Trial
from engine.stages.answer import Answer, stream_answer
from engine.stages.check_generated import CALL_S, MAX_STEPS
from engine.stages.check_inputs import with_input_imports
from engine.stages.check_tools import CheckTools
from engine.stages.clock import RunClock
from engine.stages.events import Usage
from engine.stages.spec_text import subject_of

TEMPERATURE = 0.8
"""At which implementations differ and most still work, as in CodeT (arXiv:2207.10397)."""

CALLS = 30
"""Generated inputs that implementations are compared on."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """Answers of the model, those that kept the contract, and what all of them cost."""

    texts: tuple[str, ...]
    model: str
    usage: Usage


async def sample(
    request: ChatRequest, grammar: Grammar, given: str, endpoint: Endpoint, clock: RunClock, count: int
) -> Sampled:
    """Ask ``count`` times at once for what continues ``given``, at a higher temperature and with seeds of their own.

    Raises:
        EndpointError: see :func:`engine.stages.answer.stream_answer`.
    """
    seed = request.sampling.seed or 0
    samplings = [replace(request.sampling, temperature=TEMPERATURE, seed=seed + n) for n in range(1, count + 1)]
    # Not a TaskGroup: it would wrap what an endpoint raises in a group that nobody expects.
    asked = [asyncio.create_task(_ask(request, own, grammar, given, endpoint, clock)) for own in samplings]
    try:
        answers = await asyncio.gather(*asked)
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    usage = sum((answer.usage for answer in answers), Usage())
    texts = tuple(answer.given + answer.text for answer in answers if answer.finished)
    return Sampled(texts, next((answer.model for answer in answers if answer.model), ""), usage)


async def agreement(codes: Sequence[str], ir: IR, plan: Plan, tools: CheckTools) -> list[int]:
    """For each implementation, in how many results of generated calls others agree with it."""
    calls: list[str] = []

    async def collect(call: str) -> str:
        calls.append(call)
        return PASSED

    try:
        await tools.search.run(replace(plan, inputs=CALLS), collect, budget_s=tools.search_s)
    except CheckToolFailed:
        return [0] * len(codes)
    rows = [await _results(code, ir, plan, calls, tools) for code in codes]
    return [
        sum(mine == theirs for other in rows if other is not row for mine, theirs in zip(row, other, strict=True))
        for row in rows
    ]


async def _ask(
    request: ChatRequest, sampling: Sampling, grammar: Grammar, given: str, endpoint: Endpoint, clock: RunClock
) -> Answer:
    answer = Answer(given=given)
    try:
        own = replace(request, sampling=sampling)
        async with aclosing(stream_answer("repair", endpoint, own, grammar, clock, answer)) as events:
            async for _ in events:
                pass
    except ContractBroken:
        answer.finished = False
    return answer


async def _results(code: str, ir: IR, plan: Plan, calls: Sequence[str], tools: CheckTools) -> list[str]:
    async with Trial(with_input_imports(subject_of(code, ir), plan), standby=tools.standby) as trial:
        await trial.load()
        return [_told(await trial.call(call, max_steps=MAX_STEPS, timeout_s=CALL_S)) for call in calls]


def _told(outcome: Outcome) -> str:
    """A result as text, equal for equal results; an exception by its class alone."""
    if outcome.kind == "value":
        return json.dumps(outcome.value, sort_keys=True)
    return outcome.raised.names[0] if outcome.raised else outcome.kind
