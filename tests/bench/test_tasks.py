"""Reading suites: ours, those of others, and lines in HumanEval's shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.bench.tasks import gather, load
from engine.errors import UsageError

GOOD = '{"name": "ok", "category": "c", "prompt": "p", "holes": ["x"]}'
HUMANEVAL = {
    "task_id": "HumanEval/0",
    "prompt": "from typing import List\n\ndef helper(x):\n    return x\n\n"
    'def largest(xs: List[int]) -> int:\n    """The largest."""\n',
    "entry_point": "largest",
    "canonical_solution": "    return max(xs)\n",
    "test": "METADATA = {}\n\ndef check(candidate):\n    assert candidate([1, 3]) == helper(3)\n",
}


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def line(**fields: object) -> dict[str, object]:
    return {"name": "f", "category": "c", "prompt": "p", **fields}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("{", "Invalid JSON"),
        ("[]", "not a JSON object"),
        (line(calls=[{"args": "(1)", "returns": "1"}]), "not a tuple"),
        (line(calls=[{"args": "(x,)", "returns": "1"}]), "not a Python literal"),
        (line(calls=[{"args": "()"}]), "either returns or raises"),
        (line(calls=[{"returns": "1", "raises": "ValueError"}]), "either returns or raises"),
        (line(calls=[{"returns": "1 +"}]), "not a Python literal"),
        (line(calls=[{"property": "result >"}]), "not a Python expression"),
        (line(prompt=""), "prompt"),
        (line(limit_s=0), "limit_s"),
        ({**HUMANEVAL, "test": "def check(:"}, "test is not Python"),
        ({**HUMANEVAL, "test": "assert True"}, "does not define check"),
        ({**HUMANEVAL, "entry_point": "no name"}, "is not a name"),
        ({**HUMANEVAL, "prompt": None}, "prompt is not text"),
    ],
)
def test_a_line_that_is_no_task_is_named(tmp_path: Path, given: object, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as caught:
        load(write(tmp_path / "suite.jsonl", GOOD, "", given))
    assert "line 3" in caught.value.what


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "none.jsonl")


def test_what_others_write_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "theirs.jsonl",
        "\ufeff"
        + json.dumps(line(name="Add: two, numbers!", difficulty=3, calls=[{"args": "(1, 2)", "returns": "3"}])),
        line(name="same"),
        line(name="same", calls=[{"args": [1, [2]], "kwargs": {"k": 1}, "returns": None}]),
        {"prompt": "Only a prompt.", "holes": True},
        line(calls=[{"args": "([2, 1],)", "property": "sorted(result) == sorted(args[0])"}], holes=[]),
        line(name="null", calls=[{"args": "(1,)", "kwargs": None, "returns": None, "raises": "ValueError"}]),
    )
    first, same, again, bare, holding, null = load(path)
    assert (first.name, first.suite, first.tested) == ("Add: two, numbers!", "theirs", True)
    assert (same.name, again.name) == ("same", "same (2)")
    assert (again.calls[0].args, again.calls[0].kwargs, again.calls[0].returns) == ("(1, [2])", "{'k': 1}", "None")
    assert (bare.name, bare.category, bare.holes, bare.tested) == ("line 4", "other", ("",), False)
    assert holding.calls[0].holds == "sorted(result) == sorted(args[0])"
    assert (null.calls[0].returns, null.calls[0].raises) == (None, "ValueError")


def test_a_line_of_humaneval_is_a_task_and_mixes_with_ours(tmp_path: Path) -> None:
    task, ours = load(write(tmp_path / "mixed.jsonl", HUMANEVAL, GOOD))
    assert (task.name, task.category, task.prompt) == ("HumanEval/0", "HumanEval", HUMANEVAL["prompt"])
    assert task.tested
    assert task.check is not None
    assert "def helper(x)" in task.check.preamble
    assert "def largest" not in task.check.preamble
    assert ours.name == "ok"


def test_a_prompt_in_plain_english_leaves_nothing_beside_the_function(tmp_path: Path) -> None:
    (task,) = load(write(tmp_path / "a.jsonl", {**HUMANEVAL, "prompt": "Return the largest of a list."}))
    assert task.check is not None
    assert task.check.preamble == ""


def test_suites_of_one_name_are_told_apart(tmp_path: Path) -> None:
    paths = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        paths.append(str(write(tmp_path / folder / "suite.jsonl", line())))
    first, second = gather(paths)
    assert first.key != second.key
    assert len(gather([paths[0], paths[0]])) == 2


def test_nothing_left_is_a_usage_error_that_lists_the_categories(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no task of that kind") as caught:
        gather([str(write(tmp_path / "suite.jsonl", GOOD, line(category="d")))], only=["e"])
    assert "c, d" in caught.value.todo
