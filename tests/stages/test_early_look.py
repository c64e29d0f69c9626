"""Code that uses a name which is defined nowhere is stopped while it streams; code that may become right is not."""

from __future__ import annotations

import asyncio

import pytest

from engine.endpoints.protocol import Sampling
from engine.stages import check_types
from engine.stages.answer import ATTEMPTS
from engine.stages.clock import RunClock
from engine.stages.early_look import EarlyLook, undefined
from tests.stages.play import play
from tests.support.chat_server import Answer
from tests.support.scripts import BODY, HEADER, body, draft

LOST = "    span = hihg - low\n"
LONG = "".join(f"    step{number} = value + {number}\n" for number in range(50))
SHORT = "    if span < 0:\n        return low\n    return value\n"


def slow(text: str) -> Answer:
    """An answer that lasts longer than any type check, unless it is stopped."""
    return Answer(text, piece=2, pause_s=0.03)


def spans(played) -> list[tuple[str, str]]:
    return [(event.span.stage, event.span.name) for event in played.of("span-finished")]


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The modules that the type checker is started for."""
    seen: list[str] = []
    real = check_types._findings

    async def findings(code):
        seen.append(code)
        return await real(code)

    monkeypatch.setattr(check_types, "_findings", findings)
    return seen


async def test_an_undefined_name_stops_the_answer_and_another_one_is_taken(store):
    played = await play(store, draft(), slow(LOST + LONG), body(), sampling=Sampling(seed=3), hangs_up=True)
    (dropped,) = played.of("answer-dropped")
    assert (dropped.stage, dropped.attempt) == ("implement", 1)
    assert dropped.reason == "Line 2 uses `hihg`, which is defined nowhere."
    assert played.server.aborted == 1
    assert played.last.status == "passed"
    (finished,) = played.of("code-finished")
    assert finished.code == f"{HEADER}\n{BODY}"
    _, first, second = played.server.requests
    assert second["temperature"] > first["temperature"]
    assert second["seed"] != first["seed"]
    assert spans(played).count(("implement", "types")) == 1


async def test_the_line_is_told_as_the_model_wrote_it(store):
    commented = f"    # how far apart\n    size = math.floor(low)\n{LOST}{LONG}"
    played = await play(store, draft(), slow(commented), body(), hangs_up=True)
    (dropped,) = played.of("answer-dropped")
    assert dropped.reason == "Line 4 uses `hihg`, which is defined nowhere."
    assert played.last.status == "passed"


async def test_code_that_is_taken_out_of_prose_is_only_checked(store, asked):
    said = Answer(f"{HEADER}\n{LOST}{SHORT}", pause_s=0.002)
    played = await play(store, draft(), said, owner="somebody", repairs=0)
    assert played.of("answer-dropped") == []
    (finished,) = played.of("code-finished")
    assert asked == [finished.code]


async def test_the_last_attempt_is_let_through_to_the_checks(store, asked):
    # What the type checker said of the first attempt it says of the others at once.
    hasty = Answer(LOST + SHORT, pause_s=0.002)
    played = await play(store, draft(), slow(LOST + LONG), hasty, hasty, repairs=0)
    assert [event.attempt for event in played.of("answer-dropped")] == [*range(1, ATTEMPTS)]
    (finished,) = played.of("code-finished")
    assert finished.code == f"{HEADER}\n{LOST}{SHORT}"
    assert asked == [f"{HEADER}\n{LOST}", finished.code]
    assert played.last.status == "failed"
    (types,) = [event.result for event in played.of("check-finished") if event.result.kind == "types"]
    assert (types.status, types.line) == ("failed", 2)


NESTED = """\
    def clamped():
        return max(low, min(value, top))
    pick = lambda: top
    floor = math.floor(low) * 0
    top = high
    if low > top:
        raise ValueError("low is above high")
    return clamped() + floor * pick()
