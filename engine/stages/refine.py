"""From a specification and a wish in plain English to a proposal how to change it.

The request continues the draft's conversation, as the implement stage does, and the answer is the
whole specification once more under the draft's grammar: a small model copies reliably what it is
not asked to change, and far better than it writes edits. The change is found by comparing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from engine import prompts
from engine.endpoints.protocol import ChatRequest, Endpoint, Message, Sampling
from engine.grammar.json_schema import json_schema_grammar
from engine.ir.diff import apply
from engine.ir.models import IR, Provenance
from engine.ir.text import render
from engine.stages.answer import Answer
from engine.stages.clock import RunClock
from engine.stages.draft_repair import MODEL_CONFIDENCE
from engine.stages.draft_stream import stream_draft
from engine.stages.draft_wire import from_ir
from engine.stages.events import Event, RefinementProposed, SpanFinished
from engine.stages.reconcile import reconcile
from engine.stages.refine_wire import merged, proposed_changes, read_draft, refine_schema


def conversation(prompt: str, ir: IR, instruction: str) -> tuple[Message, ...]:
    """The messages that ask to change ``ir``, which was made from ``prompt``, after a worked example of that."""
    return (
        *prompts.refine_preamble(),
        Message("user", prompt),
        Message("assistant", prompts.compact_json(from_ir(ir))),
        Message("user", prompts.refine_instruction(instruction)),
    )


async def refine(
    prompt: str,
    ir: IR,
    instruction: str,
    base_draft: int,
    endpoint: Endpoint,
    sampling: Sampling,
    clock: RunClock,
    answer: Answer,
) -> AsyncGenerator[Event]:
    """Ask for ``ir`` changed as ``instruction`` says; ends with :class:`RefinementProposed`.

    Args:
        base_draft: id of the draft that ``ir`` is, for the event.

    Raises:
        ContractBroken: the model's text is not a draft.
        EndpointError: see :func:`engine.stages.answer.stream_answer`.
    """
    schema = refine_schema(ir, instruction)
    compact = json_schema_grammar("the specification", schema)
    contract = (
        compact if endpoint.capabilities.compact else json_schema_grammar("the specification", schema, whitespace="any")
    )
    request = ChatRequest(messages=conversation(prompt, ir, instruction), grammar=compact, sampling=sampling)
    async for event in stream_draft("refine", endpoint, request, contract, clock, answer):
        yield event
    spans: list[SpanFinished] = []
    with clock.span("refine", "assemble", spans):
        wanted = merged(ir, read_draft(answer.text))
    with clock.span("refine", "reconcile", spans):
        wanted = await reconcile(wanted, f"{prompt}\n{instruction}")
        changes = proposed_changes(ir, wanted)
        provenance = Provenance(source="refinement", confidence=MODEL_CONFIDENCE, author=answer.model or None)
        refined = apply(ir, [proposed.change for proposed in changes], provenance)
    for span in spans:
        yield span
    yield RefinementProposed(base_draft=base_draft, changes=changes, ir=refined, ir_text=render(refined))
