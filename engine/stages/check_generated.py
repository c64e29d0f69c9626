"""The specification's clauses as contracts on generated inputs.

The search (:mod:`engine.inputs.search`) proposes calls. Each one is held against the preconditions,
made in the sandbox, and held against the postconditions and the raises-clauses. What no clause speaks
about is remarked on, and not counted against the code.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass

from engine.inputs.conform import conforms
from engine.inputs.search import PASSED, REJECTED
from engine.inputs.shapes import NoShape, Shape, shape_of
from engine.ir.models import IR
from engine.ir.source import parse_expression
from engine.sandbox.codec import DecodeError, decode
from engine.sandbox.trial import Outcome, Raised, Trial, printable
from engine.stages.check_inputs import is_vague
from engine.stages.check_results import Judged, line_of, place, returned, unexpected, what_happened
from engine.stages.request_text import never_raises
from engine.stages.spec_text import not_python

MAX_STEPS = 30_000
"""Lines of code that a call may go through; a small input that takes more has run away."""

CALL_S = 2.0
"""Seconds one call may take where no lines can be counted, as inside a builtin."""

_MAX_DEATHS = 2
"""Calls that may take their worker down before the search is given up."""

BUGS = ("TypeError", "AttributeError", "NameError")
"""Exceptions that say that the code is wrong, whatever the input, as long as it is of the declared type."""

RETURNS = "returns"
EXCEPTIONS = "exceptions"
ENDLESS = "endless"


@dataclass(frozen=True, slots=True)
class Fault:
    """The smallest call known to show a fault, and the verdict on it."""

    call: str
    judged: Judged

    def smaller(self, other: Fault | None) -> Fault:
        """The one of two whose call is shorter."""
        if other is None or (len(self.call), self.call) < (len(other.call), other.call):
            return self
        return other


class Generated:
    """Answers the search's questions, and remembers the smallest call for each fault.

    Attributes:
        tried: how many inputs were tried that the preconditions allow.
        accepted: the calls among them that returned a value, in order.
        attempts: what the calls tried beside computing.
    """

    def __init__(self, ir: IR, trial: Trial, keys: Collection[str] | None = None) -> None:
        """Args:
        keys: the constants in the code as Python source, where a parameter is a dictionary: a ``KeyError`` for
            another key, that is not an argument either but stands inside of one, says that the code is wrong.
        """
        self._keys = keys
        self._ir = ir
        self._trial = trial
        self._vague = is_vague(ir)
        self._never = never_raises(f"{ir.intent.summary} {ir.intent.rationale}")
        self._returns = result_shape(ir)
        self._requires = [clause.predicate for clause in ir.requires if not not_python(clause.predicate)]
        self._ensures = {
            f"ensures[{index}]": clause.predicate
            for index, clause in enumerate(ir.ensures)
            if not not_python(clause.predicate)
        }
        self._raises = {
            f"raises[{index}]": (clause.exception.strip(), clause.condition)
            for index, clause in enumerate(ir.raises)
            if clause.condition.strip() and not not_python(clause.condition)
        }
        self._faults: dict[str, Fault] = {}
        self._remarks: dict[str, Fault] = {}
        self._deaths = 0
        self.tried = 0
        self.due: set[str] = set()
        self.accepted: list[str] = []
        self.attempts: dict[str, None] = {}

    def fault(self, name: str) -> Fault | None:
        """The fault of a clause (by its address), of the result's type, or of an exception."""
        return self._faults.get(name)

    def remark(self, name: str) -> Fault | None:
        """An undeclared exception, or a call that does not end, on which no clause has anything to say."""
        return self._remarks.get(name)

    async def answer(self, call: str) -> str:
        """What the search wants to know of ``call``."""
        if self._deaths > _MAX_DEATHS:
            return REJECTED
        before = [*self._requires, *(condition for _, condition in self._raises.values())]
        rulings = await self._trial.rule(before, call) if before else []
        if any(ruling.died for ruling in rulings):
            self._deaths += 1
            return REJECTED
        required, triggers = rulings[: len(self._requires)], rulings[len(self._requires) :]
        if not all(ruling.holds for ruling in required):
            return REJECTED
        due = {
            name: (exception, ruling.detail)
            for (name, (exception, _)), ruling in zip(self._raises.items(), triggers, strict=True)
            if ruling.holds
        }
        self.due |= due.keys()
        outcome = await self._trial.call(call, max_steps=MAX_STEPS, timeout_s=CALL_S)
        self.attempts.update(dict.fromkeys(outcome.tried))
        faults = await self._faults_of(call, outcome, due)
        self.tried += 1
        for name, judged in faults.items():
            self._faults[name] = Fault(call, judged).smaller(self._faults.get(name))
        return next(iter(faults), PASSED)

    async def _faults_of(self, call: str, outcome: Outcome, due: dict[str, tuple[str, str]]) -> dict[str, Judged]:
        raised = outcome.raised
        if outcome.kind in ("value", "raised") and due:
            if raised is not None and any(raised.matches(exception) for exception, _ in due.values()):
                return {}
            return {n: unexpected(call, outcome, e, at=f"{place(call, v)}: ") for n, (e, v) in due.items()}
        if outcome.kind == "value":
            self.accepted.append(call)
            return await self._faults_of_value(call, outcome)
        if outcome.kind == "raised" and raised is not None:
            if any(raised.matches(clause.exception.strip()) for clause in self._ir.raises):
                return {}
            return self._undeclared(call, outcome, raised)
        self._deaths += outcome.kind != "endless"
        if outcome.kind in ("endless", "timeout"):
            judged = Judged("skipped", f"{place(call)} {outcome.detail}", "", outcome.detail, printable(call))
            self._remark(ENDLESS, call, judged)
        return {}

    async def _faults_of_value(self, call: str, outcome: Outcome) -> dict[str, Judged]:
        faults: dict[str, Judged] = {}
        if self._ensures:
            rulings = await self._trial.rule([*self._ensures.values()], call, outcome)
            self._deaths += any(ruling.died for ruling in rulings)
            for (name, predicate), ruling in zip(self._ensures.items(), rulings, strict=True):
                if ruling.holds is False:
                    detail = f"does not hold for {place(call, ruling.detail)}"
                    faults[name] = Judged("failed", detail, printable(predicate), returned(outcome), printable(call))
        if wrong := wrong_type(self._returns, call, outcome, self._ir.signature.returns):
            faults[RETURNS] = wrong
        return faults

    def _undeclared(self, call: str, outcome: Outcome, raised: Raised) -> dict[str, Judged]:
        detail = f"{place(call)} {what_happened(outcome)}, which no clause declares"
        evidence = "", what_happened(outcome), printable(call), line_of(outcome)
        wrong = self._never or any(map(raised.matches, BUGS)) or self._lost(call, raised)
        if not self._vague and raised.line is not None and wrong:
            return {EXCEPTIONS: Judged("failed", detail, *evidence)}
        self._remark(EXCEPTIONS, call, Judged("skipped", detail, *evidence))
        return {}

    def _lost(self, call: str, raised: Raised) -> bool:
        """Whether a key was looked up in vain that stands inside an argument."""
        if self._keys is None or not raised.matches("KeyError"):
            return False
        return raised.message not in self._keys and raised.message not in _arguments(call)

    def _remark(self, name: str, call: str, judged: Judged) -> None:
        self._remarks[name] = Fault(call, judged).smaller(self._remarks.get(name))


def _arguments(call: str) -> list[str]:
    """The arguments of a generated call, as Python source."""
    tree = parse_expression(call)
    assert isinstance(tree, ast.Call)
    return [ast.unparse(each) for each in (*tree.args, *(keyword.value for keyword in tree.keywords))]


def result_shape(ir: IR) -> Shape | None:
    """The shape of the declared result, if it has one."""
    try:
        return shape_of(ir.signature.returns)
    except NoShape:
        return None


def wrong_type(shape: Shape | None, call: str, outcome: Outcome, declared: str) -> Judged | None:
    """The verdict on a result that is not of the declared type; None for one that is."""
    if shape is None or outcome.kind != "value":
        return None
    try:
        value = decode(outcome.value)
    except DecodeError:
        return None
    if conforms(value, shape):
        return None
    got = returned(outcome)
    return Judged("failed", f"{place(call)} returns {got}, not {declared}", declared, got, printable(call))
