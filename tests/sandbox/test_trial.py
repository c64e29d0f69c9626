"""A trial from outside: outcomes, limits, rulings, and results that cannot be faked."""

from __future__ import annotations

import asyncio
import os
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from engine.sandbox import confine
from engine.sandbox.limits import Limits
from engine.sandbox.trial import Outcome, Subject, Trial, printable
from tests.support.confinement import needs_confinement

LIMITS = Limits(wall_s=2.0, memory_bytes=256 * 2**20, output_bytes=100_000)
IMPATIENT = replace(LIMITS, wall_s=0.5)
"""For what never ends."""


def subject(code: str, stub: str = "def f(x=0): ...", imports: tuple[str, ...] = ()) -> Subject:
    return Subject(textwrap.dedent(code), "f", stub, imports)


@pytest.fixture(params=[pytest.param(False, marks=needs_confinement, id="confined"), pytest.param(True, id="unsafe")])
def unsafe(request: pytest.FixtureRequest) -> bool:
    return request.param


async def run(code: str, *calls: str, unsafe: bool = False, limits: Limits = LIMITS) -> list[Outcome]:
    async with Trial(subject(code), limits, unsafe=unsafe) as trial:
        loaded = await trial.load()
        assert loaded.kind == "value", loaded
        return [await trial.call(call) for call in calls]


async def test_a_call_returns_its_value(unsafe: bool) -> None:
    [outcome] = await run("def f(x): return [x, {x: 1.5}]", "f(2)", unsafe=unsafe)
    assert outcome == Outcome("value", [2, {"t": "dict", "v": [[2, 1.5]]}])


async def test_an_exception_arrives_with_its_line_and_its_bases(unsafe: bool) -> None:
    code = """
    class Odd(ValueError): pass
    def f(x):
        raise Odd("no\\x1b[31m")
    """
    [outcome] = await run(code, "f(1)", unsafe=unsafe)
    assert outcome.raised is not None
    assert outcome.detail == "raised Odd: no\\x1b[31m (line 4)"
    assert outcome.raised.matches("Odd")
    assert outcome.raised.matches("ValueError")
    assert not outcome.raised.matches("KeyError")
    assert not outcome.raised.matches("Error")


async def test_a_class_that_borrows_a_builtin_name_is_not_the_builtin() -> None:
    code = """
    class ValueError(Exception): pass
    def f(x): raise ValueError()
    """
    [outcome] = await run(code, "f(1)", unsafe=True)
    assert outcome.raised is not None
    assert not outcome.raised.matches("ValueError")


async def test_what_a_call_takes_down_is_reported_and_the_rest_still_runs(unsafe: bool) -> None:
    code = """
    import os, sys
    state = []
    def f(x):
        state.append(x)
        return len(state)
    def hoard():
        kept = []
        while True: kept.append(bytearray(10**6))
    def chatter():
        while True: print("x" * 1000)
    """
    calls = ["f(1)", "hoard()", "chatter()", "os._exit(0)", "sys.exit('bye')", "f(2)"]
    outcomes = await run(code, *calls, unsafe=unsafe)
    kinds = [outcome.kind for outcome in outcomes]
    assert kinds == ["value", "memory", "output", "exited", "exited", "value"]
    assert outcomes[1].detail == "ran out of memory (limit 256 MiB)"
    assert outcomes[2].detail == "printed more than 100000 bytes"
    assert outcomes[3].detail == "ended the interpreter with exit code 0"
    assert outcomes[4].detail == "called sys.exit(bye)"
    assert "xxx" in outcomes[2].printed
    assert outcomes[5].value == 1, "the last call had a fresh worker"


async def test_a_call_without_end_is_stopped_and_the_next_one_runs(unsafe: bool) -> None:
    code = "def f(x):\n    while x: pass\n    return x"
    endless, ends = await run(code, "f(1)", "f(0)", unsafe=unsafe, limits=IMPATIENT)
    assert (endless.kind, endless.detail) == ("timeout", "timed out after 0.5 s")
    assert ends.value == 0


