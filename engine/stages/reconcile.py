"""Finding a draft's contradictions before any code is written.

A small model likes to promise a result for a call that, by its own words, raises. Whichever side
is wrong, no code can satisfy both. The conditions are evaluated on the examples in the sandbox
(they are the model's text, too), and the side that the request does not speak for gives way.
"""

from __future__ import annotations

import ast

from engine.errors import SandboxFailed, SandboxUnavailable
from engine.ir.models import IR, Clause, Example, Provenance, Raises
from engine.ir.source import parse_expression
from engine.sandbox.trial import Trial
from engine.stages.spec_text import expected_exception, is_plain_call, not_python, subject_of

RECONCILED_CONFIDENCE = 0.5
"""Confidence of a clause that was changed because another one contradicted it."""


async def reconcile(ir: IR, prompt: str) -> IR:
    """A copy of ``ir`` whose clauses do not contradict each other, as far as its examples show it.

    What a person wrote never gives way, and two clauses of a person's are left for the checks to tell.
    Otherwise:

    - two examples of one call with different results: the first one stays;
    - an example that promises a result where a precondition does not hold: the precondition goes, since it
      only narrows what is promised;
    - an example whose result a postcondition does not allow: the postcondition goes, a general claim that a
      case refutes;
    - an example that promises a result where a raises-clause holds: an example whose arguments the request
      itself mentions is believed, and the condition is taken off the clause; any other is made to expect the
      exception.

    Where nothing can be confined only the first of these is looked for.
    """
    agreed = ir.model_copy(deep=True)
    agreed.examples = _once_each(agreed)
    if not agreed.examples or not (agreed.requires or agreed.ensures or agreed.raises):
        return agreed
    try:
        async with Trial(subject_of("", agreed)) as trial:
            await _promises(agreed, trial)
            await _exceptions(agreed, prompt, trial)
    except (SandboxUnavailable, SandboxFailed):
        return ir
    return agreed


def _once_each(ir: IR) -> list[Example]:
    """The examples without those whose call another one has with another result."""
    kept: dict[str, Example] = {}
    for number, example in enumerate(ir.examples):
        plain = not not_python(example.call) and is_plain_call(example.call, ir.signature.name)
        call = ast.unparse(parse_expression(example.call.strip())) if plain else f"#{number}"
        before = kept.get(call)
        if before is not None and before.result.strip() == example.result.strip():
            kept[f"{call}#{number}"] = example  # the same twice is no contradiction
        elif before is None or (_is_human(example) and not _is_human(before)):
            kept[call] = example
        elif _is_human(example):
            kept[f"{call}#{number}"] = example
    return [example for example in ir.examples if any(example is one for one in kept.values())]


async def _promises(agreed: IR, trial: Trial) -> None:
    """Examples that promise a result, against preconditions and postconditions."""
    for example in [*agreed.examples]:
        if not_python(example.result) or not _promises_result(example, agreed):
            continue
        for field in ("requires", "ensures"):
            for clause in [*getattr(agreed, field)]:
                if not_python(clause.predicate):
                    continue
                predicate = clause.predicate.strip()
                text = f"(lambda result: {predicate})({example.result.strip()})" if field == "ensures" else predicate
                if (await trial.holds(text, example.call)).holds is not False:
                    continue
                if not _is_human(clause):
                    setattr(agreed, field, [other for other in getattr(agreed, field) if other is not clause])
                elif not _is_human(example):
                    agreed.examples = [other for other in agreed.examples if other is not example]


async def _exceptions(agreed: IR, prompt: str, trial: Trial) -> None:
    """Examples that promise a result, against raises-clauses."""
    for index, example in enumerate(agreed.examples):
        for number, clause in enumerate(agreed.raises):
            if not _promises_result(agreed.examples[index], agreed):
                break
            if not clause.condition.strip() or not_python(clause.condition):
                continue
            if not (await trial.holds(clause.condition, example.call)).holds:
                continue
            if (_mentioned(example, prompt) or _is_human(example)) and not _is_human(clause):
                agreed.raises[number] = _without_condition(clause)
            elif not _is_human(example):
                agreed.examples[index] = _raising(example, clause)


def _promises_result(example: Example, ir: IR) -> bool:
    """Whether the example is a plain call of the function with a value as its result."""
    if not_python(example.call) or not_python(example.result):
        return False
    return is_plain_call(example.call, ir.signature.name) and not expected_exception(example.result, ir)


def _is_human(clause: Clause) -> bool:
    return clause.provenance is not None and clause.provenance.source == "human"


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
