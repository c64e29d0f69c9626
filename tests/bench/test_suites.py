"""Our own suites are right: a reference passes, a trivial answer cannot, and they cover what they should."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from engine.bench.score import score
from engine.bench.tasks import BUILT_IN, Task, find, gather, load

HERE = Path(__file__).parent
TUNE, HELD_OUT, FRESH, UNSEEN = (load(find(name)) for name in ("tune", "held_out", "fresh", "unseen"))
TASKS = [*TUNE, *HELD_OUT, *FRESH, *UNSEEN]
TESTED = [task for task in TASKS if task.calls]
REFERENCE, REFERENCE_UNSEEN = (
    (HERE / name).read_text(encoding="utf-8") for name in ("reference.py", "reference_unseen.py")
)
CATEGORIES = {
    "simple arithmetic",
    "strings",
    "control flow",
    "lists",
    "dicts and sets",
    "numbers and recursion",
    "error handling",
    "types and None",
    "dates and text formats",
    "small algorithms",
    "standard-library use",
    "ambiguous",
}


def test_the_suites_are_alike_and_have_nothing_in_common() -> None:
    assert len(TUNE) == len(HELD_OUT) == 24
    assert sorted(task.category for task in TUNE) == sorted(task.category for task in HELD_OUT)
    assert len(FRESH) == 30
    assert len({task.category for task in TASKS}) == len({task.category for task in FRESH}) == 12
    assert len(UNSEEN) == 33
    assert {task.category for task in UNSEEN} == CATEGORIES - {"ambiguous"}
    assert len({task.name for task in TASKS}) == len({task.prompt for task in TASKS}) == 111


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_is_a_request_of_ordinary_length_with_enough_to_score_it(task: Task) -> None:
    assert 10 <= len(task.prompt.split()) <= 50
    assert 4 <= len(task.calls) <= 8 if task.category != "ambiguous" else not task.calls
    assert bool(task.holes) == (task.category == "ambiguous")
    assert len({(call.args, call.kwargs) for call in task.calls}) == len(task.calls)


@pytest.mark.parametrize("task", TESTED, ids=lambda task: task.name)
async def test_the_reference_passes_and_a_trivial_answer_cannot(task: Task, unsafe: bool) -> None:
    right = await score(REFERENCE_UNSEEN if task.suite == "unseen" else REFERENCE, task.name, task, unsafe=unsafe)
    assert right.failures == ()
    assert right.passed
    assert any(call.raises or ast.literal_eval(call.returns or "") is not None for call in task.calls)


def test_without_a_name_all_suites_are_taken_and_ours_are_known_by_name() -> None:
    assert [task.key for task in gather([])] == [(suite, task.name) for suite in BUILT_IN for task in load(find(suite))]
    assert {task.category for task in gather([])} == CATEGORIES
    assert [task.suite for task in gather(["fresh"], only=["LISTS"], limit=2)] == ["fresh", "fresh"]


def test_the_suites_are_stored_as_text_that_people_can_read() -> None:
    for path in map(find, BUILT_IN):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert list(json.loads(line))[:4] == ["name", "category", "prompt", "calls"]
