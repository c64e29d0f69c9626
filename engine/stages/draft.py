"""From a request in plain English to a specification."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

from engine import prompts
from engine.endpoints.protocol import ChatRequest, Endpoint, Message, Sampling
from engine.ir.text import render
from engine.stages.answer import Answer
from engine.stages.clock import RunClock
from engine.stages.draft_repair import to_ir
from engine.stages.draft_stream import stream_draft
from engine.stages.events import Event, SpanFinished, SpecFinished
from engine.stages.implied_ensures import implied_ensures
from engine.stages.parameter_order import in_request_order
from engine.stages.reconcile import reconcile
from engine.stages.request_stub import as_the_persons, stub_in
from engine.stages.short_wire import expanded, grammar_for, shown
from engine.stages.stated_examples import with_stated_examples

_FEWEST, _FOLD = 1200, 4
"""A draft may be so many characters long, and so many times as long as the request."""


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
        grammar=grammar_for(prompt),
        sampling=sampling,
        logprobs=True,
    )
    contract = grammar_for(prompt, compact=endpoint.capabilities.compact)
    whole = partial(shown, request=prompt)
    limit = _FEWEST + _FOLD * len(prompt)
    async for event in stream_draft("draft", endpoint, request, contract, clock, answer, limit=limit, whole=whole):
        yield event
    spans: list[SpanFinished] = []
    with clock.span("draft", "assemble", spans):
        stub = stub_in(prompt)
        wire = expanded(answer.text, prompt, answer.sureness)
        wire = wire if stub else in_request_order(wire, prompt)
        ir = to_ir(wire, known=[p.name for p in stub.parameters] if stub else ())
        ir = as_the_persons(ir, stub) if stub else with_stated_examples(ir, prompt)
        ir.ensures += implied_ensures(prompt, ir)
    with clock.span("draft", "reconcile", spans):
        ir = await reconcile(ir, prompt)
    text = render(ir)
    for span in spans:
        yield span
    yield SpecFinished(ir=ir, ir_text=text)
