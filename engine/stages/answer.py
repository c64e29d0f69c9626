"""Streaming one answer of the model: verified delta by delta, timed, as events."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from engine.endpoints.protocol import ChatRequest, Delta, Endpoint, Finished, Waiting
from engine.errors import ContractBroken
from engine.grammar.grammar import Grammar
from engine.grammar.verifier import Verifier
from engine.stages.clock import RunClock
from engine.stages.events import Event, Span, SpanFinished, Stage, StageWaiting, TextDelta, Usage
from engine.stages.fences import FenceFilter


@dataclass
class Answer:
    """What a stage has heard so far; complete when ``finished`` is set.

    ``given`` is the beginning of the answer that the model was given and does not repeat.
    """

    given: str = ""
    text: str = ""
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    finished: bool = False


async def stream_answer(
    stage: Stage,
    endpoint: Endpoint,
    request: ChatRequest,
    contract: Grammar,
    clock: RunClock,
    answer: Answer,
) -> AsyncGenerator[Event]:
    """Stream ``request`` into ``answer``, holding it to ``contract``.

    ``contract`` may be looser than the grammar in the request, for endpoints that are only asked
    to keep it. An endpoint that takes no grammar at all may wrap its answer in a Markdown fence,
    which is taken off first.

    Raises:
        ContractBroken: the text leaves the contract, or stops before it is complete.
        EndpointError: see :meth:`engine.endpoints.protocol.Endpoint.stream`.
    """
    began = time.perf_counter()
    verifier = Verifier(contract)
    verifying_s = time.perf_counter() - began
    fence = FenceFilter()
    async with aclosing(endpoint.stream(request)) as items:
        async for item in items:
            match item:
                case Waiting():
                    yield waiting(stage, item)
                case Delta():
                    text = fence.feed(item.text)
                    if not text:
                        continue
                    before = time.perf_counter()
                    verifier.accept(text)
                    verifying_s += time.perf_counter() - before
                    answer.text += text
                    yield TextDelta(stage=stage, text=text)
                case Finished():
                    answer.model = item.model
                    answer.usage = Usage(
                        prompt_tokens=item.prompt_tokens,
                        cached_tokens=item.cached_tokens,
                        completion_tokens=item.completion_tokens,
                    )
                    if text := fence.finish():
                        verifier.accept(text)
                        answer.text += text
                        yield TextDelta(stage=stage, text=text)
                    for timing in item.timings:
                        yield _span(stage, timing.phase, clock.at(timing.start_s), timing.duration_s)
                    decode = item.timings[-1]
                    yield _span(stage, "verify", clock.at(decode.start_s), verifying_s)
                    if item.reason == "length":
                        raise ContractBroken(
                            f"The model used all of its {request.sampling.max_tokens} tokens without coming to an end.",
                            "Raise the limit with --max-tokens, or ask for less.",
                            position=len(answer.text),
                        )
    verifier.finish()
    answer.finished = True


def waiting(stage: Stage, wait: Waiting) -> StageWaiting:
    """What an endpoint waits for, as an event of ``stage``."""
    return StageWaiting(
        stage=stage,
        what=wait.what,
        elapsed_s=wait.elapsed_s,
        fraction=wait.fraction,
        typical_s=wait.typical_s,
    )


def _span(stage: Stage, name: str, start_s: float, duration_s: float) -> SpanFinished:
    return SpanFinished(span=Span(stage=stage, name=name, start_s=start_s, duration_s=duration_s))
