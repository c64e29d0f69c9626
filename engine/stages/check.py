"""Checking code against its specification: does it parse, is it what was signed, does it behave?

Nothing the model wrote runs in this process: see :mod:`engine.sandbox`. Every clause of the
specification gets one result, in this order: ``parse``, ``signature``, ``loads``, then ``example``,
``requires``, ``ensures`` and ``raises``, one for each clause.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

from engine.errors import SandboxFailed, SandboxUnavailable
from engine.ir.models import IR, Example
from engine.sandbox.codec import DecodeError, decode, describe
from engine.sandbox.limits import Limits
from engine.sandbox.trial import Outcome, Trial, printable
from engine.stages.check_header import check_signature, defines, parse_module
from engine.stages.events import CheckFinished, CheckResult, CheckStatus, Event, Span, SpanFinished
from engine.stages.spec_text import expected_exception, is_plain_call, not_python, subject_of

Clock = Callable[[], float]

UNCONFINED = "ran without confinement"


async def check(
    code: str, ir: IR, *, unsafe: bool = False, clock: Clock, limits: Limits | None = None
) -> AsyncIterator[Event]:
    """Check ``code`` against ``ir``; yields a :class:`CheckFinished` for each result as it is known.

    Args:
        code: the module that the model wrote.
        ir: the specification; text in it that is not Python makes an ``error`` result, never an exception.
        unsafe: run the code without confinement; every result then says so.
        clock: seconds since the run began.
        limits: what the code may use.
    """
    start = clock()
    tree, result = parse_module(code)
    yield CheckFinished(result=result)
    yield _span("check.parse", start, clock())
    plan = [*_plan(ir)]
    if tree is None:
        for template in [_SIGNATURE, *plan]:
            yield _finished(template, "skipped", "the code does not parse")
        return

    start = clock()
    yield CheckFinished(result=check_signature(tree, ir))
    yield _span("check.signature", start, clock())
    if not defines(tree, ir.signature.name):
        for template in plan:
            yield _finished(template, "skipped", f"the code does not define {printable(ir.signature.name)}")
        return

    note = UNCONFINED if unsafe else ""
    # Every result takes its template off the plan; what is left could not be checked.
    left: CheckStatus = "skipped"
    reason = "the module does not load"
    try:
        async with Trial(subject_of(code, ir), limits, unsafe=unsafe) as trial:
            behaviour = _Behaviour(ir, trial)
            for name, part in (("check.examples", behaviour.examples()), ("check.assertions", behaviour.assertions())):
                start = clock()
                async for judged in part:
                    yield CheckFinished(result=_settled(plan.pop(0), judged, note))
                yield _span(name, start, clock())
    except SandboxUnavailable as error:
        reason = f"{error.what} {error.todo}"
    except SandboxFailed as error:
        left, reason = "error", f"{error.what} {error.todo}"
    for template in plan:
        yield _finished(template, left, reason)


def verdict(results: Iterable[CheckResult]) -> bool:
    """Whether the code may be called good: nothing failed, and nothing could not be evaluated.

    What was skipped does not count against the code.
    """
    return all(result.status in ("passed", "skipped") for result in results)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A verdict and its evidence, named as in :class:`CheckResult`."""

    status: CheckStatus
    detail: str = ""
    expected: str = ""
    actual: str = ""
    counterexample: str = ""
    line: int | None = None


_PASSED = _Judged("passed")


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


