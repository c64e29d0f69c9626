"""Verdicts with their evidence, and the list of everything that is checked, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from engine.ir.models import IR
from engine.sandbox.codec import DecodeError, decode, describe
from engine.sandbox.trial import Outcome, printable
from engine.stages.events import CheckFinished, CheckResult, CheckStatus


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and its evidence, named as in :class:`CheckResult`."""

    status: CheckStatus
    detail: str = ""
    expected: str = ""
    actual: str = ""
    counterexample: str = ""
    line: int | None = None


PASSED = Judged("passed")

COMPILE = CheckResult(kind="compile", name="compiles", status="skipped")
SIGNATURE = CheckResult(kind="signature", name="signature", status="skipped", clause="signature")
REQUEST = CheckResult(
    kind="request", name="leaves out nothing that the request says", status="skipped", clause="intent"
)
EFFECTS = CheckResult(kind="effects", name="does only what its effects say", status="skipped")
TYPES = CheckResult(kind="types", name="the types fit", status="skipped")


def behaviour_plan(ir: IR) -> Iterator[CheckResult]:
    """A template for every result about what the code does when it runs, in order."""
    yield CheckResult(kind="loads", name="the module loads", status="skipped")
    for index, example in enumerate(ir.examples):
        yield _template("example", f"{example.call} == {example.result}", f"examples[{index}]")
    for index, clause in enumerate(ir.requires):
        yield _template("requires", clause.predicate, f"requires[{index}]")
    for index, clause in enumerate(ir.ensures):
        yield _template("ensures", clause.predicate, f"ensures[{index}]")
    yield _template("returns", f"returns {ir.signature.returns}", "signature")
    for index, clause in enumerate(ir.raises):
        condition = f" if {clause.condition}" if clause.condition.strip() else ""
        yield _template("raises", f"{clause.exception}{condition}", f"raises[{index}]")
    yield CheckResult(kind="exceptions", name="raises only what is declared", status="skipped")
    yield CheckResult(kind="termination", name="comes to an end", status="skipped")


def settled(template: CheckResult, judged: Judged, note: str = "") -> CheckFinished:
    """The result that a template becomes: its verdict, the evidence, and the note on every result."""
    text = "; ".join(part for part in (judged.detail, note) if part)
    return CheckFinished(result=template.model_copy(update={**asdict(judged), "detail": text}))


def unexpected(call: str, outcome: Outcome, expected: str, status: CheckStatus = "failed", *, at: str = "") -> Judged:
    """A call came to another end than ``expected``; ``at`` goes before the words about it."""
    happened = what_happened(outcome)
    actual = returned(outcome) or happened
    detail = f"{at}expected {expected}, {happened}"
    return Judged(status, detail, expected, actual, printable(call), line_of(outcome))


def line_of(outcome: Outcome) -> int | None:
    """The line of the code that raised."""
    return outcome.raised.line if outcome.raised else None


def returned(outcome: Outcome) -> str:
    """What a call returned, as Python source; empty when it returned nothing that can be read."""
    try:
        return printable(describe(decode(outcome.value))) if outcome.kind == "value" else ""
    except DecodeError:
        return ""


def place(call: str, values: str = "") -> str:
    """A call in words, with the values of the parameters."""
    shown = f"`{printable(call)}`"
    return f"{shown} ({values})" if values else shown


def what_happened(outcome: Outcome) -> str:
    """What became of a call, in words."""
    if outcome.kind != "value":
        return outcome.detail
    return f"got {returned(outcome) or 'a result that cannot be read'}"


def _template(kind: str, name: str, clause: str) -> CheckResult:
    return CheckResult(kind=kind, name=printable(name), status="skipped", clause=clause)
