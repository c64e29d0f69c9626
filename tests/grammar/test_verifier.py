from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ContractBroken, GrammarError
from engine.grammar import Grammar, Verifier, compile_grammar

GREETING = Grammar("the greeting", 'root ::= "hello " ("wörld" | "moon") "!"?')


def test_a_text_in_deltas() -> None:
    verifier = Verifier(GREETING)
    for delta in ("he", "", "llo w", "ö", "rld"):
        verifier.accept(delta)
    assert verifier.text == "hello wörld"
    assert verifier.is_complete
    verifier.finish()
    verifier.accept("!")
    verifier.finish()


def test_the_first_offending_character_is_found_and_the_state_kept() -> None:
    verifier = Verifier(GREETING)
    verifier.accept("hello w")
    with pytest.raises(ContractBroken) as broken:
        verifier.accept("örxd")
    assert broken.value.position == 9
    assert broken.value.offending == "xd"
    assert "'xd' cannot follow 'hello wör'" in broken.value.what
    assert verifier.text == "hello w"
    verifier.accept("örld!")
    verifier.finish()


def test_text_after_the_end_is_an_offence() -> None:
    verifier = Verifier(GREETING)
    verifier.accept("hello moon!")
    with pytest.raises(ContractBroken) as broken:
        verifier.accept(" bye")
    assert (broken.value.position, broken.value.offending) == (11, " bye")


def test_an_unfinished_text() -> None:
    verifier = Verifier(GREETING)
    verifier.accept("hello")
    assert not verifier.is_complete
    with pytest.raises(ContractBroken, match="in the middle of the greeting") as broken:
        verifier.finish()
    assert broken.value.position == 5


def test_a_lone_surrogate_is_an_offence() -> None:
    verifier = Verifier(Grammar("anything", "root ::= [^a]*"))
    with pytest.raises(ContractBroken) as broken:
        verifier.accept("x\ud83d")
    assert broken.value.position == 1


def test_forced_text() -> None:
    verifier = Verifier(GREETING)
    assert verifier.forced() == "hello "
    verifier.accept("hello w")
    assert verifier.forced().startswith("ö")
    verifier.accept("örld!")
    assert verifier.forced() == ""


def test_a_bad_grammar() -> None:
    with pytest.raises(GrammarError, match="The grammar of nonsense does not compile"):
        compile_grammar(Grammar("nonsense", "root ::= missing"))


def test_equal_text_is_compiled_once() -> None:
    first = compile_grammar(Grammar("one", 'root ::= "cached"'))
    assert compile_grammar(Grammar("one", 'root ::= "cached"')).handle is first.handle


def test_verifiers_of_one_grammar_are_independent() -> None:
    compiled = compile_grammar(GREETING)
    one, other = Verifier(compiled), Verifier(compiled)
    one.accept("hello moon")
    other.accept("hello w")
    assert (one.text, other.text) == ("hello moon", "hello w")


WORDS = Grammar("words", 'root ::= word (" " word)*\nword ::= [a-zé]+')


@given(st.text("ab é", max_size=12), st.lists(st.integers(0, 12)))
def test_the_verdict_does_not_depend_on_the_cuts(text: str, cuts: list[int]) -> None:
    def outcome(deltas: list[str]) -> tuple[int, str]:
        verifier = Verifier(WORDS)
        try:
            for delta in deltas:
                verifier.accept(delta)
            verifier.finish()
        except ContractBroken as broken:
            return broken.position, verifier.text
        return -1, verifier.text

    edges = sorted({0, *(min(cut, len(text)) for cut in cuts), len(text)})
    pieces = [text[start:end] for start, end in itertools.pairwise(edges)]
    assert outcome(pieces)[0] == outcome([text])[0] == outcome(list(text))[0]
