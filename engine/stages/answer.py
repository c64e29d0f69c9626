"""Streaming one answer of the model: verified delta by delta, timed, as events."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from engine.endpoints.protocol import Capabilities, ChatRequest, Delta, Endpoint, Finished, Message, Waiting
from engine.errors import ContractBroken
from engine.grammar.grammar import Grammar
from engine.grammar.verifier import Verifier
from engine.stages.check_types import TypeChecker
from engine.stages.clock import RunClock
from engine.stages.early_look import EarlyLook
from engine.stages.events import AnswerDropped, Event, Span, SpanFinished, Stage, StageWaiting, TextDelta, Usage
from engine.stages.fences import FenceFilter
from engine.stages.sureness import Sureness
from engine.stages.watchdog import Watchdog

_WARMER = 0.4
"""What an answer asked for again adds to the temperature: enough to leave a loop, too little to lose the thread."""

_REPEATED = 2000
"""Characters of a broken answer that are shown to the model again."""


@dataclass
class Answer:
    """What a stage has heard so far; complete when ``finished`` is set.

    ``given`` is the beginning of the answer that the model was given and does not repeat; ``sureness`` is known
    where the endpoint tells it.
    """

    given: str = ""
    text: str = ""
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    finished: bool = False
    sureness: Sureness = field(default_factory=Sureness)


ATTEMPTS = 3
"""How often an answer is asked for before a broken contract is the user's business."""


class _Exhausted(ContractBroken):
    """The limit of tokens that the user set is used up: asking again would only use it up again."""


async def stream_answer(
    stage: Stage,
    endpoint: Endpoint,
    request: ChatRequest,
    contract: Grammar,
    clock: RunClock,
    answer: Answer,
    *,
    limit: int | None = None,
    tidy: Callable[[str], str] | None = None,
    types: TypeChecker | None = None,
) -> AsyncGenerator[Event]:
    """Stream ``request`` into ``answer``, holding it to ``contract``.

    ``contract`` may be looser than the grammar in the request, for endpoints that are only asked
    to keep it. An endpoint that takes no grammar at all may wrap its answer in a Markdown fence,
    which is taken off first. An answer that breaks the contract, grows far too long or runs in circles is
    dropped (:class:`AnswerDropped`), and asked for again differently.

    Args:
        limit: how long the answer may become, in characters.
        tidy: for endpoints that are not held to a grammar while they speak: what they said is verified as a
            whole, after this has made of it what the contract is about. It raises ContractBroken.
        types: for code: an answer that uses an undefined name is dropped as soon as this says so. The last attempt is
            let through, since code that fails a check can be shown and repaired, and no code cannot.

    Raises:
        ContractBroken: the last attempt left the contract, or stopped before it was complete.
        EndpointError: see :meth:`engine.endpoints.protocol.Endpoint.stream`.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            look = EarlyLook(stage, types if attempt < ATTEMPTS else None, answer.given, clock)
            once = _stream_once(stage, endpoint, request, contract, clock, answer, limit, tidy, look)
            async with aclosing(once) as events:
                async for event in events:
                    yield event
            answer.finished = True
            return
        except ContractBroken as broken:
            if attempt == ATTEMPTS or isinstance(broken, _Exhausted):
                raise
            yield AnswerDropped(stage=stage, attempt=attempt, reason=broken.what)
            request = asked_differently(request, endpoint.capabilities, answer.given + answer.text, broken)
            answer.text = ""
            answer.sureness = Sureness()
            if answer.given:
                yield TextDelta(stage=stage, text=answer.given)


def asked_differently(
    request: ChatRequest, capabilities: Capabilities, said: str, broken: ContractBroken
) -> ChatRequest:
    """``request`` so that it does not get the same answer again: warmer, with another seed.

    An endpoint that takes no grammar is told what was wrong as well.
    """
    sampling = request.sampling
    warmer = replace(
        sampling,
        temperature=min(1.0, sampling.temperature + _WARMER),
        seed=1 if sampling.seed is None else sampling.seed + 1,
    )
    messages = request.messages
    if not (request.grammar and capabilities.takes(request.grammar)):
        wrong = f"{broken.what} Answer again, in exactly the form that was asked for, and nothing else."
        messages = (*messages, Message("assistant", said[:_REPEATED] or "-"), Message("user", wrong))
    return replace(request, messages=messages, sampling=warmer)


async def _stream_once(
    stage: Stage,
    endpoint: Endpoint,
    request: ChatRequest,
    contract: Grammar,
    clock: RunClock,
    answer: Answer,
    limit: int | None,
    tidy: Callable[[str], str] | None,
    look: EarlyLook,
) -> AsyncGenerator[Event]:
    began = time.perf_counter()
    verifier = Verifier(contract)
    verifying_s = time.perf_counter() - began
    fence = FenceFilter()
    watchdog = Watchdog(limit)

    def heard(text: str) -> TextDelta:
        nonlocal verifying_s
        before = time.perf_counter()
        if tidy is None:
            verifier.accept(text)
        answer.text += text
        if complaint := watchdog.complaint(answer.text):
            todo = "Run it again, or ask for less."
            raise ContractBroken(f"The model {complaint}.", todo, position=len(answer.text))
        look.hear(answer.text)
        if look.complaint:
            raise ContractBroken(look.complaint, "Run it again.", position=len(answer.text))
        verifying_s += time.perf_counter() - before
        return TextDelta(stage=stage, text=text)

    async with look, aclosing(endpoint.stream(request)) as items:
        async for item in items:
            while look.spans:
                yield look.spans.pop(0)
            match item:
                case Waiting():
                    yield waiting(stage, item)
                case Delta():
                    if text := item.text if tidy else fence.feed(item.text):
                        yield heard(text)
                        if item.logprob is not None:
                            answer.sureness.add(len(answer.text), item.logprob)
                case Finished():
                    answer.model = item.model
                    answer.usage += Usage(
                        prompt_tokens=item.prompt_tokens,
                        cached_tokens=item.cached_tokens,
                        completion_tokens=item.completion_tokens,
                        server_s=item.server_s,
                    )
                    if text := fence.finish():
                        yield heard(text)
                    for timing in item.timings:
                        yield _span(stage, timing.phase, clock.at(timing.start_s), timing.duration_s)
                    decode = item.timings[-1]
                    yield _span(stage, "verify", clock.at(decode.start_s), verifying_s)
                    if item.reason == "length":
                        raise _Exhausted(
                            f"The model used all of its {request.sampling.max_tokens} tokens without coming to an end.",
                            "Raise the limit with --max-tokens, or ask for less.",
                            position=len(answer.text),
                        )
    if tidy is not None:
        answer.text = tidy(answer.text)
        verifier.accept(answer.text)
    verifier.finish()


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
