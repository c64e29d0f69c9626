"""The suites are right, scoring tells right from wrong, and the runner records what happened."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bench.records import Log, Record, summary
from bench.run_suite import Bench, code_of, main, run
from bench.score import asks_about, score
from bench.suite import Task, load
from engine import prompts
from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import Sampling
from engine.errors import UsageError
from engine.ir.text import parse
from engine.sandbox import confine
from engine.sessions.store import SessionStore
from engine.stages.assemble import header
from tests.support.chat_server import Answer, chat_server

HERE = Path(__file__).parent
SUITES = HERE.parents[1] / "bench" / "suites"
TUNE, HELD_OUT = load(SUITES / "tune.jsonl"), load(SUITES / "held_out.jsonl")
FRESH = load(SUITES / "fresh.jsonl")
TASKS = [*TUNE, *HELD_OUT, *FRESH]
TESTED = [task for task in TASKS if task.calls]
REFERENCE = (HERE / "reference.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def unsafe() -> bool:
    return not confine.probe().available


def task_of(**fields: object) -> Task:
    return Task.model_validate({"name": "f", "category": "c", "prompt": "p", **fields})


def returning(args: str, value: str, **fields: object) -> Task:
    return task_of(calls=[{"args": args, "returns": value}], **fields)


# The suites


def test_the_suites_are_alike_and_have_nothing_in_common() -> None:
    assert len(TUNE) == len(HELD_OUT) == 24
    assert sorted(task.category for task in TUNE) == sorted(task.category for task in HELD_OUT)
    assert len(FRESH) == 30
    assert len({task.category for task in TASKS}) == len({task.category for task in FRESH}) == 12
    assert len({task.name for task in TASKS}) == len({task.prompt for task in TASKS}) == 78


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_is_a_request_of_ordinary_length_with_enough_to_score_it(task: Task) -> None:
    assert 10 <= len(task.prompt.split()) <= 40
    assert 4 <= len(task.calls) <= 8 if task.category != "ambiguous" else not task.calls
    assert bool(task.holes) == (task.category == "ambiguous")
    assert len({(call.args, call.kwargs) for call in task.calls}) == len(task.calls)


@pytest.mark.parametrize("task", TESTED, ids=lambda task: task.name)
async def test_the_reference_passes_and_a_trivial_answer_does_not(task: Task, unsafe: bool) -> None:
    right, wrong = await asyncio.gather(
        score(REFERENCE, task.name, task, unsafe=unsafe),
        score("def answer(*args, **kwargs):\n    return None\n", "answer", task, unsafe=unsafe),
    )
    assert right.failures == ()
    assert right.passed
    assert not wrong.passed


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "Invalid JSON"),
        ('{"name": "f", "category": "c", "prompt": "p"}', "calls or holes"),
        ('{"name": "F f", "category": "c", "prompt": "p", "holes": ["x"]}', "name"),
        ('{"name": "f", "category": "c", "prompt": "p", "calls": [{"args": "(1)", "returns": "1"}]}', "not a tuple"),
        ('{"name": "f", "category": "c", "prompt": "p", "calls": [{"args": "(x,)", "returns": "1"}]}', "malformed"),
        ('{"name": "f", "category": "c", "prompt": "p", "calls": [{"args": "()"}]}', "either returns or raises"),
        ('{"name": "f", "category": "c", "prompt": "p", "calls": [{"returns": "1 +"}]}', "not a Python literal"),
        ('{"name": "f", "category": "c", "prompt": "p", "holes": ["x"], "extra": 1}', "extra"),
        ('{"name": "ok", "category": "c", "prompt": "p", "holes": ["x"]}', "a second task"),
    ],
)
def test_a_line_that_is_no_task_is_named(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "suite.jsonl"
    path.write_text(f'{{"name": "ok", "category": "c", "prompt": "p", "holes": ["x"]}}\n\n{line}\n')
    with pytest.raises(UsageError, match=problem) as caught:
        load(path)
    assert "line 3" in caught.value.what


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "none.jsonl")


# Scoring


@pytest.mark.parametrize(
    ("code", "returns"),
    [
        ("def f(): return 0.1 + 0.2", "0.3"),
        ("def f(): return 3.0", "3"),
        ("def f(): yield from (1, 2)", "[1, 2]"),
        ("def f(): return map(str, (1, 2))", "('1', '2')"),
        ("def f(): return {1: {2}}", "{1: {2}}"),
        ("from collections import Counter\ndef f(): return Counter('aab')", "{'a': 2, 'b': 1}"),
        ("def f(): return None", "None"),
        ("def f(): return {'a': (1.0, [0.1 + 0.2])}", "{'a': (1, [0.3])}"),
        ("def f(): return set()", "set()"),
    ],
)
async def test_results_that_count(code: str, returns: str, unsafe: bool) -> None:
    assert await score(code, "f", returning("()", returns), unsafe=unsafe) == await score(
        f"def f(): return {returns}", "f", returning("()", returns), unsafe=unsafe
    )


@pytest.mark.parametrize(
    ("code", "task", "failure"),
    [
        ("def f(): return [1, 2]", returning("()", "(1, 2)"), r"f\(\): expected \(1, 2\), got \[1, 2\]"),
        ("def f(): return 1", returning("()", "True"), "expected True, got 1"),
        ("def f(x): return x", returning("([1],)", "[2]"), r"f\(\[1\]\): expected \[2\], got \[1\]"),
        ("def f(x): raise KeyError(x)", returning("(1,)", "2"), "expected 2, raised KeyError"),
        ("def f(x): return 7", task_of(calls=[{"args": "(1,)", "raises": "ValueError"}]), "ValueError, got 7"),
        ("def f(): raise KeyError", task_of(calls=[{"raises": "ValueError"}]), "ValueError, raised KeyError"),
        ("def f():\n    while True: pass", returning("()", "1", limit_s=0.3), "timed out"),
        ("def g(): return 1", returning("()", "1"), "NameError"),
        ("1 / 0", returning("()", "1"), "does not load.*ZeroDivisionError"),
        ("class Yes:\n    def __eq__(self, other): return True\ndef f(): return Yes()", returning("()", "1"), "got"),
        ("import os\ndef f(): os._exit(0)", returning("()", "1"), "ended the interpreter"),
    ],
)
async def test_results_that_do_not_count_say_why(code: str, task: Task, failure: str, unsafe: bool) -> None:
    result = await score(code, "f", task, unsafe=unsafe)
    assert not result.passed
    assert len(result.failures) == 1
    assert pytest.raises(AssertionError, match=failure).matches(AssertionError(result.failures[0]))


async def test_every_failing_call_is_told_and_keywords_are_passed(unsafe: bool) -> None:
    calls = [{"args": "(1,)", "kwargs": f"{{'b': {b}}}", "returns": "3"} for b in (2, 3, 4)]
    result = await score("def f(a, b): return a + b", "f", task_of(calls=calls), unsafe=unsafe)
    assert result.failures == ("f(1, b=3): expected 3, got 4", "f(1, b=4): expected 3, got 5")


async def test_a_subclass_of_the_exception_counts(unsafe: bool) -> None:
    code = "class Odd(ValueError): ...\ndef f(): raise Odd"
    assert (await score(code, "f", task_of(calls=[{"raises": "ValueError"}]), unsafe=unsafe)).passed


async def test_a_name_that_is_no_name_is_not_evaluated(unsafe: bool) -> None:
    assert not (await score("def f(): return 1", "(lambda: 1)", returning("()", "1"), unsafe=unsafe)).passed


def test_a_question_is_about_a_word_that_begins_like_one_of_the_list() -> None:
    assert asks_about(["By which FIELDS?"], ["field"])
    assert not asks_about(["Which battlefield?"], ["field"])
    assert not asks_about([], ["field"])


@pytest.mark.parametrize(
    ("answer", "code", "name"),
    [
        ("def f(): pass", "def f(): pass", "f"),
        ("Sure:\n```python\ndef g(): pass\ndef f(): pass\n```\nDone.", "def g(): pass\ndef f(): pass\n", "f"),
        ("```\npip install x\n```\n```py\ndef f(): pass\n```", "def f(): pass\n", "f"),
        ("```python\ndef f(): pass\n", "def f(): pass\n", "f"),
        ("```python\ndef f(): pass\ndef test_f(): f()\ndef main(): f()\n```", None, "f"),
        ("def main(): pass", "def main(): pass", "main"),
        ("I cannot do that.", "I cannot do that.", ""),
        ("", "", ""),
    ],
)
def test_the_code_in_an_answer(answer: str, code: str | None, name: str) -> None:
    found, function = code_of(answer)
    assert function == name
    assert code is None or found == code


# The runner

SPEC = '''def add(a: int, b: int) -> int:
    """Add two numbers."""
    ensures(result == a + b)
    effect("none")
    example(add(1, 2) == 3)
'''
ADD = task_of(name="sum_of_two", prompt="Add two numbers.", calls=[{"args": "(2, 3)", "returns": "5"}])
VAGUE = task_of(name="vague", category="ambiguous", prompt="Sort it.", holes=["order"])
SILENT = task_of(name="silent", category="ambiguous", prompt="Convert the date.", holes=["format"])


def draft_of(text: str) -> str:
    """The draft that a model says of the specification ``text``."""
    ir = parse(text)
    asked = {"ask": [[hole.description, *hole.options] for hole in ir.holes]} if ir.holes else {}
    examples = [f"{example.call} == {example.result}" for example in ir.examples] * 2
    ensures = {"ensures": [clause.predicate for clause in ir.ensures]} if ir.ensures else {}
    sig = header(ir).removeprefix("def ").removesuffix(":")
    return prompts.compact_json({**asked, "sig": sig, "examples": examples, **ensures})


@pytest.fixture(autouse=True)
def no_settings_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"LIFT_{variable}_HOME", str(tmp_path / variable.lower()))


def write_suite(path: Path, *tasks: Task) -> Path:
    path.write_text("".join(f"{task.model_dump_json(exclude_none=True)}\n" for task in tasks))
    return path


def records_of(path: Path) -> list[Record]:
    return [Record.model_validate_json(line) for line in path.read_text().splitlines()]


@asynccontextmanager
async def scripted(*answers: str | Answer, tmp_path: Path, unsafe: bool):
    async with chat_server(*(a if isinstance(a, Answer) else Answer(text=a) for a in answers)) as server:
        with SessionStore(tmp_path / "bench.db") as store:
            async with httpx.AsyncClient() as client:
                yield Bench(Profile(name="scripted", url=server.url), None, client, store, Sampling(), unsafe)


async def test_a_right_answer_is_recorded_with_its_times_and_tokens(tmp_path: Path, unsafe: bool) -> None:
    async with scripted(
        Answer(text=draft_of(SPEC), cached_tokens=4), "    return a + b\n", tmp_path=tmp_path, unsafe=unsafe
    ) as bench:
        record = await bench.lift(ADD)
    assert record.error is None
    assert (record.ir_valid, record.compiles, record.passed, record.own_checks_passed) == (True, True, True, True)
    assert record.failures == []
    assert "def add(a: int, b: int) -> int:" in record.code
    assert "ensures(result == a + b)" in record.ir_text
    assert (record.model, record.holes, record.asked_right, record.repairs) == ("scripted", [], None, 0)
    assert {"draft", "implement", "check", "total"} <= record.seconds.keys()
    assert record.seconds["total"] >= record.seconds["draft"] > 0
    assert record.tokens["total"] == record.tokens["draft"] + record.tokens["implement"]
    assert record.tokens["draft"].cached_tokens == 4
    assert {"prefill", "decode", "check.examples"} <= {span.name for span in record.spans}


async def test_wrong_code_that_its_own_checks_let_through_is_told_apart(tmp_path: Path, unsafe: bool) -> None:
    spec = SPEC.replace("    ensures(result == a + b)\n", "")
    async with scripted(draft_of(spec), "    return 3\n", tmp_path=tmp_path, unsafe=unsafe) as bench:
        unseen = await bench.lift(ADD)
    async with scripted(draft_of(SPEC), "    return 4\n", tmp_path=tmp_path, unsafe=unsafe) as bench:
        seen = await bench.lift(ADD)
    assert (unseen.passed, unseen.own_checks_passed, unseen.unnoticed) == (False, True, True)
    assert (seen.passed, seen.own_checks_passed, seen.unnoticed) == (False, False, False)
    assert unseen.failures == ["add(2, 3): expected 5, got 3"]
    assert "UNSEEN" in unseen.line()


async def test_an_ambiguous_task_is_scored_by_its_questions(tmp_path: Path, unsafe: bool) -> None:
    hole = '    hole("direction", kind="intent", type=str, ask="In which order?", options=["up", "down"])\n'
    async with scripted(draft_of(SPEC + hole), "    return a + b\n", tmp_path=tmp_path, unsafe=unsafe) as bench:
        asked = await bench.lift(VAGUE)
    async with scripted(draft_of(SPEC), "    return a + b\n", tmp_path=tmp_path, unsafe=unsafe) as bench:
        silent = await bench.lift(SILENT)
    assert (asked.asked_right, asked.passed) == (True, None)
    assert asked.holes == ["In which order?"]
    assert (silent.asked_right, silent.passed) == (False, None)


async def test_a_broken_contract_fails_the_task_and_is_settled(tmp_path: Path, unsafe: bool) -> None:
    async with scripted("no draft at all", tmp_path=tmp_path, unsafe=unsafe) as bench:
        record = await bench.lift(ADD)
    assert (record.ir_valid, record.compiles, record.passed, record.own_checks_passed) == (False, False, False, None)
    assert record.error is not None
    assert record.error["kind"] == "contract"
    assert record.settled


async def test_the_baseline_asks_for_the_code_itself(tmp_path: Path, unsafe: bool) -> None:
    answer = Answer(text="```python\ndef plus(x, y):\n    return x + y\n```\n", cached_tokens=3)
    async with scripted(answer, tmp_path=tmp_path, unsafe=unsafe) as bench:
        record = await bench.raw(ADD)
    assert (record.mode, record.compiles, record.passed, record.ir_valid) == ("raw", True, True, None)
    assert record.tokens["total"].cached_tokens == 3
    assert [span.name for span in record.spans][-2:] == ["prefill", "decode"]
    assert record.seconds["total"] > 0


async def test_a_run_goes_on_where_it_was_interrupted(tmp_path: Path, unsafe: bool) -> None:
    out = tmp_path / "records.jsonl"
    kept = Record(mode="lift", name="first", category="c", passed=True, seconds={"total": 1.0})
    lost = Record(mode="lift", name=ADD.name, category="c", error={"kind": "stream-broken", "what": "x", "todo": ""})
    out.write_text(f'{kept.model_dump_json()}\n{lost.model_dump_json()}\n{{"mode": "lift", "na')
    log = Log(out, resume=True)
    said: list[str] = []
    first = returning("()", "1", limit_s=9).model_copy(update={"name": "first"})
    async with scripted(draft_of(SPEC), "    return a + b\n", tmp_path=tmp_path, unsafe=unsafe) as bench:
        await run([first, ADD], ["lift"], bench, log, said.append)
    assert len(said) == 1
    assert said[0].startswith("  1/1 lift pass")
    assert [(record.name, record.passed) for record in records_of(out)] == [("first", True), (ADD.name, True)]
    with pytest.raises(UsageError, match="has records already"):
        Log(out, resume=False)


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "notes.txt"
    out.write_text("my notes\n")
    with pytest.raises(UsageError, match="cannot be used"):
        Log(out, resume=True)
    assert out.read_text() == "my notes\n"


def test_the_summary_has_every_figure() -> None:
    def record(name: str, mode: str = "lift", **fields: object) -> Record:
        common = {"mode": mode, "name": name, "category": name, "code": "x", "compiles": True, "ir_valid": True}
        tokens = {"total": {"prompt_tokens": 100, "cached_tokens": 50, "completion_tokens": 20}}
        return Record.model_validate({**common, "seconds": {"draft": 1.0, "total": 2.0}, "tokens": tokens, **fields})

    text = "\n".join(
        summary(
            [
                record("a", passed=True, own_checks_passed=True),
                record("b", passed=False, own_checks_passed=True, holes=["?"]),
                record("c", passed=False, code="", compiles=False, ir_valid=False),
                record("d", asked_right=True, holes=["?"]),
                record("a", "raw", passed=True, seconds={"total": 1.0}),
            ]
        )
    )
    assert "lift: 4 tasks, 3 of them with hidden tests" in text
    assert [line.split("(")[1] for line in text.splitlines() if " %  (" in line] == [
        "3 of 4)",  # valid IR
        "2 of 3)",  # code emitted
        "3 of 3)",  # emitted code compiles
        "1 of 3)",  # passing hidden tests
        "1 of 3)",  # wrong but own checks pass
        "1 of 1)",  # asked when ambiguous
        "1 of 3)",  # asked needlessly
        "1 of 1)",
        "1 of 1)",
        "1 of 1)",
    ]
    assert "seconds, median: draft 1.00, total 2.00" in text
    assert "cached tokens, mean: total 50" in text
    assert "failures in: b, c" in text
    assert "2.00 times the median of asking directly (1 tasks)" in text


def test_the_command_runs_both_ways_and_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], unsafe: bool
) -> None:
    suite, out = write_suite(tmp_path / "suite.jsonl", ADD, VAGUE), tmp_path / "out.jsonl"
    answers = [draft_of(SPEC), "    return a + b\n", "def f(a, b): return a - b"]

    async def serve() -> int:
        async with chat_server(*map(Answer, answers)) as server:
            options = ["--suite", str(suite), "--endpoint", server.url, "--json", str(out), "--baseline", "raw"]
            options += ["--only", "c", *(["--unsafe-run"] if unsafe else [])]
            return await asyncio.to_thread(main, options)

    assert asyncio.run(serve()) == 0
    assert [(record.mode, record.passed) for record in records_of(out)] == [("lift", True), ("raw", False)]
    printed = capsys.readouterr().out
    assert "2/2 raw  fail" in printed
    assert "lift: 1 tasks" in printed

    assert main(["--suite", str(suite), "--json", str(out)]) == 2
    assert "has records already" in capsys.readouterr().err
    assert main(["--suite", str(suite), "--only", "nothing"]) == 2
    assert main(["--suite", str(suite), "--endpoint", "http://127.0.0.1:9"]) == 3


def test_the_suites_are_stored_as_text_that_people_can_read() -> None:
    for path in SUITES.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert list(json.loads(line))[:4] == ["name", "category", "prompt", "calls"]