class _Behaviour:
    """What the code does, in the order of :func:`_plan`."""

    def __init__(self, ir: IR, trial: Trial) -> None:
        self._ir = ir
        self._trial = trial
        self._runs: list[_Run] = []
        self._loaded = False

    async def examples(self) -> AsyncIterator[_Judged]:
        loaded = await self._trial.load()
        self._loaded = loaded.kind == "value"
        if not self._loaded:
            detail = _what_happened(loaded)
            yield _Judged("failed", detail, actual=detail, line=_line(loaded))
            return
        yield _PASSED
        for example in self._ir.examples:
            if problem := not_python(example.call) or not_python(example.result):
                yield _Judged("error", problem)
                continue
            outcome = await self._trial.call(example.call)
            plain = is_plain_call(example.call, self._ir.signature.name)
            run = _Run(example, outcome, plain, expected_exception(example.result, self._ir))
            self._runs.append(run)
            yield await self._example(run)

    async def assertions(self) -> AsyncIterator[_Judged]:
        if not self._loaded:
            return
        for clause in self._ir.requires:
            yield await self._requires(clause.predicate)
        for clause in self._ir.ensures:
            yield await self._ensures(clause.predicate)
        for clause in self._ir.raises:
            yield await self._raises(clause.exception.strip(), clause.condition)

    async def _example(self, run: _Run) -> _Judged:
        raised = run.outcome.raised
        if run.expects:
            if raised is not None and raised.matches(run.expects):
                return _PASSED
            return _unexpected(run, run.expects)
        if run.outcome.kind != "value":
            # An unknown name that never reached the code is the specification's mistake.
            spec_is_wrong = raised is not None and raised.line is None and raised.matches("NameError")
            return _unexpected(run, printable(run.example.result), "error" if spec_is_wrong else "failed")
        ruling = await self._trial.compare(run.example.result, run.outcome)
        if ruling.holds is None:
            return _Judged("error", f"the expected result cannot be evaluated: {ruling.detail}")
        if ruling.holds:
            return _PASSED
        return _Judged("failed", ruling.detail, ruling.expected, ruling.got, _call(run))

    async def _requires(self, predicate: str) -> _Judged:
        """A precondition must hold wherever an example promises a result."""
        if problem := not_python(predicate):
            return _Judged("error", problem)
        runs = [run for run in self._runs if run.plain and not run.expects]
        for run in runs:
            ruling = await self._trial.holds(predicate, run.example.call)
            if ruling.holds is None:
                return _Judged("error", f"cannot be evaluated: {ruling.detail}")
            if not ruling.holds:
                where = _place(run, ruling.detail)
                detail = f"the specification contradicts itself: the example {where} violates it"
                return _Judged("failed", detail, printable(predicate), counterexample=_call(run))
        return _PASSED if runs else _Judged("skipped", "no example to check it with")

    async def _ensures(self, predicate: str) -> _Judged:
        """A postcondition must hold for what the code really returned."""
        if problem := not_python(predicate):
            return _Judged("error", problem)
        runs = [run for run in self._runs if run.plain and run.outcome.kind == "value"]
        for run in runs:
            ruling = await self._trial.holds(predicate, run.example.call, run.outcome)
            if ruling.holds is None:
                return _Judged("error", f"cannot be evaluated: {ruling.detail}")
            if not ruling.holds:
                detail = f"does not hold for {_place(run, ruling.detail)}"
                return _Judged("failed", detail, printable(predicate), _returned(run.outcome), _call(run))
        if runs:
            return _PASSED
        return _Judged("skipped", "no example returned a value" if self._runs else "no example to check it with")

    async def _raises(self, exception: str, condition: str) -> _Judged:
        """Where the condition holds the code must raise, and no example may promise a result.

        A clause without a condition is checked by the examples that expect its exception.
        """
        if condition.strip() and (problem := not_python(condition)):
            return _Judged("error", problem)
        triggered = False
        for run in self._runs:
            if not condition.strip():
                holds, values = run.expects == exception, ""
            elif run.plain:
                ruling = await self._trial.holds(condition, run.example.call)
                holds, values = ruling.holds, ruling.detail
            else:
                continue
            if holds is None:
                return _Judged("error", f"cannot be evaluated: {values}")
            if not holds:
                continue
            triggered = True
            if not run.expects:
                promise = f"the example {_place(run, values)} promises a result"
                detail = f"the specification contradicts itself: {promise}"
                return _Judged("failed", detail, exception, counterexample=_call(run))
            if run.outcome.raised is None or not run.outcome.raised.matches(exception):
                return _unexpected(run, exception, place=f"{_place(run, values)}: ")
        return _PASSED if triggered else _Judged("skipped", "no example triggers it")


_SIGNATURE = CheckResult(kind="signature", name="signature", status="skipped", clause="signature")


def _plan(ir: IR) -> Iterator[CheckResult]:
    """A template for every result about the code's behaviour, in order."""
    yield CheckResult(kind="loads", name="the module loads", status="skipped")
    for index, example in enumerate(ir.examples):
        yield _template("example", f"{example.call} == {example.result}", f"examples[{index}]")
    for index, clause in enumerate(ir.requires):
        yield _template("requires", clause.predicate, f"requires[{index}]")
    for index, clause in enumerate(ir.ensures):
        yield _template("ensures", clause.predicate, f"ensures[{index}]")
    for index, clause in enumerate(ir.raises):
        condition = f" if {clause.condition}" if clause.condition.strip() else ""
        yield _template("raises", f"{clause.exception}{condition}", f"raises[{index}]")


def _template(kind: str, name: str, clause: str) -> CheckResult:
    return CheckResult(kind=kind, name=printable(name), status="skipped", clause=clause)


def _finished(template: CheckResult, status: CheckStatus, detail: str, note: str = "") -> CheckFinished:
    text = "; ".join(part for part in (detail, note) if part)
    return CheckFinished(result=template.model_copy(update={"status": status, "detail": text}))


def _span(name: str, start_s: float, end_s: float) -> SpanFinished:
    return SpanFinished(span=Span(stage="check", name=name, start_s=start_s, duration_s=end_s - start_s))


def _settled(template: CheckResult, judged: _Judged, note: str) -> CheckResult:
    """The result on a clause: the template with a verdict, its evidence, and the note on every result."""
    text = "; ".join(part for part in (judged.detail, note) if part)
    return template.model_copy(update={**asdict(judged), "detail": text})


def _unexpected(run: _Run, expected: str, status: CheckStatus = "failed", *, place: str = "") -> _Judged:
    """The call of an example came to another end than ``expected``."""
    happened = _what_happened(run.outcome)
    detail = f"{place}expected {expected}, {happened}"
    return _Judged(status, detail, expected, _returned(run.outcome) or happened, _call(run), _line(run.outcome))


def _call(run: _Run) -> str:
    return printable(run.example.call)


def _line(outcome: Outcome) -> int | None:
    """The line of the code that raised."""
    return outcome.raised.line if outcome.raised else None


def _returned(outcome: Outcome) -> str:
    """What a call returned, as Python source; empty when it returned nothing that can be read."""
    try:
        return printable(describe(decode(outcome.value))) if outcome.kind == "value" else ""
    except DecodeError:
        return ""


def _place(run: _Run, values: str) -> str:
    call = f"`{_call(run)}`"
    return f"{call} ({values})" if values else call


def _what_happened(outcome: Outcome) -> str:
    if outcome.kind != "value":
        return outcome.detail
    return f"got {_returned(outcome) or 'a result that cannot be read'}"
