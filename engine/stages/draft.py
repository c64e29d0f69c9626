"""From a request in plain English to a specification."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import cache

from pydantic import ValidationError

from engine import prompts
from engine.endpoints.protocol import ChatRequest, Endpoint, Message, Sampling
from engine.errors import ContractBroken
from engine.grammar.grammar import Grammar
from engine.grammar.json_schema import json_schema_grammar
from engine.ir.text import render
from engine.stages.answer import Answer
from engine.stages.clock import RunClock
from engine.stages.draft_repair import to_ir
from engine.stages.draft_stream import stream_draft
from engine.stages.draft_wire import DraftWire, json_schema
from engine.stages.events import Event, SpanFinished, SpecFinished
from engine.stages.reconcile import reconcile


@cache
def draft_grammar(*, compact: bool = True) -> Grammar:
    """The contract of a draft; not compact where an endpoint is known to add white space."""
    return json_schema_grammar("the specification", json_schema(), whitespace="none" if compact else "any")


async def draft(
    prompt: str, endpoint: Endpoint, sampling: Sampling, clock: RunClock, answer: Answer
) -> AsyncGenerator[Event]:
    """Ask for a specification; ends with :class:`SpecFinished`.

    Raises:
        ContractBroken: the model's text is not a draft.
        EndpointError: see :func:`engine.stages.answer.stream_answer`.
    """
    request = ChatRequest(
        messages=(*prompts.preamble(), Message("user", prompt)),
        grammar=draft_grammar(),
        sampling=sampling,
    )
    contract = draft_grammar(compact=endpoint.capabilities.compact)
    async for event in stream_draft("draft", endpoint, request, contract, clock, answer):
        yield event
    spans: list[SpanFinished] = []
    with clock.span("draft", "assemble", spans):
        ir = to_ir(_parse(answer.text))
    with clock.span("draft", "reconcile", spans):
        ir = await reconcile(ir, prompt)
    text = render(ir)
    for span in spans:
        yield span
    yield SpecFinished(ir=ir, ir_text=text)


def _parse(text: str) -> DraftWire:
    try:
        return DraftWire.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ContractBroken(
            f"The model's draft does not fit: {where}: {first['msg']}.", "Run it again, perhaps with another --seed."
        ) from error
