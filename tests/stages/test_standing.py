"""Which version is the best, and what a failure says about who is wrong."""

from __future__ import annotations

import pytest

from engine.ir.models import Provenance
from engine.ir.text import parse
from engine.stages.events import CheckResult
from engine.stages.repair import tell
from engine.stages.standing import Version, best, doubtful, failures

SPEC = '''\
def f(x: int) -> int:
    """Do it."""
    ensures(result > 0)
    ensures(result > 1)
    ensures(result > 2)
'''
KINDS = {"ensures[0]": "ensures", "ensures[1]": "ensures", "ensures[2]": "ensures"}


def spec():
    ir = parse(SPEC)
    ir.ensures[0].provenance = Provenance(source="human")
    ir.ensures[1].provenance = ir.ensures[2].provenance = Provenance(source="agent")
    return ir


def version(attempt, *failed):
    names = ["loads", "ensures[0]", "ensures[1]", "ensures[2]"]
    results = [
        CheckResult(
            kind=KINDS.get(name, name),
            name=name,
            status="failed" if name in failed else "passed",
            clause=name if name in KINDS else "",
            actual="0",
        )
        for name in names
    ]
    return Version("", "", tuple(results), attempt=attempt)


@pytest.mark.parametrize(
    ("versions", "winner"),
    [
        ([version(0, "ensures[0]"), version(1, "ensures[1]", "ensures[2]")], 1),  # a person's clause outweighs two
        ([version(0, "ensures[1]"), version(1, "ensures[1]", "ensures[2]")], 0),
        ([version(0, "ensures[0]"), version(1, "loads")], 0),  # what does not load keeps nothing
        ([version(0, "ensures[1]"), version(1, "ensures[2]")], 0),  # the earlier one of two that stand alike
        ([version(0, "ensures[1]"), version(1)], 1),
    ],
)
def test_the_best_version_keeps_peoples_clauses_first(versions, winner):
    assert best(spec(), versions).attempt == winner


def test_only_clauses_of_the_models_own_are_doubtful():
    ir = spec()
    assert doubtful(ir, failures(version(0, "ensures[1]", "ensures[2]").results))
    assert not doubtful(ir, failures(version(0, "ensures[0]", "ensures[2]").results))
    assert not doubtful(ir, failures(version(0, "loads", "ensures[1]").results))
    assert not doubtful(ir, [])


def test_a_specification_that_contradicts_itself_is_no_failure_of_the_code():
    contradiction = CheckResult(kind="raises", name="r", status="failed", clause="raises[0]", counterexample="f(1)")
    precondition = CheckResult(kind="requires", name="p", status="failed", clause="requires[0]")
    error = CheckResult(kind="ensures", name="e", status="error", clause="ensures[0]")
    assert failures([contradiction, precondition, error]) == []


def test_a_failure_is_one_line_for_the_model():
    evidence = {"expected": "ValueError", "actual": "1", "counterexample": "f(-1)"}
    raises = CheckResult(kind="raises", name="r", status="failed", **evidence)
    assert tell(raises) == "- `f(-1)` must raise ValueError, but gives `1`."
    types = CheckResult(kind="types", name="t", status="failed", detail="line 2: Name `y` used when not defined")
    assert tell(types) == "- line 2: Name `y` used when not defined."


def test_of_versions_that_stand_alike_the_one_that_others_agree_with_is_the_best() -> None:
    versions = [version(attempt) for attempt in range(3)]
    assert best(spec(), versions).attempt == 0
    assert best(spec(), versions, agreed=2).attempt == 2
