"""What generated code tries is noted, and its steps are counted, in real sandboxes."""

from __future__ import annotations

import pytest

from engine.sandbox.limits import Limits
from engine.sandbox.standby import Standby
from engine.sandbox.trial import Outcome, Subject, Trial
from tests.support.confinement import needs_confinement

pytestmark = needs_confinement
LIMITS = Limits(wall_s=20, total_s=60)


async def run(code: str, *calls: str, max_steps: int | None = None) -> list[Outcome]:
    async with Trial(Subject(code, "f", "def f(x=0): ..."), LIMITS) as trial:
        loaded = await trial.load()
        return [loaded, *[await trial.call(call, max_steps=max_steps) for call in calls]]


@pytest.mark.parametrize(
    ("body", "noted"),
    [
        ("open('/etc/passwd')", "files: open('/etc/passwd')"),
        ("__import__('os').listdir('/')", "files: os.listdir('/')"),
        ("__import__('pathlib').Path('/tmp/x').write_text('')", "files: open('/tmp/x')"),
        ("__import__('socket').create_connection(('127.0.0.1', 9))", "network: socket."),
        ("__import__('subprocess').run(['ls'])", "processes: subprocess.Popen('ls')"),
        ("__import__('os').system('ls')", "processes: os.system('ls')"),
        ("input()", "input: builtins.input("),
    ],
)
async def test_attempts_are_noted_even_where_they_are_refused(body: str, noted: str) -> None:
    [_, outcome] = await run(f"def f(x=0):\n    try:\n        {body}\n    except Exception:\n        pass", "f()")
    assert any(attempt.startswith(noted) for attempt in outcome.tried), outcome


async def test_computing_and_importing_are_no_attempts() -> None:
    code = """
import json, decimal, zoneinfo, csv, random
def f(x=0):
    import statistics, string, textwrap
    return [json.dumps([1]), str(zoneinfo.ZoneInfo("Europe/Paris")), statistics.mean([1, 2]), random.random() < 2]
"""
    loaded, outcome = await run(code, "f()")
    assert outcome.kind == "value"
    assert loaded.tried == outcome.tried == ()


async def test_what_the_module_does_when_it_loads_is_noted_too() -> None:
    loaded, outcome = await run("try: open('/etc/passwd')\nexcept OSError: pass\ndef f(x=0): return x", "f()")
    assert loaded.tried == ("files: open('/etc/passwd')",)
    assert outcome.tried == ()


LOOPS = """
def f(x=0):
    for _ in range(x):
        pass
    return x
def deep(x):
    return 0 if x == 0 else 1 + deep(x - 1)
def lazy(x):
    yield from (n for n in range(x))
def endless(x=0):
    while True:
        try:
            x += 1
        except Exception:
            pass
"""


async def test_steps_are_counted_the_same_every_time() -> None:
    counts = []
    for _ in range(2):
        outcomes = await run(LOOPS, "f(10)", "f(20)", "deep(10)", "deep(20)", "lazy(10)", "lazy(20)", max_steps=1000)
        counts.append([outcome.steps for outcome in outcomes[1:]])
    assert counts[0] == counts[1]
    ten, twenty, shallow, deep, few, many = counts[0]
    assert twenty - ten == 20
    assert deep - shallow == 10
    assert many > few > 0


async def test_code_that_does_not_end_is_stopped_after_its_steps_and_the_worker_lives_on() -> None:
    _, endless, fine, unlimited = await run(LOOPS, "endless()", "f(3)", "f(3)", max_steps=500)
    assert (endless.kind, endless.detail) == ("endless", "did not end within 500 steps")
    assert fine.value == unlimited.value == 3
    _, uncounted = await run(LOOPS, "f(2000)")
    assert (uncounted.value, uncounted.steps) == (2000, 0)


async def test_predicates_are_ruled_on_together_and_do_not_spoil_each_other() -> None:
    async with Trial(Subject("def f(x): return x[0]", "f", "def f(x): ..."), LIMITS) as trial:
        await trial.load()
        outcome = await trial.call("f([7])")
        predicates = ["x.pop() == 7", "x == [7]", "nothing", "result == 8", "f([9]) == 9"]
        rulings = await trial.rule(predicates, "f([7])", outcome)
    assert [ruling.holds for ruling in rulings] == [True, True, None, False, True]
    assert "NameError" in rulings[2].detail
    assert rulings[3].detail == "x=[7], result=7"


async def test_a_standby_has_children_ready_and_replaces_the_worker() -> None:
    async with Standby(LIMITS) as standby:
        standby.prepare("worker", "judge")
        ready = dict(standby._starting)
        async with Trial(
            Subject("import os\ndef f(x=0): return os.getpid()", "f", "def f(x=0): ..."), standby=standby
        ) as trial:
            await trial.load()
            first = (await trial.call("f()")).value
            assert (await ready["worker"]) is trial._worker
            assert (await trial.compare(str(first), Outcome("value", first))).holds
            assert (await trial.call("os._exit(3)")).kind == "exited"
            spare = standby._starting["worker"]
            second = (await trial.call("f()")).value
            assert (await spare) is trial._worker
        assert first != second


async def test_a_standby_that_is_left_early_leaves_no_child() -> None:
    async with Standby(LIMITS) as standby:
        standby.prepare("worker")
        peer = await standby._starting["worker"]
    assert (await peer._child.wait()).signal
