"""A specification as a plain request for code.

A small model writes better code for a plain request than for a specification in a form of its own (tried:
95 % against 68 % of a suite). So the code is asked for in the words of the request, together with whatever has
been stated beyond it since. The examples that the model made up itself are left out: they are what its code is
checked against, and a wrong one would only spoil the code.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.ir.models import IR, Clause
from engine.stages.request_text import implied_effects, may_raise
from engine.stages.short_wire import told
from engine.stages.stated_examples import is_stated


def task_text(prompt: str, ir: IR) -> str:
    """What the function of ``ir``, which was made from ``prompt``, has to do."""
    return "\n".join([_words(prompt, ir), *_additions(prompt, ir)])


def _words(prompt: str, ir: IR) -> str:
    """The request, as long as the specification still says the same."""
    summary, rules = told(prompt)
    said = [line.strip() for line in ir.intent.rationale.split("\n") if line.strip()]
    if ir.intent.summary == summary and said[: len(rules)] == rules:
        return "\n".join([prompt.strip(), *said[len(rules) :]])
    return "\n".join([ir.intent.summary, *said])


def _additions(prompt: str, ir: IR) -> Iterator[str]:
    """What the specification says beyond the request, line by line."""
    for parameter in ir.signature.parameters:
        if parameter.description:
            yield f"{parameter.name}: {parameter.description}"
    for clause in ir.requires:
        yield f"Assume {clause.predicate}. {clause.rationale}".strip()
    for clause in ir.raises:
        if not _guessed(clause) or not may_raise(prompt):
            condition = f" if {clause.condition}" if clause.condition.strip() else ""
            yield f"Raise {clause.exception}{condition}."
    for clause in ir.ensures:
        if not _guessed(clause):
            yield f"The result always satisfies {clause.predicate}. {clause.rationale}".strip()
    implied = implied_effects(prompt)
    for clause in ir.effects:
        if clause.description not in implied:
            yield f"Effect: {clause.description}."
    for clause in ir.examples:
        if not (_guessed(clause) or clause.call in prompt or is_stated(clause, prompt)):
            yield f"Example: {clause.call} == {clause.result}"
    for hole in ir.holes:
        if hole.options:
            yield f"{hole.description} Suppose: {hole.options[0]}."


def _guessed(clause: Clause) -> bool:
    """Whether only the model, or a check of it, says so; a clause without a source is a person's."""
    return clause.provenance is not None and clause.provenance.source in ("agent", "verification")
