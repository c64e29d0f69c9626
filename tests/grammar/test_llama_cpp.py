"""llama.cpp reads the grammars and keeps them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine import weights
from engine.grammar import Grammar, Policy, Verifier, json_schema_grammar, python_body, python_function
from tests.support.real_weights import require_weights

pytestmark = [pytest.mark.model, pytest.mark.timeout(300)]

SCHEMA = json.loads((Path(__file__).parent / "corpus" / "draft_schema.json").read_text("utf-8"))
HEADER = "def clamp(value: int, low: int, high: int) -> int:"


@pytest.fixture(scope="module")
def complete() -> Iterator[Callable[[str, str], httpx.Response]]:
    import xllamacpp

    parameters: Any = xllamacpp.CommonParams()
    model = asyncio.run(require_weights("smollm2-135m"))
    parameters.model.path = str(weights.local_path(model))
    parameters.n_ctx = 2048
    server: Any = xllamacpp.Server(parameters)
    with httpx.Client(base_url=server.listening_address, timeout=100) as client:

        def post(prompt: str, grammar: str) -> httpx.Response:
            body = {"prompt": prompt, "grammar": grammar, "n_predict": 60, "temperature": 0, "seed": 1}
            return client.post("/completion", json=body)

        yield post


@pytest.mark.parametrize(
    "grammar",
    [
        python_body(Policy()),
        python_body(Policy.for_effects(["prints"])),
        python_function(HEADER, Policy()),
        json_schema_grammar("the draft", SCHEMA),
    ],
    ids=["body", "printing body", "function", "draft"],
)
def test_gbnf_is_read_and_kept(grammar: Grammar, complete: Callable[[str, str], httpx.Response]) -> None:
    answer = complete(f"Clamp a value.\n{HEADER}\n", grammar.to_gbnf())
    assert answer.status_code == 200, answer.text
    Verifier(grammar).accept(answer.json()["content"])


def test_an_invalid_grammar_is_refused(complete: Callable[[str, str], httpx.Response]) -> None:
    assert complete("a", 'root ::= missing "a"').status_code == 400
