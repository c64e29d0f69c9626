"""Checking code against its specification: does it parse, is it what was signed, does it behave?

Nothing the model wrote runs in this process: see :mod:`engine.sandbox`. Every clause of the
specification gets one result. The order is: ``parse``, ``compile``, ``signature``, ``loads``, then
``example``, ``requires`` and ``ensures``, one for each clause, ``returns``, ``raises``, ``exceptions``,
``termination``, ``effects`` and ``types``. What the request says and the code shows no trace of is told as ``request``,
which there is no result for where nothing is missed: that a word left a trace does not say that it was heeded.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, aclosing

from engine.errors import CheckToolFailed, SandboxFailed, SandboxUnavailable
from engine.inputs.search import Plan
from engine.inputs.shapes import NoShape
from engine.ir.models import IR
from engine.sandbox.limits import Limits
from engine.sandbox.trial import Subject, Trial, printable
from engine.stages.check_clauses import Clauses
from engine.stages.check_effects import judge_effects
from engine.stages.check_generated import Generated
from engine.stages.check_growth import judge_termination
from engine.stages.check_header import check_signature, compile_module, defines, parse_module
from engine.stages.check_inputs import input_plan, with_input_imports
from engine.stages.check_results import COMPILE, EFFECTS, REQUEST, SIGNATURE, TYPES, Judged, behaviour_plan, settled
from engine.stages.check_tools import CheckTools
from engine.stages.events import CheckFinished, CheckResult, CheckStatus, Event, Span, SpanFinished, Stage
from engine.stages.spec_text import has_refused_effects, subject_of
from engine.stages.unheeded import unheeded, unused

Clock = Callable[[], float]

UNCONFINED = "ran without confinement"


async def check(
    code: str,
    ir: IR,
    *,
    unsafe: bool = False,
    clock: Clock,
    limits: Limits | None = None,
    tools: CheckTools | None = None,
    stage: Stage = "check",
) -> AsyncGenerator[Event]:
    """Check ``code`` against ``ir``; yields a :class:`CheckFinished` for each result as it is known.

    Args:
        code: the module that the model wrote.
        ir: the specification; text in it that is not Python makes an ``error`` result, never an exception.
        unsafe: run the code without confinement; every result then says so.
        clock: seconds since the run began.
        limits: what the code may use.
        tools: what is ready already; ``unsafe`` and ``limits`` are then the tools' own.
        stage: the stage that the spans belong to.
    """
    async with AsyncExitStack() as held:
        if tools is None:
            tools = await held.enter_async_context(CheckTools(limits, unsafe=unsafe))
        async with aclosing(_Checks(code, ir, tools, clock, stage).events()) as events:
            async for event in events:
                yield event


def verdict(results: Iterable[CheckResult]) -> bool:
    """Whether the code may be called good: nothing failed, and nothing could not be evaluated.

    What was skipped does not count against the code.
    """
    return all(result.status in ("passed", "skipped") for result in results)


class _Checks:
    """One pass over all checks of one module."""

    def __init__(self, code: str, ir: IR, tools: CheckTools, clock: Clock, stage: Stage) -> None:
        self._code = code
        self._ir = ir
        self._tools = tools
        self._clock = clock
        self._stage: Stage = stage
        self._note = UNCONFINED if tools.unsafe else ""
        self._left: list[CheckResult] = [*behaviour_plan(ir)]
        self._attempts: dict[str, None] = {}

    async def events(self) -> AsyncGenerator[Event]:
        start = self._clock()
        tree, result = parse_module(self._code)
        yield CheckFinished(result=result)
        yield self._span("check.parse", start)
        if tree is None:
            for template in [COMPILE, SIGNATURE, *self._left, EFFECTS, TYPES]:
                yield settled(template, Judged("skipped", "the code does not parse"))
            return
        types = asyncio.create_task(self._tools.types.judge(self._code))
        try:
            async for event in self._static(tree):
                yield event
            async with aclosing(self._dynamic(tree)) as events:
                async for event in events:
                    yield event
            start = self._clock()
            yield settled(EFFECTS, judge_effects(tree, self._ir, self._attempts))
            yield self._span("check.effects", start)
            for detail in self._left_out(tree):
                yield settled(REQUEST, Judged("failed", printable(detail)))
            start = self._clock()
            yield settled(TYPES, await types)
            yield self._span("check.types", start)
        finally:
            types.cancel()
            await asyncio.gather(types, return_exceptions=True)

    def _left_out(self, tree: ast.Module) -> list[str]:
        """The first thing that the request says and the code makes nothing of."""
        request = f"{self._ir.intent.summary}\n{self._ir.intent.rationale}"
        names = unused(request, tree, self._ir.signature.name)
        said = [f"nothing in the code uses `{name}`" for name in names]
        said += [f"nothing in the code sees to this: {text.rstrip('.')}" for text in unheeded(request, tree)]
        return said[:1]

    async def _static(self, tree: ast.Module) -> AsyncIterator[Event]:
        start = self._clock()
        yield settled(COMPILE, compile_module(tree))
        yield self._span("check.compile", start)
        start = self._clock()
        yield CheckFinished(result=check_signature(tree, self._ir))
        yield self._span("check.signature", start)

    async def _dynamic(self, tree: ast.Module) -> AsyncGenerator[Event]:
        """Everything that has to run the code; what is left over when that is not possible says why."""
        left: CheckStatus = "skipped"
        if not defines(tree, self._ir.signature.name):
            reason = f"the code does not define {printable(self._ir.signature.name)}"
        elif compile_module(tree).status == "failed":
            reason = "the code does not compile"
        else:
            reason = "the module does not load"
            try:
                async with aclosing(self._behaviour(tree)) as events:
                    async for event in events:
                        yield event
            except SandboxUnavailable as error:
                reason = f"{error.what} {error.todo}"
            except SandboxFailed as error:
                left, reason = "error", f"{error.what} {error.todo}"
        for template in self._left:
            yield settled(template, Judged(left, reason))

    async def _behaviour(self, tree: ast.Module) -> AsyncGenerator[Event]:
        subject = subject_of(self._code, self._ir)
        plan, reason = _input_plan(self._ir, tree, subject)
        if plan is not None:
            subject = with_input_imports(subject, plan)
        async with Trial(subject, standby=self._tools.standby) as trial:
            clauses = Clauses(self._ir, trial, tree)
            self._attempts = clauses.attempts
            start = self._clock()
            yield self._next(await clauses.load())
            yield self._span("check.load", start)
            if not clauses.loaded:
                return
            async for event in self._part("check.examples", clauses.examples()):
                yield event
            start = self._clock()
            generated = None
            if plan is not None:
                generated = Generated(self._ir, trial, _own_keys(plan, tree))
                reason = await self._search(plan, generated)
            clauses.generated(generated, reason)
            yield self._span("check.properties", start)
            async for event in self._part("check.contracts", clauses.contracts()):
                yield event
            async for event in self._part("check.raises", clauses.raises()):
                yield event
            start = self._clock()
            if plan is None:
                yield self._next(Judged("skipped", reason))
            else:
                yield self._next(await judge_termination(self._ir, plan, trial, generated))
            yield self._span("check.termination", start)

    async def _search(self, plan: Plan, generated: Generated) -> str:
        """Try generated inputs; why there are none, if there are none."""
        try:
            await self._tools.search.run(plan, generated.answer, budget_s=self._tools.search_s)
        except CheckToolFailed as error:
            return error.what
        return ""

    async def _part(self, name: str, verdicts: AsyncIterator[Judged]) -> AsyncIterator[Event]:
        start = self._clock()
        async for judged in verdicts:
            yield self._next(judged)
        yield self._span(name, start)

    def _next(self, judged: Judged) -> CheckFinished:
        return settled(self._left.pop(0), judged, self._note)

    def _span(self, name: str, start_s: float) -> SpanFinished:
        span = Span(stage=self._stage, name=name, start_s=start_s, duration_s=self._clock() - start_s)
        return SpanFinished(span=span)


def _own_keys(plan: Plan, tree: ast.Module) -> set[str] | None:
    """The constants of the code as Python source; None where no parameter is a dictionary."""
    if not any(parameter.shape.kind == "dict" for parameter in plan.parameters):
        return None
    return {repr(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def _input_plan(ir: IR, tree: ast.Module, subject: Subject) -> tuple[Plan | None, str]:
    """What inputs to generate; None, and the reason, where there is nothing to be generated."""
    if has_refused_effects(ir):
        return None, "its effects are not allowed in the sandbox, so no inputs are generated"
    try:
        return input_plan(ir, tree, subject), ""
    except NoShape as error:
        return None, str(error)
