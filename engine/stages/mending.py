"""Code that is almost right, mended by one small edit, without the model.

A small model that is told of ``02d`` for ``d``, or of ``<`` for ``<=``, often writes the same line again. Trying
all small edits takes less than a second, and the examples say which of them is right.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from engine.ir.models import IR, Assertion, Example
from engine.ir.source import NOT_PYTHON, parse_expression, parse_python
from engine.sandbox.trial import Outcome, Trial
from engine.stages.check_clauses import judge_example
from engine.stages.check_generated import MAX_STEPS, result_shape, wrong_type
from engine.stages.check_results import PASSED
from engine.stages.check_tools import CheckTools
from engine.stages.events import CheckResult
from engine.stages.mutants import mutants
from engine.stages.spec_text import expected_exception, not_python, subject_of

_MOST = 250
"""Edits that are tried; a function of twenty lines has about a hundred and fifty."""

_CALL_S = 0.5
"""Seconds that one call may take; most take less than a millisecond."""

_TOTAL_S = 5.0
"""Seconds after which no more edits are tried; some functions take long for a single call."""

_MAX_LOST = 3
"""Calls that take their process down, after which no more edits are tried."""

_EDIT = "_edit_"


async def mended(
    code: str,
    ir: IR,
    tools: CheckTools,
    *,
    failed: Sequence[CheckResult] = (),
    excused: Collection[str] = (),
    slips: bool = True,
    shifts: bool = True,
) -> list[str]:
    """The modules that differ from ``code`` in one small edit and keep all examples; there are few, if any.

    Args:
        failed: what ``code`` fails. For the same call the edited code has to keep a postcondition among it, and to
            give a result of the declared type.
        excused: addresses of examples that need not be kept.
        slips: whether an edit may do more than take one step more at the end.
        shifts: whether an edit may make a number one more or one less. Where an example is off by one, which is a
            small model's commonest mistake, such an edit makes right code wrong.

    Raises:
        SandboxUnavailable, SandboxFailed: see :class:`engine.sandbox.trial.Trial`.
    """
    examples = [
        each
        for number, each in enumerate(ir.examples)
        if f"examples[{number}]" not in excused and not (not_python(each.call) or not_python(each.result))
    ]
    clauses = dict(ir.clauses())
    broken = [
        (clause.predicate, result.counterexample)
        for result in failed
        if isinstance(clause := clauses.get(result.clause), Assertion) and result.counterexample
    ]
    shape = result_shape(ir)
    typed = [result.counterexample for result in failed if result.kind == "returns" and result.counterexample]
    try:
        candidates = [*mutants(code, slips=slips, shifts=shifts)][:_MOST]
    except NOT_PYTHON:
        return []
    if not candidates or not (examples or broken or (shape and typed)):
        return []
    subject = replace(subject_of(code, ir), code=_together(candidates, ir.signature.name))
    found: list[str] = []
    lost = 0
    until = asyncio.get_running_loop().time() + _TOTAL_S
    async with Trial(subject, standby=tools.standby) as trial:
        for number, candidate in enumerate(candidates):
            kept, fell = await _keeps(trial, number, examples, ir)
            for predicate, call in broken if kept else ():
                outcome = await _called(trial, number, call, ir)
                kept = kept and outcome.kind == "value" and bool((await trial.holds(predicate, call, outcome)).holds)
            for call in typed if kept else ():
                outcome = await _called(trial, number, call, ir)
                kept = kept and outcome.kind == "value" and not wrong_type(shape, call, outcome, ir.signature.returns)
            lost += fell
            if kept:
                found.append(candidate)
            if lost == _MAX_LOST or asyncio.get_running_loop().time() > until:
                break
    return found


async def _keeps(trial: Trial, number: int, examples: Sequence[Example], ir: IR) -> tuple[bool, bool]:
    """Whether a candidate keeps all examples, and whether it took its process down."""
    for example in examples:
        outcome = await _called(trial, number, example.call, ir)
        judged = await judge_example(example, outcome, expected_exception(example.result, ir), trial)
        if judged != PASSED:
            return False, outcome.kind not in ("value", "raised", "endless")
    return True, False


async def _called(trial: Trial, number: int, call: str, ir: IR) -> Outcome:
    """What becomes of a call if a candidate stands for the function."""
    text = ast.unparse(_Called(ir.signature.name, number).visit(parse_expression(call.strip())))
    return await trial.call(text, max_steps=MAX_STEPS, timeout_s=_CALL_S)


def _together(candidates: Sequence[str], name: str) -> str:
    """One module in which calling ``_edit_0`` gives the function of the first candidate, and so on."""
    definitions: list[ast.stmt] = []
    for number, candidate in enumerate(candidates):
        give = ast.Return(ast.Name(name, ast.Load()))
        no_arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        module = parse_python(candidate)
        body = [*module.body, give]
        definitions.append(ast.FunctionDef(f"{_EDIT}{number}", no_arguments, body, [], lineno=0))
    return ast.unparse(ast.Module(definitions, []))


class _Called(ast.NodeTransformer):
    """Puts a candidate's function in the place of the function's name."""

    def __init__(self, name: str, number: int) -> None:
        self._name = name
        self._number = number

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The candidate, where the function is named."""
        if node.id != self._name:
            return node
        return ast.Call(ast.Name(f"{_EDIT}{self._number}", ast.Load()), [], [])
