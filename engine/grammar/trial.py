"""Trying a grammar out: does it compile, what may be said, and is some code within it?"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from engine.errors import ContractBroken
from engine.grammar.grammar import Grammar
from engine.grammar.verifier import Verifier, compile_grammar
from engine.grammar.walk import Walker
from engine.ir.source import without_warnings

_CHOICES = 80
"""Free choices of one random text: enough for some lines of code."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it.

    Args:
        rules: how many rules the grammar has.
        characters: how long its text is.
        compile_s: seconds it took to compile.
        drawn: random texts drawn from it.
        accepted: how many of them the verifier accepts.
        compiled: how many of them Python compiles.
        refused: the first text that either refuses, if any.
    """

    rules: int
    characters: int
    compile_s: float
    drawn: int
    accepted: int
    compiled: int
    refused: str


def try_grammar(grammar: Grammar, prefix: str = "", *, texts: int = 50, seed: int = 0) -> Trial:
    """Compile a grammar of Python, and draw random texts from it that have to be code.

    Args:
        prefix: what stands before a text, where the grammar only describes what follows a header.
        seed: the first of the seeds that the texts are drawn with.

    Raises:
        GrammarError: it does not compile.
    """
    began = time.perf_counter()
    compile_grammar(grammar)
    compile_s = time.perf_counter() - began
    # Whether a `nonlocal` name is bound outside is beyond a context-free grammar.
    walker = Walker(grammar.ebnf, without=["nonlocal"])
    drawn = [walker.draw(random.Random(seed + index), _CHOICES) for index in range(texts)]
    accepted = [text for text in drawn if accepts(grammar, text)]
    compiled = [text for text in drawn if _compiles(prefix + text.removesuffix("```"))]
    refused = next((text for text in drawn if text not in accepted or text not in compiled), "")
    return Trial(
        rules=grammar.ebnf.count("\n") + 1,
        characters=len(grammar.ebnf),
        compile_s=compile_s,
        drawn=texts,
        accepted=len(accepted),
        compiled=len(compiled),
        refused=refused,
    )


def accepts(grammar: Grammar, text: str) -> bool:
    """Whether ``text`` is complete in ``grammar``."""
    verifier = Verifier(grammar)
    try:
        verifier.accept(text)
        verifier.finish()
    except ContractBroken:
        return False
    return True


def _compiles(code: str) -> bool:
    try:
        with without_warnings():
            compile(code, "drawn", "exec")
    except (SyntaxError, ValueError):
        return False
    return True