"""


async def test_a_nested_function_may_use_what_is_bound_later(store, asked):
    played = await play(store, draft(), Answer(NESTED, pause_s=0.002))
    assert played.of("answer-dropped") == []
    (finished,) = played.of("code-finished")
    assert asked == [finished.code], "only the finished code"
    assert ("implement", "types") not in spans(played)
    assert played.last.status == "passed"


async def test_code_without_unknown_names_starts_no_type_checker(store, asked):
    counting = "    counts = Counter([low, high])\n    assert math.floor(counts[low]) > 0\n"
    played = await play(store, draft(), Answer(counting + BODY, pause_s=0.002))
    (finished,) = played.of("code-finished")
    assert finished.code.startswith("import math\nfrom collections import Counter\n")
    assert asked == [finished.code], "only the finished code"
    assert ("implement", "types") not in spans(played)


async def test_without_a_type_checker_nothing_is_dropped(store, monkeypatch):
    missing = []

    def find() -> str:
        missing.append(True)
        raise FileNotFoundError

    monkeypatch.setattr("ty.find_ty_bin", find)
    played = await play(store, draft(), Answer(LOST + SHORT, pause_s=0.002), repairs=0)
    assert len(missing) == 2, "while it streamed, and by the checks"
    assert played.of("answer-dropped") == []
    (finished,) = played.of("code-finished")
    assert finished.code == f"{HEADER}\n{LOST}{SHORT}"
    assert ("implement", "types") not in spans(played)
    (types,) = [event.result for event in played.of("check-finished") if event.result.kind == "types"]
    assert (types.status, types.detail) == ("skipped", "The type checker `ty` is not installed.")


async def test_a_look_ends_with_its_stream(store, monkeypatch):
    ended = []
    real = check_types._findings

    async def findings(code):
        if code.endswith(SHORT):
            assert ended == [f"{HEADER}\n{LOST}"], "the checks come after it"
            return await real(code)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(code)

    monkeypatch.setattr(check_types, "_findings", findings)
    played = await play(store, draft(), Answer(LOST + SHORT, pause_s=0.002), repairs=0)
    assert played.of("answer-dropped") == []
    assert len(ended) == 1
    assert ("implement", "types") not in spans(played)
    assert played.last.status == "failed", "the checks say what nobody waited for"


async def test_a_cancelled_stream_takes_its_look_along(store, monkeypatch):
    ended = []

    def during(event, run):
        if event.type == "text-delta" and event.stage == "implement" and asking.is_set():
            run.cancel()

    async def findings(code):
        asking.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(code)

    asking = asyncio.Event()
    monkeypatch.setattr(check_types, "_findings", findings)
    played = await play(store, draft(), slow(LOST + LONG), during=during, hangs_up=True)
    assert played.last.status == "cancelled"
    assert ended == [f"{HEADER}\n{LOST}"]


class Types:
    """Finds fault with the given lines, once it may answer."""

    def __init__(self, *lines: int) -> None:
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()
        self.lines = frozenset(lines)

    async def undefined_lines(self, code: str) -> frozenset[int]:
        self.asked.append(code)
        await self.may_answer.wait()
        return self.lines


async def looked_at(types: Types, code: str) -> str:
    """The complaint about ``code`` that comes character by character."""
    types.may_answer.set()
    async with EarlyLook("implement", types, f"{HEADER}\n", RunClock()) as look:
        for end in range(len(code) + 1):
            look.hear(code[:end])
            await asyncio.sleep(0)
    return look.complaint


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("    a = x\n    b", "    a = x\n"),
        ("    a = x\n    # so\n\n    b", "    a = x\n"),
        ("    for a in [low]:\n        c = x\n    d", "    for a in [low]:\n        c = x\n"),
        ("    if low:\n        c = x\n    e", "    if low:\n        c = x\n"),
        ("    a = [\n    x,\n    ]\n    b", "    a = [\n    x,\n    ]\n"),
    ],
)
async def test_a_statement_is_looked_at_once_it_cannot_grow(code, statement):
    types = Types(2, 3)
    assert await looked_at(types, code[:-1]) == ""
    assert types.asked == []
    assert "uses `x`, which is defined nowhere" in await looked_at(types, code)
    assert types.asked == [f"{HEADER}\n{statement}"]


@pytest.mark.parametrize(
    "code",
    [
        "    for a in [low]:\n        b = a and x\n    # so far\n",
        "    for a in [low]:\n        b = a and x\n        x",
        "    try:\n        a = x\n    e",
        "    def a():\n        nonlocal b\n        return 1\n    c = x + math.pi\n    d",
    ],
)
async def test_what_may_go_on_is_not_looked_at(code):
    types = Types(2, 3, 4, 5)
    assert await looked_at(types, code) == ""
    assert types.asked == []


async def test_a_name_that_the_type_checker_lets_pass_is_asked_about_once():
    types = Types()
    assert await looked_at(types, "    if False:\n        a = x\n    b = 1\n    c = x\n    d = y\n    e") == ""
    assert [code.count("\n") for code in types.asked] == [3, 6]


async def test_one_look_at_a_time_and_the_latest_text_next():
    types = Types(4)
    text = ""
    async with EarlyLook("implement", types, f"{HEADER}\n", RunClock()) as look:
        for name in "abc":
            text += f"    {name}1 = {name}\n"
            look.hear(f"{text}    z")
            await asyncio.sleep(0)
        assert types.asked == [f"{HEADER}\n    a1 = a\n"]
        types.may_answer.set()
        while not look.complaint:
            await asyncio.sleep(0)
    assert types.asked[1:] == [f"{HEADER}\n{text}"]
    assert look.complaint == "Line 4 uses `c`, which is defined nowhere."


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a = x", ["x"]),
        ("a = f(b.c for b in x)", ["f", "x"]),
        ("a = f(y for b in x)", ["f", "x"]),
        ("a = sum(y for b in x)", ["x", "y"]),
        ("a = ''.join(y for b in x)", ["x", "y"]),
        ("a = [b for b in x if y]", ["x", "y"]),
        ("a = [b for b in value]", []),
        ("a = lambda b=x: y", ["x"]),
        ("@x\n    def a(b=y, *, c=z) -> u:\n        return v", ["x", "y", "z"]),
        ("class A(x):\n        b = y", ["x"]),
        ("a: x = 1", []),
        ("a: x", []),
        ("a = print(f'{x}')", ["x"]),
        ("a = (b := value) and b", []),
        ("import x\n    a = x.y", []),
        ("a = f", ["f"]),
        ("a = clamp(value, low)", []),
    ],
)
def test_names_that_are_read_at_once_and_bound_nowhere(code, names):
    assert sorted(undefined(f"def clamp(value: Unknown, low: int) -> Other:\n    {code}\n")) == names
