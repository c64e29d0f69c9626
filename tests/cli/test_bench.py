"""``lift bench``: measuring, being interrupted in every way, going on, comparing, reporting."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine import paths
from engine.bench.machine import this_machine
from engine.bench.results import read
from engine.bench.savings import Savings
from tests.bench.making import BODY, draft_of, record_of, results_of
from tests.cli.conftest import ROOT
from tests.support.chat_server import Answer

WARM_UP = ALL = (Answer(draft_of()), Answer(BODY))
TASKS = ("one", "two")
HUMANEVAL = {
    "task_id": "HumanEval/0",
    "prompt": 'from typing import List\n\ndef total(a: int, b: int) -> int:\n    """Add two numbers."""\n',
    "entry_point": "total",
    "canonical_solution": "    return a + b\n",
    "test": "def check(candidate):\n    assert candidate(2, 3) == 5\n",
}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "suite.jsonl"
    calls = [{"args": "(2, 3)", "kwargs": "{}", "returns": "5"}]
    lines = [{"name": name, "category": name, "prompt": "Add two numbers.", "calls": calls} for name in TASKS]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in (*lines, HUMANEVAL)))
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.json"


def wait_until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def kept(path: Path) -> list[str]:
    return [record.name for record in read(path).records]


def test_all_ways_are_measured_and_one_document_is_left(lift, serve, suite, out, tmp_path):
    plain = Answer("Sure:\n```python\ndef plus(x, y):\n    return x + y\n```\nIt adds.")
    server = serve(*WARM_UP, *ALL, Answer("def plus(x, y): return x - y"), plain)
    report = tmp_path / "REPORT.md"
    code, said, err = lift(
        *("bench", "--suite", suite, "--limit", 1, "--endpoint", server.url),
        *("--baseline", "plain", "--baseline", "raw", "--baseline", "raw", "--json", out, "--report", report),
    )
    assert (code, err) == (0, "")
    document = json.loads(out.read_text())
    assert [(r["name"], r["passed"]) for r in document["records"]] == [("one", True)]
    assert [(r["mode"], r["passed"]) for r in document["baseline"]] == [("raw", False), ("plain", True)]
    assert server.requests[-1]["messages"] == [{"role": "user", "content": "Add two numbers."}]
    assert document["complete"]
    summary = document["summary"]
    assert (summary["raw"]["passed"]["part"], summary["plain"]["passed"]["part"]) == (0, 1)
    assert (summary["pairing"]["only_lift"], summary["plain_pairing"]["both"]) == (1, 1)
    assert "  1/3 lift  pass" in said
    assert "  2/3 raw   fail" in said
    assert "  3/3 plain pass" in said
    assert "passes hidden tests        100.0%  (1 of 1" in said
    assert "A median run: one" in said
    assert f"The results are in {out}." in said
    assert "## scripted on the endpoint url" in report.read_text()
    assert (tmp_path / "docs/performance/run-waterfall.svg").exists()


def test_a_line_of_humaneval_runs_through_the_whole_pipeline(lift, serve, suite, out):
    server = serve(*WARM_UP, *ALL)
    code, _, _ = lift("bench", "--suite", suite, "--only", "humaneval", "--endpoint", server.url, "--json", out)
    (record,) = read(out).records
    assert code == 0
    assert (record.name, record.passed) == ("HumanEval/0", True)  # the draft called the function `add`
    assert server.requests[2]["messages"][-1]["content"] == HUMANEVAL["prompt"]


def test_on_a_terminal_a_bar_shows_how_far_it_is_and_is_gone_at_the_end(terminal, serve, suite, out):
    slow = (replace(ALL[0], pause_s=0.05), ALL[1])
    server = serve(*WARM_UP, *ALL, *slow)
    shown = terminal("bench", "--suite", suite, "--limit", 2, "--endpoint", server.url, "--json", out)
    shown.read(lambda screen: "left" in screen.text)
    assert "1/2" in shown.text
    assert "left" in shown.text
    shown.read()
    assert shown.process.wait(30) == 0
    assert "  1/2 lift  pass" in shown.text
    assert "A median run: " in shown.text
    assert "measuring" not in shown.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_what_is_done_and_says_how_to_go_on(process, lift, serve, suite, out, number):
    server = serve(*WARM_UP, *ALL, replace(ALL[0], pause_s=0.1), ALL[1])
    options = ["--suite", suite, "--limit", 2, "--endpoint", server.url, "--json", out]
    running = process("bench", *options)
    wait_until(lambda: len(server.requests) == 5)
    running.send_signal(number)
    running.send_signal(number)  # somebody in a hurry
    said, err = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "passes hidden tests" in said
    assert "Stopped; 1 results are kept." in err
    assert "Traceback" not in err
    assert kept(out) == ["one"]
    assert not read(out).complete
    command = next(line for line in err.splitlines() if line.startswith("Go on with: "))
    again = shlex.split(command.removeprefix("Go on with: lift "))
    assert again[-1] == "--resume"
    server.answers = [*WARM_UP, *ALL]
    code, _, _ = lift(*again)
    assert code == 0
    assert kept(out) == list(TASKS)
    assert read(out).complete


def test_a_run_that_was_killed_goes_on(process, lift, serve, suite, out):
    server = serve(*WARM_UP, *ALL, replace(ALL[0], pause_s=0.1), ALL[1])
    options = ["--suite", suite, "--limit", 2, "--endpoint", server.url, "--json", out]
    running = process("bench", *options)
    wait_until(lambda: len(server.requests) == 5)
    running.kill()
    running.communicate(timeout=20)
    assert not out.exists()
    code, _, err = lift("bench", *options)
    assert code == 2
    assert "has results already" in err
    server.answers = [*WARM_UP, *ALL]
    code, said, _ = lift("bench", *options, "--resume")
    assert code == 0
    assert "  1/1 lift  pass" in said
    assert kept(out) == list(TASKS)
    assert [path.name for path in out.parent.glob("out.json*")] == ["out.json"]


def test_without_a_file_results_are_kept_with_the_data_and_the_newest_is_gone_on_with(lift, serve, suite):
    server = serve(*WARM_UP, *ALL)
    options = ["bench", "--suite", suite, "--endpoint", server.url]
    assert lift(*options, "--resume")[0] == 2
    assert lift(*options, "--limit", 1)[0] == 0
    (file,) = (paths.data_dir() / "bench").iterdir()
    server.answers = [*WARM_UP, *ALL]
    assert lift(*options, "--limit", 2, "--resume")[0] == 0
    assert kept(file) == list(TASKS)


def test_a_comparison_says_what_is_worse_and_tells_it_by_the_exit_code(lift, serve, suite, out, tmp_path):
    names = [f"t{number}" for number in range(30)]
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(results_of(*map(record_of, names)).as_json())
    new.write_text(results_of(*(record_of(name, passed=name < "t2") for name in names)).as_json())
    code, said, _ = lift("bench", "report", new, "--compare", old)
    assert code == 1
    assert "a regression" in said
    assert lift("bench", "report", old, "--compare", new)[0] == 0
    server = serve(*WARM_UP, *ALL)
    options = ["--suite", suite, "--limit", 1, "--endpoint", server.url, "--json", out]
    code, said, _ = lift("bench", *options, "--compare", old)
    assert code == 0
    assert "no task with hidden tests in common" in said


def test_a_report_is_made_of_stored_results_alone(lift, tmp_path):
    stored, report = tmp_path / "stored.json", tmp_path / "METRICS.md"
    stored.write_text(results_of(record_of()).as_json())
    code, printed, _ = lift("bench", "report", stored)
    assert code == 0
    code, said, _ = lift("bench", "report", stored, "--report", report)
    assert code == 0
    assert str(report) in said
    assert report.read_text() == printed
    faster = Savings(began="2026-11-29", machine=this_machine(), model="m", savings=())
    (tmp_path / "savings.json").write_text(faster.model_dump_json())
    assert "made faster" in lift("bench", "report", stored, "--savings", tmp_path / "savings.json")[1]
    assert lift("bench", "report", tmp_path / "none.json")[0] == 2
    assert lift("bench", "report")[0] == 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--suite", "none.jsonl"], "cannot be read"),
        (["--suite", "fresh", "--only", "nothing"], "There is no task of that kind"),
        (["--suite", "fresh", "--cold", "--concurrency", "2"], "exclude each other"),
        (["--suite", "fresh", "--cold", "--endpoint", "http://127.0.0.1:9"], "cannot be made cold"),
        (["--suite", "fresh", "--compare", "none.json"], "cannot be read"),
        (["--suite", "fresh", "--endpoint", "nowhere"], "no endpoint called"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_measured(lift, out, options, says):
    code, said, err = lift("bench", *options, "--json", out)
    assert (code, said) == (2, "")
    assert says in err
    assert not out.exists()


def test_an_endpoint_that_cannot_be_reached(lift, suite, out):
    code, _, err = lift("bench", "--suite", suite, "--endpoint", "http://127.0.0.1:9", "--json", out)
    assert code == 3
    assert "Nothing was measured." in err
    assert not list(out.parent.glob("out.json*"))


def test_help_loads_nothing_heavy():
    program = (
        "import sys; from tui.cli import main; code = main(['bench', '--help']); "
        "print([m for m in ['engine', 'httpx', 'pydantic', 'rich'] if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]"
    assert "Exit codes: 0 measured; 1" in " ".join(done.stdout.split())
