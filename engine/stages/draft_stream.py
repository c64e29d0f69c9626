"""Streaming a specification: one answer of the model, shown clause by clause while it arrives."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from pydantic_core import from_json

from engine.endpoints.protocol import ChatRequest, Endpoint
from engine.grammar.grammar import Grammar
from engine.stages.answer import Answer, stream_answer
from engine.stages.clock import RunClock
from engine.stages.draft_wire import partial_ir
from engine.stages.events import Event, SpecUpdated, Stage, TextDelta


async def stream_draft(
    stage: Stage, endpoint: Endpoint, request: ChatRequest, contract: Grammar, clock: RunClock, answer: Answer
) -> AsyncGenerator[Event]:
    """:func:`stream_answer`, with a :class:`SpecUpdated` after each delta that says something new.

    Raises:
        ContractBroken: the text leaves the contract, or stops before it is complete.
        EndpointError: see :func:`engine.stages.answer.stream_answer`.
    """
    seen: dict[str, Any] = {}
    async with aclosing(stream_answer(stage, endpoint, request, contract, clock, answer)) as events:
        async for event in events:
            yield event
            if isinstance(event, TextDelta) and answer.text.strip():
                partial = partial_ir(cast("dict[str, Any]", from_json(answer.text, allow_partial="trailing-strings")))
                if partial != seen:
                    seen = partial
                    yield SpecUpdated(partial=partial)
