"""Checks a model's text against its grammar, delta by delta, whatever the endpoint claims to enforce."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from engine.errors import ContractBroken, GrammarError
from engine.grammar.grammar import Grammar
from engine.grammar.xgrammar_loader import load_xgrammar

_SHOWN = 24
"""Characters of the text shown on either side of an offence."""


@dataclass(frozen=True)
class CompiledGrammar:
    """A grammar ready to match; ``handle`` belongs to xgrammar."""

    grammar: Grammar
    handle: Any


def compile_grammar(source: Grammar) -> CompiledGrammar:
    """Compile a grammar, or take it from the cache. Thread-safe.

    Raises:
        GrammarError: the grammar is not valid, or xgrammar cannot be loaded.
    """
    return CompiledGrammar(source, _compile(source.name, source.to_xgrammar()))


@lru_cache(maxsize=16)
def _compile(name: str, ebnf: str) -> Any:
    try:
        return _compiler().compile_grammar(load_xgrammar().Grammar.from_ebnf(ebnf))
    except (RuntimeError, ValueError) as error:
        raise GrammarError(
            f"The grammar of {name} does not compile: {error}",
            "This is a defect in Lift, or in the installed version of xgrammar; please report it.",
        ) from error


@cache
def _compiler() -> Any:
    """A compiler for a vocabulary of single bytes: verifying needs no model's tokenizer."""
    xgrammar = load_xgrammar()
    vocabulary = [bytes([value]) for value in range(256)] + [b"</s>"]
    tokenizer = xgrammar.TokenizerInfo(vocabulary, xgrammar.VocabType.RAW, stop_token_ids=[256])
    return xgrammar.GrammarCompiler(tokenizer, max_threads=1)


class Verifier:
    """Follows one text through one grammar.

    Raises:
        GrammarError: the grammar does not compile.
    """

    def __init__(self, source: Grammar | CompiledGrammar) -> None:
        compiled = compile_grammar(source) if isinstance(source, Grammar) else source
        self._name = compiled.grammar.name
        self._matcher = load_xgrammar().GrammarMatcher(compiled.handle)
        self._deltas: list[str] = []
        self._length = 0

    @property
    def text(self) -> str:
        """Everything accepted so far."""
        return "".join(self._deltas)

    @property
    def is_complete(self) -> bool:
        """Whether the text may end here."""
        return bool(self._matcher.is_completed())

    def accept(self, delta: str) -> None:
        """Follow ``delta``; the state is unchanged when it is refused.

        Raises:
            ContractBroken: the text leaves the grammar within ``delta``; ``position`` counts
                characters from the start of the whole text.
        """
        if not delta:
            return
        if not self._accepts(delta):
            self._refuse(delta)
        self._deltas.append(delta)
        self._length += len(delta)

    def finish(self) -> None:
        """Declare the text ended.

        Raises:
            ContractBroken: the text is not complete.
        """
        if self.is_complete:
            return
        raise ContractBroken(
            f"The model stopped in the middle of {self._name}, after {_tail(self.text)!r}.",
            "Run it again; if it persists, raise the limit of tokens or ask for less.",
            position=self._length,
        )

    def forced(self) -> str:
        """The text that must come next, whatever the model says; empty when it has a choice."""
        return str(self._matcher.find_jump_forward_string())

    def _accepts(self, delta: str) -> bool:
        try:
            encoded = delta.encode()
        except UnicodeEncodeError:  # a lone surrogate, which no text may hold
            return False
        return bool(self._matcher.accept_string(encoded))

    def _refuse(self, delta: str) -> None:
        offset = 0
        while self._accepts(delta[offset]):
            offset += 1
        if offset:
            self._matcher.rollback(offset)
        position = self._length + offset
        offending = delta[offset:]
        raise ContractBroken(
            f"The model left the grammar of {self._name} at character {position}: "
            f"{offending[:_SHOWN]!r} cannot follow {_tail(self.text + delta[:offset])!r}.",
            "Run it again. If the endpoint ignores grammars, it is not able to keep this contract.",
            position=position,
            offending=offending,
        )


def _tail(text: str) -> str:
    return text[-_SHOWN:]
