"""The first use of the server, which makes the others fast."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

from engine import prompts
from engine.endpoints.local.activity import busy
from engine.endpoints.local.beginnings import CODE, DRAFT, Beginnings
from engine.endpoints.local.llama import Server
from engine.endpoints.protocol import Message
from engine.grammar.grammar import Grammar
from engine.grammar.python.grammar import python_body
from engine.grammar.python.policy import Policy
from engine.stages.short_wire import short_grammar

_QUIET_S = 1.0
"""How long the warm-up holds back for whoever may be about to ask, in seconds."""


def warm_up(
    server: Server, beginnings: Beginnings, restored: bool, sleep: Callable[[float], object] = time.sleep
) -> None:
    """Have the server read, once, what every first request of a session begins with, and keep it.

    Requests of one token each: a draft's instructions and worked examples under a draft's grammar, and the worked
    examples of code under the grammar of a body. They map the weights, build the grammar engine's tables for this
    vocabulary, and leave both beginnings in their slots, so that the first real request only has its own words
    read (some 600 and some 500 tokens less, ten seconds each on two cores). Beginnings that were ``restored``
    from the last start cost nothing to read; without them they are read bit by bit.

    Real requests come first: whoever started the server asks as soon as it is ready, reads the same beginning,
    and would share the processor with this. So there is a pause before it starts, and before each bit it waits
    until nobody asks.
    """
    sleep(_QUIET_S)
    first, last = Message("user", "-"), Message("user", prompts.implement_instruction(""))
    asked = (
        (DRAFT, prompts.preamble(), first, short_grammar(raises=False, ask=False)),
        (CODE, prompts.code_preamble(), last, python_body(Policy())),
    )
    for slot, preamble, then, grammar in asked:
        tokens = 0
        for begun in _bits(preamble, restored):
            while busy(server.handle_metrics()):
                sleep(_QUIET_S)
            tokens = _read(server, slot, (*begun, then), grammar)
        if not restored:
            beginnings.keep(slot, tokens)  # at once, before somebody goes on with it


def _bits(preamble: tuple[Message, ...], restored: bool) -> list[tuple[Message, ...]]:
    """A beginning that grows by one worked example, of two messages, at a time; all of it at once where it is known."""
    if restored:
        return [preamble]
    return [preamble[:end] for end in range(2 - len(preamble) % 2, len(preamble) + 1, 2)]


def _read(server: Server, slot: int, messages: tuple[Message, ...], grammar: Grammar) -> int:
    """Have the messages read into a slot, and return how many tokens they are."""
    answer = server.handle_chat_completions(
        {
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "max_tokens": 1,
            "temperature": 0,
            "grammar": grammar.to_gbnf(),
            "id_slot": slot,
        }
    )
    match cast("Any", answer):
        case {"usage": {"prompt_tokens": int(tokens)}}:
            return tokens
        case _:
            return 0
