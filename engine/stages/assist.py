"""From an open question of a specification to ranked options for its answer.

The request continues the draft's conversation, so the endpoint has read most of it already.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, cast

from pydantic_core import from_json

from engine import prompts
from engine.endpoints.protocol import ChatRequest, Endpoint, Message, Sampling
from engine.errors import ContractBroken
from engine.grammar.json_schema import json_schema_grammar
from engine.ir.models import IR, Provenance, TypedHole
from engine.ir.text import render
from engine.stages.answer import Answer, stream_answer
from engine.stages.assist_wire import answer_type, described, options_schema, read_options
from engine.stages.clock import RunClock
from engine.stages.draft_repair import MODEL_CONFIDENCE
from engine.stages.draft_wire import from_ir
from engine.stages.events import (
    Event,
    OptionsProposed,
    OptionsUpdated,
    SpanFinished,
    SpecFinished,
    TextDelta,
)
from engine.stages.refine_wire import written_by_human


def conversation(prompt: str, ir: IR, hole: TypedHole) -> tuple[Message, ...]:
    """The messages that ask for options to fill ``hole`` of ``ir``, which was made from ``prompt``."""
    return (
        *prompts.whole_preamble(),
        Message("user", prompt),
        Message("assistant", prompts.compact_json(from_ir(ir))),
        Message(
            "user", prompts.assist_instruction(hole.description or hole.identifier, described(answer_type(ir, hole)))
        ),
    )


async def assist(
    prompt: str,
    ir: IR,
    hole: TypedHole,
    endpoint: Endpoint,
    sampling: Sampling,
    clock: RunClock,
    answer: Answer,
) -> AsyncGenerator[Event]:
    """Ask for options to answer ``hole``; ends with :class:`SpecFinished` of ``ir`` with the options.

    Options that a person wrote stay, after the model's; the model's own earlier ones are replaced.

    Raises:
        ContractBroken: the model's text is no list of options, or they are all the same.
        EndpointError: see :func:`engine.stages.answer.stream_answer`.
    """
    name = "the options"
    wanted = answer_type(ir, hole)
    schema = options_schema(wanted)
    compact = json_schema_grammar(name, schema)
    contract = compact if endpoint.capabilities.compact else json_schema_grammar(name, schema, whitespace="any")
    request = ChatRequest(messages=conversation(prompt, ir, hole), grammar=compact, sampling=sampling)
    seen: list[str] = []
    async for event in stream_answer("assist", endpoint, request, contract, clock, answer):
        yield event
        if isinstance(event, TextDelta) and answer.text.strip():
            partial = cast("dict[str, Any]", from_json(answer.text, allow_partial="trailing-strings"))
            if (options := [str(option) for option in partial.get("options", [])]) != seen:
                seen = options
                yield OptionsUpdated(hole=hole.identifier, options=options)
    spans: list[SpanFinished] = []
    with clock.span("assist", "assemble", spans):
        options = read_options(answer.text, wanted)
        if len(options) < 2:
            raise ContractBroken(
                f"The model proposed only {options[0]!r} several times." if options else "The model proposed nothing.",
                "Run it again with a --temperature above 0, or type an answer of your own.",
            )
        filled = with_options(ir, hole, options, author=answer.model)
    for span in spans:
        yield span
    yield OptionsProposed(hole=hole.identifier, options=options)
    yield SpecFinished(ir=filled, ir_text=render(filled))


def with_options(ir: IR, hole: TypedHole, options: list[str], *, author: str) -> IR:
    """``ir`` with the model's ``options`` in ``hole``, and behind them those that a person had written."""
    human = written_by_human(hole)
    known = {option.casefold() for option in options}
    kept = [option for option in hole.options if human and option.casefold() not in known]
    provenance = Provenance(source="agent", confidence=MODEL_CONFIDENCE, author=author or None)
    filled = hole.model_copy(
        update={"options": [*options, *kept], "provenance": hole.provenance if human else provenance}
    )
    holes = [filled if each is hole else each for each in ir.holes]
    return ir.model_copy(update={"holes": holes})