async def test_a_crash_is_a_crash(unsafe: bool) -> None:
    [outcome] = await run("import ctypes\ndef f(x): return ctypes.string_at(0)", "f(0)", unsafe=unsafe)
    assert outcome.kind == "crashed"
    assert "SIGSEGV" in outcome.detail


async def test_a_result_that_is_too_large_is_reported(unsafe: bool) -> None:
    calls = "f([[]] * 10**6)", "f('x' * 10**6)"
    many, long = await run("def f(x): return x", *calls, unsafe=unsafe, limits=replace(LIMITS, wall_s=60, total_s=90))
    assert many.kind == long.kind == "output"
    assert "200000 values" in many.detail
    assert "100000 bytes" in long.detail


@needs_confinement
async def test_processor_time_is_limited_whatever_the_clock_says() -> None:
    limits = Limits(wall_s=30.0, cpu_s=1)
    [outcome] = await run("def f(x):\n    while True: pass", "f(1)", limits=limits)
    assert outcome.kind == "timeout"
    assert "processor time" in outcome.detail


async def test_all_calls_together_are_limited() -> None:
    limits = Limits(wall_s=0.3, total_s=0.8)
    code = "def f(x):\n    while x: pass"
    outcomes = await run(code, *["f(1)"] * 9, "f(0)", unsafe=True, limits=limits)
    assert {outcome.kind for outcome in outcomes} == {"timeout"}
    assert "all calls together" in outcomes[-1].detail


async def test_a_module_that_does_not_load_says_why(unsafe: bool) -> None:
    cases = {
        "1 / 0": ("raised", "raised ZeroDivisionError: division by zero (line 1)"),
        "import nowhere": ("raised", "raised ModuleNotFoundError: No module named 'nowhere' (line 1)"),
        "import os; os._exit(7)": ("exited", "ended the interpreter with exit code 7"),
        "while True: pass": ("timeout", "timed out after 0.5 s"),
    }
    for code, expected in cases.items():
        async with Trial(Subject(code, "f", "def f(): ..."), IMPATIENT, unsafe=unsafe) as trial:
            loaded = await trial.load()
            assert (loaded.kind, loaded.detail) == expected


async def test_a_module_may_use_what_python_offers(unsafe: bool) -> None:
    code = """
    import asyncio, dataclasses, enum, functools, hashlib, random, re, threading, zoneinfo

    @dataclasses.dataclass
    class Point:
        x: int

    async def later(x):
        await asyncio.sleep(0)
        return x

    def f(x):
        result = []
        thread = threading.Thread(target=lambda: result.append(asyncio.run(later(x))))
        thread.start()
        thread.join()
        return result[0], Point(x).x, hashlib.sha256(b"").hexdigest()[:4], 0 <= random.random() < 1
    """
    [outcome] = await run(code, "f(3)", unsafe=unsafe)
    assert outcome.value == {"t": "tuple", "v": [3, 3, "e3b0", True]}


async def test_the_judge_compares_and_explains(unsafe: bool) -> None:
    code = "def f(x): return {'a': [0.1 + 0.2, x]}"
    async with Trial(subject(code, imports=("import math",)), IMPATIENT, unsafe=unsafe) as trial:
        await trial.load()
        outcome = await trial.call("f(1)")
        assert (await trial.compare("{'a': [0.3, 1]}", outcome)).holds
        assert (await trial.compare("{'a': [math.fsum([0.1, 0.2]), 1]}", outcome)).holds
        wrong = await trial.compare("{'a': [0.3, True]}", outcome)
        assert wrong.holds is False
        assert wrong.detail == "expected {'a': [0.3, True]}, got {'a': [0.30000000000000004, 1]}"
        assert (await trial.compare("nonsense", outcome)).holds is None
        assert (await trial.compare("(", outcome)).holds is None
        assert (await trial.compare("10**10**10", outcome)).detail == "timeout: timed out after 0.5 s"
        assert (await trial.compare("{'a': [0.3, 1]}", outcome)).holds, "the judge came back"


