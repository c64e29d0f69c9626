"""The draft's grammar as its engines read it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from engine.grammar import Grammar
from engine.prompts import compact_json
from engine.stages.short_wire import expanded, short_grammar

Accepts = Callable[[Grammar, str], bool]

DRAFT: dict[str, Any] = {
    "ask": [["Which?", "this", "that"]],
    "sig": "f(x: list[int], *, y: str = 'a') -> int".replace("*, ", ""),
    "raises": ["ValueError if x == []"],
    "examples": ["f([1, 2]) == 3", "f([], y='b') raises ValueError"],
    "ensures": ["result > 0"],
}


@pytest.mark.parametrize("raises", [True, False])
@pytest.mark.parametrize("ask", [True, False])
def test_the_engines_agree(raises: bool, ask: bool, accepts: Accepts, llguidance_accepts: Accepts) -> None:
    grammar = short_grammar(raises=raises, ask=ask)
    keys = [key for key in DRAFT if (key != "ask" or ask) and (key != "raises" or raises)]
    text = compact_json({key: DRAFT[key] for key in keys})
    assert accepts(grammar, text)
    for said in (text, text[:-1], text.replace(":", ": ", 1), text.replace("3", "x"), compact_json(DRAFT), "{}"):
        assert llguidance_accepts(grammar, said) == accepts(grammar, said), said


def test_random_drafts_are_read(walker: Any, accepts: Accepts, llguidance_accepts: Accepts) -> None:
    grammar = short_grammar(raises=True, ask=True)
    walk = walker(grammar.ebnf)
    for seed in range(60):
        text = walk.draw(random.Random(seed), budget=90)
        assert accepts(grammar, text), text
        assert llguidance_accepts(grammar, text), text
        json.loads(text)
        expanded(text, "Add; raise an error.")
