"""Several implementations, and how far they agree."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, cast

from engine.endpoints.protocol import Endpoint
from engine.errors import CheckToolFailed, ContractBroken
from engine.inputs.search import PASSED, REJECTED, Plan
from engine.inputs.shapes import NoShape
from engine.ir.models import IR
from engine.ir.source import NOT_PYTHON
from engine.sandbox.trial import Outcome, Trial
from engine.stages.answer import Answer, stream_answer
from engine.stages.check_generated import MAX_STEPS
from engine.stages.check_header import parse_module
from engine.stages.check_inputs import input_plan, with_input_imports
from engine.stages.check_tools import CheckTools
from engine.stages.clock import RunClock
from engine.stages.events import Usage
from engine.stages.implement import CodeRequest
from engine.stages.spec_text import has_refused_effects, subject_of

TEMPERATURE = 0.8
"""At which implementations differ and most still work, as in CodeT (arXiv:2207.10397)."""

CALLS = 100
"""Generated inputs that implementations are compared on."""

_CALL_S = 0.5
"""Seconds that one call may take while implementations are compared; most take less than a millisecond."""

_DIGITS = 12
"""Digits of a float that two implementations have to agree in; a sum in another order differs in the sixteenth."""

_EXACT = 2**53
"""Below which a float without decimals is an integer beyond doubt."""

_MAX_LOST = 2
"""Calls without a result in time, after which an implementation is not asked any more."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """Answers of the model, those that kept the contract, and what all of them cost."""

    texts: tuple[str, ...]
    model: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Told:
    """What each implementation makes of the same calls.

    Args:
        calls: as Python source.
        rows: one for each implementation, with a text for each call, equal for equal results; None for no result.
    """

    calls: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


def warmer(request: CodeRequest, number: int) -> CodeRequest:
    """``request`` at a higher temperature, with a seed that goes with ``number``."""
    sampling = request.chat.sampling
    own = replace(sampling, temperature=TEMPERATURE, seed=(sampling.seed or 0) + number)
    return replace(request, chat=replace(request.chat, sampling=own))


async def sample(requests: Sequence[CodeRequest], endpoint: Endpoint, clock: RunClock) -> Sampled:
    """Ask for several implementations at once.

    Raises:
        EndpointError: see :func:`engine.stages.answer.stream_answer`.
    """
    # Not a TaskGroup: it would wrap what an endpoint raises in a group that nobody expects.
    asked = [asyncio.create_task(_ask(request, endpoint, clock)) for request in requests]
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
    rows = (await told_by(codes, ir, plan, tools)).rows
    return [
        sum(
            mine == theirs is not None
            for other in rows
            if other is not row
            for mine, theirs in zip(row, other, strict=True)
        )
        for row in rows
    ]


def comparable(code: str, ir: IR) -> Plan | None:
    """What inputs to compare an implementation with others on; None where none can be made, or none may be run."""
    tree, _ = parse_module(code)
    if tree is None or has_refused_effects(ir):
        return None
    try:
        return input_plan(ir, tree, subject_of(code, ir))
    except (NoShape, *NOT_PYTHON):
        return None


async def told_by(codes: Sequence[str], ir: IR, plan: Plan, tools: CheckTools) -> Told:
    """What each implementation makes of generated calls.

    The calls are those that the first implementation ends in time. One that runs away says nothing about which
    result is right, and takes longer than all others together. There may be no calls at all.
    """
    made: list[str] = []
    row: list[str | None] = []
    trials = [Trial(with_input_imports(subject_of(code, ir), plan), standby=tools.standby) for code in codes]
    async with trials[0] as trial:
        first = _Witness(trial)

        async def collect(call: str) -> str:
            told = await first.told(call)
            if told is None:
                return REJECTED
            made.append(call)
            row.append(told)
            return PASSED

        try:
            await tools.search.run(replace(plan, inputs=CALLS), collect, budget_s=tools.search_s)
        except CheckToolFailed:
            return Told((), tuple(() for _ in codes))
    rows = [row]
    for trial in trials[1:]:
        async with trial:
            other = _Witness(trial)
            rows.append([await other.told(call) for call in made])
    return Told(tuple(made), tuple(map(tuple, rows)))


class _Witness:
    """One implementation on trial; after a few calls that do not end it is not asked any more."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._lost = 0

    async def told(self, call: str) -> str | None:
        """The result as text, equal for equal results; None where there is none in time."""
        if self._lost == _MAX_LOST:
            return None
        outcome = await self._trial.call(call, max_steps=MAX_STEPS, timeout_s=_CALL_S)
        if outcome.kind in ("value", "raised"):
            return _told(outcome)
        self._lost += 1
        return None


async def _ask(request: CodeRequest, endpoint: Endpoint, clock: RunClock) -> Answer:
    answer = Answer(given=request.given)
    try:
        once = stream_answer("repair", endpoint, request.chat, request.contract, clock, answer)
        async with aclosing(once) as events:
            async for _ in events:
                pass
    except ContractBroken:
        answer.finished = False
    return answer


def _told(outcome: Outcome) -> str:
    """A result as text, equal for equal results; an exception by its class alone."""
    return outcome.raised.names[0] if outcome.raised else json.dumps(_alike(outcome.value), sort_keys=True)


def _alike(value: Any) -> Any:
    """``value``, an encoded result, with one form for what is equal: 0 and 0.0, dictionaries in any order; and for what
    only rounding tells apart.
    """
    match value:
        case float():
            rounded = float(f"{value:.{_DIGITS}g}")
            return int(rounded) if rounded.is_integer() and abs(rounded) < _EXACT else rounded
        case list():
            return [_alike(item) for item in cast("list[Any]", value)]
        case {"t": "dict" | "set" | "frozenset" as kind}:
            items = cast("list[Any]", value["v"])
            return {"t": kind, "v": sorted(map(_alike, items), key=json.dumps)}
        case dict():
            return {key: _alike(item) for key, item in cast("dict[str, Any]", value).items()}
        case _:
            return value