async def test_predicates_see_the_arguments_the_defaults_and_the_result(unsafe: bool) -> None:
    code = "def f(a, *rest, low=0, **more): a.append(1); return a"
    stub = "def f(a, *rest, low=0, **more): ..."
    async with Trial(subject(code, stub), LIMITS, unsafe=unsafe) as trial:
        await trial.load()
        call = "f([], 2, 3, z=4)"
        outcome = await trial.call(call)
        everything = "(a, rest, low, more, result) == ([], (2, 3), 0, {'z': 4}, [1])"
        ruling = await trial.holds(everything, call, outcome)
        assert ruling.holds
        assert ruling.detail == "a=[], rest=(2, 3), low=0, more={'z': 4}, result=[1]"
        assert (await trial.holds("a", call)).holds is False
        assert "NameError" in (await trial.holds("result", call)).detail
        assert "TypeError" in (await trial.holds("a", "f()")).detail


async def test_a_predicate_may_call_the_function(unsafe: bool) -> None:
    code = """
    def f(x=0):
        if x < 0: raise KeyError("negative")
        while x == 13: pass
        return x // 2
    """
    async with Trial(subject(code), IMPATIENT, unsafe=unsafe) as trial:
        await trial.load()
        outcome = await trial.call("f(f(20))")
        assert (await trial.holds("f(x) == result and f() == 0 and f(x=4) == 2", "f(f(20))", outcome)).holds
        assert (await trial.holds("all(f(i) <= i for i in range(10))", "f(1)", outcome)).holds
        assert (await trial.holds("f(-1)", "f(1)", outcome)).detail == "KeyError: \"'negative'\""
        assert (await trial.holds("f(13)", "f(1)", outcome)).detail == "RuntimeError: timed out after 0.5 s"
        assert (await trial.holds("f(2) == 1", "f(1)", outcome)).holds, "the worker came back"


FAKES = {
    "equality": """
        class Yes:
            def __eq__(self, other): return True
            __hash__ = None
        def f(x=0): return Yes()
        """,
    "string subclass": """
        class S(str):
            def __eq__(self, other): return True
            def __str__(self): return "right"
            __repr__ = __str__
            __hash__ = None
        def f(x=0): return S("wrong")
        """,
    "builtins": """
        import builtins
        builtins.eval = lambda *a: "right"
        builtins.isinstance = lambda *a: True
        builtins.compile = lambda *a, **k: None
        def f(x=0): return "wrong"
        """,
    "json": """
        import json
        real = json.dumps
        json.dumps = lambda message, **k: real({**message, "holds": True, "expected": "", "value": "wrong"})
        def f(x=0): return "wrong"
        """,
    "printed answer": """
        import sys
        def f(x=0):
            print('{"holds": true, "value": "right", "id": "0"}')
            sys.stdout.flush()
            return "wrong"
        """,
    "answer on every descriptor": """
        import os
        def f(x=0):
            for descriptor in range(1, 20):
                try: os.write(descriptor, b'{"holds": true, "value": "wrong", "id": "0"}\\n')
                except OSError: pass
            return "wrong"
        """,
    "the judge's answer under the right token": """
        import sys, json
        def f(x=0):
            frame = sys._getframe()
            while frame:
                if "channel" in frame.f_locals and "request" in frame.f_locals:
                    request = frame.f_locals["request"]
                    answer = {"id": request["id"], "holds": True, "value": "wrong"}
                    frame.f_locals["channel"].send(json.dumps(answer).encode() + b"\\n")
                frame = frame.f_back
            return "wrong"
        """,
    "codec": """
        import sys
        sys.modules["engine.sandbox.codec"].encode = lambda value: {"t": "always", "v": "equal"}
        def f(x=0): return "wrong"
        """,
    "harness": """
        import sys
        sys.modules["engine.sandbox.harness"].evaluate = lambda *a: "wrong"
        sys.modules["engine.sandbox.harness"].to_line = lambda m: b'{"id": "x", "holds": true, "value": 1}\\n'
        def f(x=0): return "wrong"
        """,
    "exit at once": "import os\ndef f(x=0): os._exit(0)",
    "exit handler": "import atexit\natexit.register(print, 'right')\ndef f(x=0): raise SystemExit(0)",
    "a question of its own": """
        import os, sys, json
        def f(x=0):
            for descriptor in range(3, 20):
                try: os.write(descriptor, b'{"apply": {"args": [], "kwargs": {}}}\\n')
                except OSError: pass
            return "wrong"
        """,
    "nested too deeply": """
        import os
        def f(x=0):
            for descriptor in range(3, 20):
                try: os.write(descriptor, b"[" * 50_000 + b"\\n")
                except OSError: pass
            return "wrong"
        """,
}


