"""Reads the corpora, and asks the engines that match a grammar."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llguidance
import pytest

from engine.grammar import trial
from engine.grammar.grammar import Grammar
from engine.grammar.walk import Walker

CORPUS = Path(__file__).parent / "corpus"


@pytest.fixture(scope="session")
def accepts() -> Callable[[Grammar, str], bool]:
    return trial.accepts


@pytest.fixture(scope="session")
def llguidance_accepts() -> Callable[[Grammar, str], bool]:
    """The same question, asked of llguidance with the Lark printer's text."""
    compiled: dict[Grammar, Any] = {}

    def check(grammar: Grammar, text: str) -> bool:
        if grammar not in compiled:
            source = llguidance.LLMatcher.grammar_from_lark(grammar.to_lark())
            compiled[grammar] = llguidance.LLMatcher(llguidance.LLTokenizer("byte"), source)
            assert not compiled[grammar].is_error(), compiled[grammar].get_error()
        matcher = compiled[grammar].deep_copy()
        tokens = list(text.encode())
        return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()

    return check


@pytest.fixture(scope="session")
def corpus() -> Callable[[str], list[tuple[str, str]]]:
    """Documents of a corpus file, each with its title: a line ``=== title``, then the document."""

    def read(name: str) -> list[tuple[str, str]]:
        blocks = re.split(r"^=== (.*)\n", (CORPUS / name).read_bytes().decode(), flags=re.MULTILINE)
        documents = [text.removesuffix("\n") for text in blocks[2::2]]
        return list(zip(blocks[1::2], documents, strict=True))

    return read


@pytest.fixture(scope="session")
def walker() -> type[Walker]:
    return Walker
