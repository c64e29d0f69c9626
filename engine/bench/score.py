"""Scoring: hidden tests on generated code, in the sandbox that Lift itself uses.

A result counts as :func:`engine.sandbox.compare.same` says: floats may differ by rounding, a list is
no tuple and ``True`` is not ``1``, and what a generator or an iterator gives counts as a list or as
a tuple. Our prompts therefore name the type wherever there is a choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.bench.humaneval import Check
from engine.bench.tasks import Call, Task
from engine.sandbox.codec import DecodeError, decode, describe
from engine.sandbox.limits import Limits
from engine.sandbox.trial import Outcome, Subject, Trial, printable

_START_S = 30.0
"""For starting interpreters on a busy machine; not part of any call's own limit."""


@dataclass(frozen=True, slots=True)
class Score:
    """The verdict: ``failures`` has one line for each hidden test that failed, or why none could run."""

    passed: bool
    failures: tuple[str, ...] = ()


async def score(code: str, function_name: str, task: Task, *, unsafe: bool = False) -> Score:
    """Run the hidden tests of ``task`` on the function ``function_name`` of ``code``.

    Args:
        unsafe: run the code without confinement, where the platform has none.

    Raises:
        SandboxUnavailable: this machine cannot confine the code.
        SandboxFailed: the sandbox does not start.
        ValueError: the task has no hidden tests.
    """
    if not task.tested:
        raise ValueError(f"{task.name} has no hidden tests")
    if not function_name.isidentifier():
        return Score(False, (f"{printable(function_name)!r} is not a name",))
    if task.check is not None:
        return await _checked(code, function_name, task.check, task.limit_s, unsafe=unsafe)
    stub = f"def {function_name}(*args, **kwargs): ..."
    total_s = _START_S + task.limit_s * len(task.calls)
    limits = Limits(wall_s=task.limit_s, total_s=total_s)
    async with Trial(Subject(code, function_name, stub), limits, unsafe=unsafe) as trial:
        loaded = await trial.load()
        if loaded.kind != "value":
            return Score(False, (f"the module does not load: {loaded.detail}",))
        failures: list[str] = []
        for call in task.calls:
            outcome = await trial.call(call.expression(function_name))
            if problem := await _problem(call, outcome, trial, function_name):
                failures.append(f"{printable(call.shown(function_name))}: {problem}")
    return Score(not failures, tuple(failures))


async def _checked(code: str, function_name: str, check: Check, limit_s: float, *, unsafe: bool) -> Score:
    """Run HumanEval's ``check`` on the function, whatever it is called."""
    alias = f"{check.entry_point} = {function_name}" if function_name != check.entry_point else ""
    module = "\n".join(part for part in (check.preamble, code, alias) if part)
    # The stub is what only the judge gets: the code must not find what it is going to be asked.
    judged = (check.preamble, check.test, f"def {check.entry_point}(*args, **kwargs): ...")
    subject = Subject(module, check.entry_point, "\n".join(part for part in judged if part))
    limits = Limits(wall_s=limit_s, total_s=_START_S + 2 * limit_s)
    async with Trial(subject, limits, unsafe=unsafe) as trial:
        loaded = await trial.load()
        if loaded.kind != "value":
            return Score(False, (f"the module does not load: {loaded.detail}",))
        ruling = await trial.holds(f"[check({check.entry_point})]", f"{check.entry_point}()")
        return Score(True) if ruling.holds else Score(False, (ruling.detail,))


async def _problem(call: Call, outcome: Outcome, trial: Trial, name: str) -> str:
    """What is wrong with ``outcome``; empty when nothing is."""
    if call.raises is not None:
        if outcome.raised is not None and outcome.raised.matches(call.raises):
            return ""
        return f"expected {call.raises}, {_what_happened(outcome)}"
    if call.holds is not None:
        return await _broken(call.holds, call.expression(name), outcome, trial)
    assert call.returns is not None
    if outcome.kind != "value":
        return f"expected {printable(call.returns)}, {outcome.detail}"
    ruling = await trial.compare(call.returns, outcome)
    if ruling.holds:
        return ""
    return ruling.detail if ruling.holds is False else f"cannot be compared: {ruling.detail}"


async def _broken(predicate: str, expression: str, outcome: Outcome, trial: Trial) -> str:
    """Why the result does not have the property ``predicate``; empty when it has."""
    wanted = printable(predicate)
    if outcome.kind != "value":
        return f"expected {wanted}, {outcome.detail}"
    ruling = await trial.holds(predicate, expression, outcome)
    if ruling.holds:
        return ""
    return f"expected {wanted}, got {_shown(outcome)}" if ruling.holds is False else f"{wanted}: {ruling.detail}"


def _what_happened(outcome: Outcome) -> str:
    return outcome.detail if outcome.kind != "value" else f"got {_shown(outcome)}"


def _shown(outcome: Outcome) -> str:
    try:
        return printable(describe(decode(outcome.value)))
    except DecodeError:
        return "a result that cannot be read"


def asks_about(questions: Iterable[str], words: Iterable[str]) -> bool:
    """Whether a question has a word that begins with one of ``words``."""
    said = [word for question in questions for word in re.findall(r"[a-z]+", question.lower())]
    return any(word.startswith(beginning) for word in said for beginning in words)
