"""From a specification to Python code.

The request continues the draft's conversation, which is derived from the specification alone
(:func:`engine.stages.draft_wire.from_ir`): the endpoint's prefix cache already holds it when
the draft has just been made, and an edited or imported specification goes the same way.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from engine import prompts
from engine.endpoints.protocol import ChatRequest, Endpoint, Message, Sampling
from engine.grammar.grammar import Grammar
from engine.grammar.python.grammar import python_body, python_function
from engine.grammar.python.policy import Policy
from engine.ir.models import IR
from engine.stages.answer import Answer, stream_answer
from engine.stages.assemble import assemble, header
from engine.stages.clock import RunClock
from engine.stages.draft_wire import from_ir
from engine.stages.events import CodeFinished, Event, SpanFinished, TextDelta


def conversation(prompt: str, ir: IR) -> tuple[Message, ...]:
    """The messages that ask for the code of ``ir``, which was made from ``prompt``."""
    return (
        *prompts.preamble(),
        Message("user", prompt),
        Message("assistant", prompts.compact_json(from_ir(ir))),
        Message("user", prompts.implement_instruction()),
    )


def code_request(
    ir: IR, endpoint: Endpoint, messages: tuple[Message, ...], sampling: Sampling
) -> tuple[ChatRequest, Grammar, str]:
    """The request for the function of ``ir``, the contract of its answer, and the text that the answer is given.

    Where the endpoint can continue an answer the header is given; elsewhere the grammar begins with it.
    """
    policy = Policy.for_ir(ir)
    head = header(ir)
    prefilled = endpoint.capabilities.prefill
    grammar = python_body(policy) if prefilled else python_function(head, policy)
    prefill = f"```python\n{head}\n" if prefilled else ""
    request = ChatRequest(messages=messages, grammar=grammar, prefill=prefill, sampling=sampling)
    return request, grammar, f"{head}\n" if prefilled else ""


async def implement(
    prompt: str, ir: IR, endpoint: Endpoint, sampling: Sampling, clock: RunClock, answer: Answer
) -> AsyncGenerator[Event]:
    """Ask for the code; ends with :class:`CodeFinished`.

    Where the endpoint can continue an answer, the header is given to it and only the body is
    decoded; elsewhere the grammar begins with the header. Either way it cannot drift. The
    header is streamed as the first delta, so that a listener sees whole code.

    Raises:
        ContractBroken: the model's text is not a function of this signature.
        EndpointError: see :func:`engine.stages.answer.stream_answer`.
    """
    request, grammar, answer.given = code_request(ir, endpoint, conversation(prompt, ir), sampling)
    if answer.given:
        yield TextDelta(stage="implement", text=answer.given)
    async for event in stream_answer("implement", endpoint, request, grammar, clock, answer):
        yield event
    spans: list[SpanFinished] = []
    with clock.span("implement", "assemble", spans):
        code = assemble(answer.given + answer.text)
    for span in spans:
        yield span
    yield CodeFinished(code=code)
