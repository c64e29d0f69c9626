"""The verdicts on examples, preconditions, postconditions and raises-clauses.

Examples are evaluated as they stand. The other clauses are contracts: they are held against every
example's call, and against generated inputs where such can be made.
"""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from engine.ir.models import IR, Example
from engine.sandbox.trial import Outcome, Trial, printable
from engine.stages.check_generated import EXCEPTIONS, RETURNS, Fault, Generated, result_shape, wrong_type
from engine.stages.check_raising import can_raise
from engine.stages.check_results import PASSED, Judged, line_of, place, returned, unexpected, what_happened
from engine.stages.spec_text import expected_exception, is_plain_call, not_python


@dataclass(frozen=True, slots=True)
class _Run:
    """An example and what became of its call.

    ``plain`` says that the call is one plain call of the function, so that its arguments are known;
    ``expects`` is the exception that the example expects, if it expects one.
    """

    example: Example
    outcome: Outcome
    plain: bool
    expects: str


async def judge_example(example: Example, outcome: Outcome, expects: str, trial: Trial) -> Judged:
    """The verdict on an example whose call came to ``outcome``.

    Args:
        expects: the exception that it expects; empty where it expects a value.
    """
    raised = outcome.raised
    call, result = example.call, example.result
    if expects:
        if raised is not None and raised.matches(expects):
            return PASSED
        return unexpected(call, outcome, expects)
    if outcome.kind != "value":
        # An unknown name that never reached the code is the specification's mistake.
        spec_is_wrong = raised is not None and raised.line is None and raised.matches("NameError")
        return unexpected(call, outcome, printable(result), "error" if spec_is_wrong else "failed")
    ruling = await trial.compare(result, outcome)
    if ruling.holds is None:
        return Judged("error", f"the expected result cannot be evaluated: {ruling.detail}")
    if ruling.holds:
        return PASSED
    return Judged("failed", ruling.detail, ruling.expected, ruling.got, printable(call))


