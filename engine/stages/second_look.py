"""A second look at an example of the model's own that the code breaks.

The model works the result out once more, from the words of the request alone. If it now says what the code gives, the
example was a slip of the pen, and nobody needs to be asked about it. Of 20 examples that right code broke, so much was
said of four; of 14 that wrong code broke, of none. A yes or no says nothing: half of all guesses would agree.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from contextlib import aclosing

from engine.endpoints.protocol import ChatRequest, Endpoint, Message, Sampling
from engine.errors import ContractBroken
from engine.grammar.python.examples import value_grammar
from engine.ir.addresses import index_of
from engine.ir.models import IR, Example, Provenance
from engine.ir.source import NOT_PYTHON
from engine.stages.answer import Answer, stream_answer
from engine.stages.clock import RunClock
from engine.stages.events import CheckResult
from engine.stages.implement import conversation
from engine.stages.task_text import task_text

MOST = 3
"""Examples that are looked at again; each takes about a third of a second, as the request has been read."""

_LONGEST = 400
"""Characters of a value after which it is none."""

CONFIDENCE = 0.5
"""Confidence of an example that was corrected."""


async def second_look(call: str, prompt: str, ir: IR, endpoint: Endpoint, clock: RunClock, answer: Answer) -> str:
    """What the model says that ``call`` gives, as Python; empty if that is no value.

    Args:
        answer: takes the usage.

    Raises:
        EndpointError: see :func:`engine.stages.answer.stream_answer`.
    """
    grammar = value_grammar()
    messages = conversation(prompt, ir)  # which the endpoint has read, as the code was asked for in it
    # No space at the end: tokens begin with one, and a model that may not write it says other things.
    chat = ChatRequest(messages=messages, grammar=grammar, prefill=f"```python\nassert {call} ==", sampling=Sampling())
    if not (endpoint.capabilities.prefill and endpoint.capabilities.takes(grammar)):
        asked = f"{task_text(prompt, ir)}\n\nWhat does `{call}` return? Answer with the Python value only."
        chat = ChatRequest(messages=(Message("user", asked),), grammar=grammar, sampling=Sampling())
    once = stream_answer("repair", endpoint, chat, grammar, clock, answer, limit=_LONGEST)
    try:
        async with aclosing(once) as events:
            async for _ in events:
                pass
    except ContractBroken:
        return ""
    return answer.text.strip()


def says_the_same(said: str, actual: str) -> bool:
    """Whether a value is what the code gave, and not by chance."""
    try:
        mine, theirs = ast.literal_eval(said), ast.literal_eval(actual)
    except (TypeError, *NOT_PYTHON):
        return False
    return repr(mine) == repr(theirs) and not isinstance(theirs, bool)


def corrected(ir: IR, slips: Sequence[CheckResult]) -> IR:
    """A copy of ``ir`` whose examples expect what the code gave."""
    better = ir.model_copy(deep=True)
    for slip in slips:
        index = index_of(slip.clause)
        checked = Provenance(source="verification", confidence=CONFIDENCE)
        better.examples[index] = Example(call=ir.examples[index].call, result=slip.actual, provenance=checked)
    return better
