"""What makes a specification sound, clause by clause; :mod:`engine.ir.validate` runs these rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from engine.ir.expressions import Fault, annotation_faults, exception_faults, expression_faults
from engine.ir.models import IR, Signature

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """A fault of the clause at ``address``, or of one ``field`` of it that holds an expression."""

    address: str
    fault: Fault
    severity: Severity = "error"
    field: str = ""


def finding(address: str, message: str, suggestion: str, severity: Severity = "error") -> Finding:
    """A fault of a clause as a whole."""
    return Finding(address, Fault(message, suggestion), severity)


def findings(address: str, field: str, faults: Iterable[Fault], severity: Severity = "error") -> Iterator[Finding]:
    """Faults of the expression in one field of a clause."""
    return (Finding(address, fault, severity, field) for fault in faults)


def choices(signature: Signature, *others: str) -> str:
    """A hint that lists the names an expression may use."""
    names = [*(parameter.name for parameter in signature.parameters), *others]
    return f"Known here: {', '.join(names)}." if names else "The function has no parameters."


def check_intent(ir: IR) -> Iterator[Finding]:
    """The summary says something."""
    if not ir.intent.summary.strip():
        yield finding("intent", "the summary is empty", "Say in one sentence what the function is for.")


def check_assertions(ir: IR) -> Iterator[Finding]:
    """Predicates parse and use parameters; postconditions also the result and the function itself."""
    parameters = {parameter.name for parameter in ir.signature.parameters}
    for index, clause in enumerate(ir.requires):
        for fault in expression_faults(clause.predicate, parameters, hint=choices(ir.signature)):
            if fault.name == "result":
                fault = replace(
                    fault, message="`result` is known after the call only", suggestion="Move it to ensures."
                )
            yield from findings(f"requires[{index}]", "predicate", [fault])
    after = parameters | {"result", ir.signature.name}
    for index, clause in enumerate(ir.ensures):
        faults = expression_faults(clause.predicate, after, hint=choices(ir.signature, "result"))
        yield from findings(f"ensures[{index}]", "predicate", faults)


def check_raises(ir: IR) -> Iterator[Finding]:
    """Exceptions exist; conditions parse and use parameters."""
    known = {parameter.name for parameter in ir.signature.parameters}
    for index, clause in enumerate(ir.raises):
        address = f"raises[{index}]"
        yield from findings(address, "exception", exception_faults(clause.exception))
        if clause.condition:
            faults = expression_faults(clause.condition, known, hint=choices(ir.signature))
            yield from findings(address, "condition", faults)


def check_holes(ir: IR) -> Iterator[Finding]:
    """Holes can be told apart and offer answers."""
    seen: set[str] = set()
    for index, clause in enumerate(ir.holes):
        address, identifier = f"holes[{index}]", clause.identifier
        if not identifier.strip():
            yield finding(address, "hole without identifier", 'Give it a short name: hole("order").')
        elif identifier in seen:
            yield finding(address, f'a second hole "{identifier}"', "Rename or remove one of them.")
        seen.add(identifier)
        if not clause.options:
            yield finding(address, "hole without options", 'Offer answers: options=["yes", "no"].', "warning")
        yield from findings(address, "type_hint", annotation_faults(clause.type_hint), "warning")
