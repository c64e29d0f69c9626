"""Streaming a specification: one answer of the model, shown clause by clause while it arrives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
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
    stage: Stage,
    endpoint: Endpoint,
    request: ChatRequest,
    contract: Grammar,
    clock: RunClock,
    answer: Answer,
    *,
    limit: int | None = None,
    whole: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> AsyncGenerator[Event]:
    """:func:`stream_answer`, with a :class:`SpecUpdated` after each delta that says something new.

    Args:
        limit: how long the answer may become, in characters.
        whole: makes the shape of a :class:`~engine.stages.draft_wire.DraftWire` of what has arrived.

    Raises:
        ContractBroken: the text leaves the contract, or stops before it is complete.
        EndpointError: see :func:`engine.stages.answer.stream_answer`.
    """
    seen: dict[str, Any] = {}
    async with aclosing(stream_answer(stage, endpoint, request, contract, clock, answer, limit=limit)) as events:
        async for event in events:
            yield event
            if isinstance(event, TextDelta) and answer.text.strip():
                heard = cast("dict[str, Any]", from_json(answer.text, allow_partial="trailing-strings"))
                partial = partial_ir(whole(heard))
                if partial != seen:
                    seen = partial
                    yield SpecUpdated(partial=partial)
