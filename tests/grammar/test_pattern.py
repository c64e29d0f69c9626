from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from engine.errors import GrammarError
from engine.grammar import Grammar
from engine.grammar.pattern import pattern_to_ebnf

EMPTY = '""'
TEXTS = ["", "a", "ab", "abc", "a1", "1", "A", "_x", "a b", "a.b", "a-b", "aaaa", "ba", "x=1", "a|b", "a+", "é"]


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z_][a-z0-9_]*$",
        "^a{2,4}$",
        "^a{2,}$",
        "^a{2}$",
        "^(a|b)+$",
        "^(?:ab?c?)$",
        r"^a\.b$",
        "^[a-z]+( [a-z]+)*$",
        "^[A-Z]?[0-9]?$",
        "^[a-z-]+$",
        r"^a\|b$",
        "^x=1|a$",
        "^$",
    ],
)
def test_same_verdicts_as_python(pattern: str, accepts: Callable[[Grammar, str], bool]) -> None:
    rules: dict[str, str] = {}
    root = pattern_to_ebnf(pattern, lambda body: rules.setdefault(body, f"group-{len(rules)}"))
    grammar = Grammar(
        "a pattern", "\n".join((f"root ::= {root or EMPTY}", *(f"{name} ::= {body}" for body, name in rules.items())))
    )
    # JSON Schema reads "^x=1|a$" as two halves, each anchored at one end only; we anchor both.
    for text in TEXTS:
        assert accepts(grammar, text) == bool(re.fullmatch(pattern[1:-1], text)), text


@pytest.mark.parametrize(
    "pattern",
    [
        "abc",
        "^abc",
        "abc$",
        "^a.b$",
        "^[^a]$",
        r"^\d$",
        r"^\w+$",
        '^"$',
        "^é$",
        "^a(?=b)$",
        r"^[\]]$",
        "^(a$",
        "^a)$",
        "^(?i:a)$",
        "^*$",
        "^a|+$",
    ],
)
def test_what_engines_read_differently_is_refused(pattern: str) -> None:
    with pytest.raises(GrammarError, match="engines read differently"):
        pattern_to_ebnf(pattern, str)
