"""How a version of the code stands: what it fails, and which of several versions is the best.

A clause that a person wrote counts above any number of the model's own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from engine.ir.models import IR
from engine.stages.check import verdict
from engine.stages.events import CheckResult

CLAUSE_KINDS = frozenset({"example", "ensures", "raises"})
"""Kinds of checks that hold a clause against the code, so that either of the two may be wrong."""

BREAKDOWNS = frozenset(
    {
        "AttributeError",
        "IndexError",
        "KeyError",
        "RecursionError",
        "TypeError",
        "UnboundLocalError",
        "ZeroDivisionError",
    }
)
"""Exceptions that say that the code has not thought of an input; a ``ValueError`` may well be meant."""

_FUNDAMENTAL = frozenset({"parse", "compile", "signature", "loads"})


@dataclass(frozen=True, slots=True)
class Implementation:
    """Code for a specification, checked.

    Args:
        code: the module.
        said: the function as the model wrote it, header included, for the conversation to go on from.
        results: the verdicts on it.
        sure: how probable the model thinks a word of it, from 0 to 1; None where that is not known.
    """

    code: str
    said: str
    results: tuple[CheckResult, ...]
    sure: float | None = field(default=None, kw_only=True)

    @property
    def passed(self) -> bool:
        """Whether it may be called good."""
        return verdict(self.results)


@dataclass(frozen=True, slots=True)
class Version(Implementation):
    """One version of the code of a run; ``attempt`` is its number, from 0."""

    attempt: int


def failures(results: Sequence[CheckResult]) -> list[CheckResult]:
    """The failed checks that other code might pass; a specification that contradicts itself is none of them."""
    return [
        result
        for result in results
        if result.status == "failed"
        and result.kind != "requires"
        and not (result.kind in CLAUSE_KINDS and not result.actual)
    ]


def key(result: CheckResult) -> str:
    """The address of the clause that a result judges, or else the kind of the check."""
    return result.clause if result.kind in CLAUSE_KINDS else result.kind


def is_human(ir: IR, result: CheckResult) -> bool:
    """Whether the result judges a clause that a person wrote."""
    clause = dict(ir.clauses()).get(result.clause)
    return clause is not None and clause.provenance is not None and clause.provenance.source == "human"


def as_result(result: CheckResult) -> str:
    """What an example would say of what came back: a value, or the name of an exception."""
    if not result.actual.startswith("raised "):
        return result.actual
    return result.actual.removeprefix("raised ").partition(":")[0].partition(" ")[0]


def doubtful(ir: IR, failed: Sequence[CheckResult]) -> bool:
    """Whether everything that failed is a clause of the model's own, which may as well be wrong as the code."""
    return bool(failed) and all(result.kind in CLAUSE_KINDS and not is_human(ir, result) for result in failed)


def standing(ir: IR, results: Sequence[CheckResult], without: Collection[str] = ()) -> tuple[int, int, int, bool]:
    """What a version is compared by, the larger the better: fundamentals, people's clauses, everything else, and
    that it does not break down on inputs that no clause speaks of.

    Args:
        without: addresses of clauses that are left out of account.
    """
    bad = [result for result in results if result.status in ("failed", "error") and key(result) not in without]
    human = [result for result in bad if is_human(ir, result)]
    return (
        -sum(result.kind in _FUNDAMENTAL for result in bad),
        -len(human),
        -len(bad),
        not _breaks_down(results),
    )


def best(ir: IR, versions: Sequence[Version], agreed: int = 0) -> Version:
    """The version that stands best; of those that stand alike, number ``agreed``, or else the earliest."""
    return max(versions, key=lambda each: (standing(ir, each.results), each.attempt == agreed, -each.attempt))


def _breaks_down(results: Sequence[CheckResult]) -> bool:
    """Whether the code breaks down on an input of the declared types, in a way that nobody asked for."""
    return any(result.kind == "exceptions" and as_result(result) in BREAKDOWNS for result in results)
