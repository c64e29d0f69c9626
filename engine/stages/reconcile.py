"""Finding a draft's contradictions before any code is written.

A small model likes to promise a result for a call that, by its own words, raises. Whichever side
is wrong, no code can satisfy both. The conditions are evaluated on the examples in the sandbox
(they are the model's text, too), and the side that the request does not speak for gives way.
"""

from __future__ import annotations

import ast

from engine.errors import SandboxFailed, SandboxUnavailable
from engine.ir.models import IR, Example, Provenance, Raises
from engine.ir.source import parse_expression
from engine.sandbox.trial import Trial
from engine.stages.spec_text import expected_exception, is_plain_call, not_python, subject_of

RECONCILED_CONFIDENCE = 0.5
"""Confidence of a clause that was changed because another one contradicted it."""


async def reconcile(ir: IR, prompt: str) -> IR:
    """A copy of ``ir`` in which no example promises a result where a raises-clause holds.

    An example whose arguments the request itself mentions is believed, and the condition is taken
    off the clause; any other example is made to expect the exception. Where nothing can be
    confined the specification is returned as it is.
    """
    doubtful = [clause for clause in ir.raises if clause.condition.strip() and not not_python(clause.condition)]
    if not doubtful or not ir.examples:
        return ir
    agreed = ir.model_copy(deep=True)
    try:
        async with Trial(subject_of("", ir)) as trial:
            for index, example in enumerate(ir.examples):
                if not is_plain_call(example.call, ir.signature.name) or expected_exception(example.result, ir):
                    continue
                for number, clause in enumerate(ir.raises):
                    if clause not in doubtful or not (await trial.holds(clause.condition, example.call)).holds:
                        continue
                    if _mentioned(example, prompt):
                        agreed.raises[number] = _without_condition(clause)
                    else:
                        agreed.examples[index] = _raising(example, clause)
    except (SandboxUnavailable, SandboxFailed):
        return ir
    return agreed


def _mentioned(example: Example, prompt: str) -> bool:
    """Whether the request contains a text or a number, written as it is, that the example passes."""
    call = parse_expression(example.call.strip())
    constants = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)]
    return any(
        (isinstance(value, str) and len(value) > 1 and value in prompt)
        or (isinstance(value, int | float) and abs(value) > 9 and str(value) in prompt.split())
        for value in constants
    )


def _without_condition(clause: Raises) -> Raises:
    return clause.model_copy(update={"condition": "", "provenance": _verified()})


def _raising(example: Example, clause: Raises) -> Example:
    return example.model_copy(update={"result": clause.exception, "provenance": _verified()})


def _verified() -> Provenance:
    return Provenance(source="verification", confidence=RECONCILED_CONFIDENCE)
