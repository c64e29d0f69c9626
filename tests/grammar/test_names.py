from __future__ import annotations

import keyword
from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st

from engine.grammar import Grammar
from engine.grammar.names import character_class, identifier_except
from engine.grammar.trial import accepts

WORDS = {*keyword.kwlist, "open", "opener", "a", "print"}
GRAMMAR = Grammar("a name", f"root ::= {identifier_except(WORDS, ('__', 'printf'))}")


def accepted(text: str) -> bool:
    return accepts(GRAMMAR, text)


def allowed(text: str) -> bool:
    return text.isascii() and text.isidentifier() and text not in WORDS and not text.startswith(("__", "printf"))


near = st.sampled_from(sorted(WORDS)).flatmap(
    lambda word: st.tuples(st.integers(0, len(word)), st.text("aenopr_1", max_size=2)).map(
        lambda cut: word[: cut[0]] + cut[1]
    )
)


@given(near | st.text("_ap1ｏ-", max_size=5))
@example("")
@example("_")
@example("__x__")
@example("printf")
@example("prin")
@example("openers")
@example("1a")
def test_exactly_the_identifiers_that_are_not_excluded(text: str) -> None:
    assert accepted(text) == allowed(text)


def test_every_excluded_word_and_its_neighbours(accepts: Callable[[Grammar, str], bool]) -> None:
    for word in WORDS:
        for text in (word, word[:-1], word + "x", word + "_", word.capitalize()):
            assert accepts(GRAMMAR, text) == allowed(text), text


def test_character_classes_are_ranges() -> None:
    assert character_class("abcx_0") == "[0_a-cx]"
    assert character_class("ab") == "[ab]"
