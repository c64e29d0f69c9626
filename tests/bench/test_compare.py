"""Comparing two runs: what got worse, and how sure that is."""

from __future__ import annotations

from engine.bench.compare import compare, told
from tests.bench.making import record_of, results_of


def run(passed: int, *, of: int = 40, seconds: float = 2.0, factor: float = 1.0):
    """A run in which the first ``passed`` tasks pass."""
    records = (
        record_of(f"t{number}", passed=number < passed, seconds=seconds * (1 + number % 3 / 10) * factor)
        for number in range(of)
    )
    return results_of(*records)


def test_a_clear_regression_is_named_with_its_tasks():
    found = compare(run(20), run(38))
    assert found.regressed
    assert round(found.passing.value, 9) == -0.45
    assert found.worse == tuple(f"t{number}" for number in range(20, 38))
    assert found.better == ()
    text = "\n".join(told(found))
    assert "a regression" in text
    assert "worse: t20, t21" in text
    assert "-45.0 points" in text


def test_one_task_is_no_regression_and_the_other_way_round_is_an_improvement():
    assert not compare(run(37), run(38)).regressed
    better = compare(run(38), run(20))
    assert "an improvement" in told(better)[1]
    assert better.better[0] == "t20"


def test_slower_is_told_from_as_fast():
    slow, same = compare(run(30, factor=1.2), run(30)), compare(run(30), run(30))
    assert slow.slower
    assert slow.seconds is not None
    assert round(slow.seconds.value, 3) == 1.2
    assert "slower" in told(slow)[2]
    assert not same.slower
    assert "no difference is shown" in told(same)[2]
    assert "faster" in told(compare(run(30, factor=0.8), run(30)))[2]


def test_only_tasks_that_both_measured_count():
    gone = {"kind": "stream-broken", "what": "x", "todo": ""}
    new = results_of(record_of("a"), record_of("b", error=gone), record_of("c", tested=False), record_of("new"))
    old = results_of(record_of("a", passed=False), record_of("b"), record_of("c", tested=False))
    found = compare(new, old)
    assert (found.tasks, found.better, found.missing) == (1, ("a",), 1)
    assert "1 of the old run are missing" in told(found)[0]


def test_nothing_in_common_is_said():
    found = compare(results_of(record_of("a")), results_of(record_of("b")))
    assert not found.regressed
    assert told(found) == ["The two runs have no task with hidden tests in common."]