class Clauses:
    """Judges clause after clause, in the order of :func:`engine.stages.check_results.behaviour_plan`.

    Attributes:
        loaded: whether the module could be loaded; nothing else is judged otherwise.
        attempts: what the calls tried beside computing.
    """

    def __init__(self, ir: IR, trial: Trial, tree: ast.Module) -> None:
        self._ir = ir
        self._tree = tree
        self._trial = trial
        self._runs: list[_Run] = []
        self._generated: Generated | None = None
        self._no_inputs = ""
        self.loaded = False
        self.attempts: dict[str, None] = {}

    async def load(self) -> Judged:
        """Load the module."""
        outcome = await self._trial.load()
        self.attempts.update(dict.fromkeys(outcome.tried))
        self.loaded = outcome.kind == "value"
        detail = what_happened(outcome)
        return PASSED if self.loaded else Judged("failed", detail, actual=detail, line=line_of(outcome))

    async def examples(self) -> AsyncIterator[Judged]:
        """The verdict on each example."""
        for example in self._ir.examples:
            if problem := not_python(example.call) or not_python(example.result):
                yield Judged("error", problem)
                continue
            outcome = await self._trial.call(example.call)
            self.attempts.update(dict.fromkeys(outcome.tried))
            plain = is_plain_call(example.call, self._ir.signature.name)
            run = _Run(example, outcome, plain, expected_exception(example.result, self._ir))
            self._runs.append(run)
            yield await judge_example(example, outcome, run.expects, self._trial)

    def generated(self, found: Generated | None, reason: str = "") -> None:
        """Take note of what generated inputs have shown, or of the reason why there are none."""
        self._generated, self._no_inputs = found, reason
        if found is not None:
            self.attempts.update(found.attempts)

    async def contracts(self) -> AsyncIterator[Judged]:
        """The verdict on each precondition and postcondition, and on the result's type."""
        for clause in self._ir.requires:
            yield await self._requires(clause.predicate)
        for index, clause in enumerate(self._ir.ensures):
            yield self._smallest(await self._ensures(clause.predicate), f"ensures[{index}]")
        yield self._smallest(self._returns(), RETURNS)

    async def raises(self) -> AsyncIterator[Judged]:
        """The verdict on each raises-clause, and on exceptions that none of them declares."""
        for index, clause in enumerate(self._ir.raises):
            judged = await self._raises(clause.exception.strip(), clause.condition, f"raises[{index}]")
            yield self._smallest(judged, f"raises[{index}]")
        yield self._exceptions()

    async def _requires(self, predicate: str) -> Judged:
        """A precondition must hold wherever an example promises a result."""
        if problem := not_python(predicate):
            return Judged("error", problem)
        runs = [run for run in self._runs if run.plain and not run.expects]
        for run in runs:
            ruling = await self._trial.holds(predicate, run.example.call)
            if ruling.holds is None:
                return Judged("error", f"cannot be evaluated: {ruling.detail}")
            if not ruling.holds:
                where = place(run.example.call, ruling.detail)
                detail = f"the specification contradicts itself: the example {where} violates it"
                return Judged("failed", detail, printable(predicate), counterexample=printable(run.example.call))
        return PASSED if runs else Judged("skipped", "no example to check it with")

    async def _ensures(self, predicate: str) -> Judged:
        """A postcondition must hold for what the code really returned."""
        if problem := not_python(predicate):
            return Judged("error", problem)
        runs = [run for run in self._runs if run.plain and run.outcome.kind == "value"]
        for run in runs:
            ruling = await self._trial.holds(predicate, run.example.call, run.outcome)
            if ruling.holds is None:
                return Judged("error", f"cannot be evaluated: {ruling.detail}")
            if not ruling.holds:
                call = run.example.call
                detail = f"does not hold for {place(call, ruling.detail)}"
                return Judged("failed", detail, printable(predicate), returned(run.outcome), printable(call))
        if runs or self._tried:
            return self._held(len(runs))
        return Judged("skipped", "no example returned a value" if self._runs else "no example to check it with")

    def _returns(self) -> Judged:
        shape = result_shape(self._ir)
        if shape is None:
            return Judged("skipped", f"{self._ir.signature.returns} cannot be compared with a value")
        runs = [run for run in self._runs if run.plain and run.outcome.kind == "value"]
        for run in runs:
            if wrong := wrong_type(shape, run.example.call, run.outcome, self._ir.signature.returns):
                return wrong
        return self._held(len(runs)) if runs or self._tried else Judged("skipped", "no call returned a value")

    async def _raises(self, exception: str, condition: str, address: str) -> Judged:
        """Where the condition holds the code must raise, and no example may promise a result.

        A clause without a condition is checked by the examples that expect its exception, and by whether the code
        can raise it at all.
        """
        if condition.strip() and (problem := not_python(condition)):
            return Judged("error", problem)
        triggered = 0
        for run in self._runs:
            if not condition.strip():
                holds, values = run.expects == exception, ""
            elif run.plain:
                ruling = await self._trial.holds(condition, run.example.call)
                holds, values = ruling.holds, ruling.detail
            else:
                continue
            if holds is None:
                return Judged("error", f"cannot be evaluated: {values}")
            if not holds:
                continue
            triggered += 1
            call = run.example.call
            if not run.expects:
                detail = f"the specification contradicts itself: the example {place(call, values)} promises a result"
                return Judged("failed", detail, exception, counterexample=printable(call))
            if run.outcome.raised is None or not run.outcome.raised.matches(exception):
                return unexpected(call, run.outcome, exception, at=f"{place(call, values)}: ")
        if triggered or (self._generated is not None and address in self._generated.due):
            return PASSED
        if not condition.strip() and not can_raise(self._tree, exception):
            return Judged("failed", f"nothing in the code raises {exception}", exception, "never raised")
        return Judged("skipped", "no example triggers it")

    def _exceptions(self) -> Judged:
        found = self._generated
        if found is None or not found.tried:
            return Judged("skipped", self._no_inputs or "no generated input is allowed by the preconditions")
        worst = found.fault(EXCEPTIONS) or found.remark(EXCEPTIONS)
        return worst.judged if worst is not None else Judged("passed", f"tried {found.tried} generated inputs")

    def _smallest(self, judged: Judged, name: str) -> Judged:
        """The verdict on an example or the one on a generated input: the failed one, or else the smaller one."""
        fault = self._generated.fault(name) if self._generated is not None else None
        if fault is None or judged.status == "error":
            return judged
        if judged.status == "failed" and judged.actual:
            return fault.smaller(Fault(judged.counterexample, judged)).judged
        return judged if judged.status == "failed" else fault.judged

    @property
    def _tried(self) -> int:
        return len(self._generated.accepted) if self._generated is not None else 0

    def _held(self, examples: int) -> Judged:
        held = [f"{n} {what}{'s' * (n != 1)}" for n, what in _counts(examples, self._tried)]
        return Judged("passed", f"held for {' and '.join(held)}")


def _counts(examples: int, inputs: int) -> Iterator[tuple[int, str]]:
    if examples:
        yield examples, "example"
    if inputs:
        yield inputs, "generated input"