@pytest.mark.parametrize("code", FAKES.values(), ids=FAKES)
async def test_nothing_the_code_does_makes_a_wrong_result_right(code: str, unsafe: bool) -> None:
    async with Trial(subject(code), LIMITS, unsafe=unsafe) as trial:
        loaded = await trial.load()
        outcome = await trial.call("f()")
        if outcome.kind == "value":
            assert not (await trial.compare("'right'", outcome)).holds
            assert not (await trial.holds("result == 'right'", "f()", outcome)).holds
        else:
            assert loaded.kind != "value" or outcome.kind in ("crashed", "exited", "raised")


async def test_a_line_left_behind_is_not_taken_for_the_next_answer(unsafe: bool) -> None:
    code = """
    import json, sys
    def f(x=0):
        frame = sys._getframe()
        while frame:
            if "channel" in frame.f_locals and "request" in frame.f_locals:
                answer = {"id": frame.f_locals["request"]["id"], "value": "first"}
                frame.f_locals["channel"].send(json.dumps(answer).encode() + b"\\n")
            frame = frame.f_back
        return "second"
    def g(): return "right"
    """
    first, second, third = await run(code, "f()", "g()", "g()", unsafe=unsafe)
    assert first.value == "first"
    assert second.kind == "crashed"
    assert "interfered" in second.detail
    assert third.value == "right"


async def test_cancelling_kills_the_child_at_once(unsafe: bool) -> None:
    started = asyncio.Event()
    pids: list[int] = []

    async def endless() -> None:
        code = "import os\ndef f(x=0): return os.getpid()\ndef loop():\n    while True: pass"
        async with Trial(subject(code), Limits(wall_s=100, total_s=100), unsafe=unsafe) as trial:
            await trial.load()
            pids.append((await trial.call("f()")).value)
            started.set()
            await trial.call("loop()")

    task = asyncio.create_task(endless())
    async with asyncio.timeout(60):
        await started.wait()
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


async def test_cancelling_at_any_moment_leaves_no_child_behind(unsafe: bool) -> None:
    async def short() -> None:
        async with Trial(subject("def f(x=0): return x"), LIMITS, unsafe=unsafe) as trial:
            await trial.load()
            await trial.compare("0", await trial.call("f()"))

    for delay in (0.0, 0.005, 0.02, 0.05, 0.1):
        task = asyncio.create_task(short())
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.wait([task])
    async with asyncio.timeout(60):
        while _children() or len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.01)


def _children() -> list[str]:
    children: list[str] = []
    for tasks in Path("/proc/self/task").iterdir():
        children += (tasks / "children").read_text().split()
    return children


async def test_the_environment_is_scrubbed(unsafe: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "secret")
    code = "import os\ndef f(x=0): return sorted(os.environ)"
    [outcome] = await run(code, "f()", unsafe=unsafe)
    assert set(outcome.value) <= {*confine.ENVIRONMENT, "LC_CTYPE"}


async def test_standard_input_is_empty(unsafe: bool) -> None:
    [outcome] = await run("import sys\ndef f(x=0): return sys.stdin.read()", "f()", unsafe=unsafe)
    assert outcome.value == ""


def test_printable_text_controls_no_terminal() -> None:
    assert printable("a\x1b[2Jb\nc\u202e") == "a\\x1b[2Jb\\nc\\u202e"
    assert printable("\ud800") == "\\ud800"
    assert len(printable("x" * 1000)) == 500
