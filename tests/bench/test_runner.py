"""Tasks run through the pipeline and past it, and what their records say."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from engine.bench.raw import message_of
from engine.bench.records import Baseline, Record
from engine.bench.results import Ledger
from engine.bench.runner import FAULTS, Bench, EndpointGone, Progress, phases
from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import Sampling
from engine.errors import SandboxFailed
from engine.sessions.store import SessionStore
from tests.bench.making import ADD, BODY, SPEC, VAGUE, draft_of, header_of, returning
from tests.support.chat_server import Answer, ChatServer, chat_server
from tests.support.modal_server import TOKEN, Scenario, modal_server

ALL = (draft_of(), BODY)
"""What a model says in one run of the pipeline, the one that warms up included."""


class Scripted:
    """A bench on a scripted server, with a store for single tasks."""

    def __init__(self, bench: Bench, server: ChatServer, store: SessionStore) -> None:
        self.bench, self.server, self.store = bench, server, store
        self.said: list[tuple[Record, Progress]] = []

    async def lift(self, task, **options) -> Record:
        return await self.bench.lift(task, self.store, **options)

    async def run(self, rounds, ledger: Ledger) -> list[Record]:
        await self.bench.run(rounds, ledger, on_record=lambda *said: self.said.append(said))
        return ledger.records


@asynccontextmanager
async def scripted(*answers: str | Answer, tmp_path: Path, unsafe: bool, **options):
    async with AsyncExitStack() as stack:
        given = (answer if isinstance(answer, Answer) else Answer(text=answer) for answer in answers)
        server = await stack.enter_async_context(chat_server(*given))
        client = await stack.enter_async_context(httpx.AsyncClient())
        store = stack.enter_context(SessionStore(tmp_path / "single.db"))
        profile = Profile(name="scripted", url=server.url)
        yield Scripted(Bench(profile, client, tmp_path, unsafe=unsafe, **options), server, store)


@asynccontextmanager
async def on_modal(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unsafe: bool, **options):
    """A bench on a scripted deployment, which answers each request by what it asks for."""
    monkeypatch.setenv("MODAL_KEY", TOKEN)
    async with modal_server(scenario) as modal, httpx.AsyncClient() as client:
        modal.reply = by_request
        profile = modal.profile(usd_per_second=0.001)
        yield modal, Bench(profile, client, tmp_path, unsafe=unsafe, **options)


def asked_for(request: dict) -> str:
    said = request["messages"]
    first = next(message["content"] for message in said if message["role"] == "user")
    if len(said) == 1 and first.startswith("Please"):
        return "raw"
    return "plain" if len(said) == 1 else "code" if first.startswith("Write a Python") else "draft"


def by_request(request: dict) -> Answer:
    code = "def add(a, b):\n    return a + b\n"
    texts = {"draft": draft_of(), "code": BODY, "raw": code, "plain": f"Sure:\n```python\n{code}```\nIt adds."}
    return Answer(texts[asked_for(request)], before_first_s=0.05)


async def test_a_right_answer_is_recorded_with_its_times_and_tokens(tmp_path, unsafe):
    async with scripted(Answer(draft_of(), cached_tokens=4), BODY, tmp_path=tmp_path, unsafe=unsafe) as on:
        record = await on.lift(ADD)
    assert record.error is None
    assert (record.ir_valid, record.compiles, record.passed, record.own_checks_passed) == (True, True, True, True)
    assert (record.verdict, record.failures, record.dropped) == ("pass", [], 0)
    assert "def add(a: int, b: int) -> int:" in record.code
    assert "ensures(result == a + b)" in record.ir_text
    assert (record.model, record.holes, record.asked_right, record.repairs) == ("scripted", [], None, 0)
    assert {"draft", "implement", "check"} <= record.stage_seconds.keys()
    assert record.seconds >= record.stage_seconds["draft"] > 0
    assert record.usage == record.stage_usage["draft"] + record.stage_usage["implement"]
    assert record.tokens == record.usage.prompt_tokens + record.usage.completion_tokens
    assert record.usage.cached_tokens == record.stage_usage["draft"].cached_tokens == 4
    assert {"prefill", "decode", "check.examples"} <= {span.name for span in record.spans}
    assert record.load is None or record.load >= 0
    assert record.first_token_s is not None
    assert 0 < record.first_token_s < record.seconds
    assert set(record.draft_fields) == {"sig", "examples", "ensures"}
    assert all(took >= 0 for took in record.draft_fields.values())
    assert (record.server_s, record.overhead_s) == (0, None)  # this server does not say what it spent


async def test_the_overhead_is_what_the_server_does_not_account_for(tmp_path, unsafe, monkeypatch):
    def told(self, writer, data):
        if "usage" in data:
            data = {**data, "timings": {"prompt_ms": 1.0, "predicted_ms": 2.0}}
        self._raw(writer, f"data: {json.dumps(data)}\n\n")

    monkeypatch.setattr(ChatServer, "_chunk", told)
    async with scripted(*ALL, tmp_path=tmp_path, unsafe=unsafe) as on:
        record = await on.lift(ADD)
    assert record.server_s == pytest.approx(0.006)
    queued = record.span_s("queue")
    assert record.overhead_s == pytest.approx(record.seconds - queued - 0.006)


async def test_wrong_code_that_its_own_checks_let_through_is_told_apart(tmp_path, unsafe):
    spec = SPEC.replace("    ensures(result == a + b)\n", "")
    async with scripted(draft_of(spec), "    return 3 + 0 * (a + b)\n", tmp_path=tmp_path, unsafe=unsafe) as on:
        unseen = await on.lift(ADD)
    async with scripted(draft_of(), "    return 4\n", tmp_path=tmp_path, unsafe=unsafe) as on:
        seen = await on.lift(ADD)
    assert (unseen.passed, unseen.own_checks_passed, unseen.verdict) == (False, True, "UNSEEN")
    assert (seen.passed, seen.own_checks_passed, seen.verdict) == (False, False, "fail")
    assert seen.repairs > 0
    assert unseen.why == "add(2, 3): expected 5, got 3"


async def test_an_ambiguous_task_is_scored_by_its_questions_and_its_code_is_made_all_the_same(tmp_path, unsafe):
    hole = '    hole("direction", kind="intent", type=str, ask="In which order?", options=["up", "down"])\n'
    async with scripted(draft_of(SPEC + hole), BODY, tmp_path=tmp_path, unsafe=unsafe) as on:
        asked = await on.lift(VAGUE)
    async with scripted(*ALL, tmp_path=tmp_path, unsafe=unsafe) as on:
        silent = await on.lift(VAGUE.model_copy(update={"prompt": "Convert the date."}))
    assert (asked.asked_right, asked.passed, asked.verdict, asked.tested) == (True, True, "asked", False)
    assert asked.holes == ["In which order?"]
    assert "return a + b" in asked.code
    assert (silent.asked_right, silent.passed, silent.verdict) == (False, False, "silent")


async def test_a_broken_contract_fails_the_task_and_is_settled(tmp_path, unsafe):
    async with scripted("no draft at all", tmp_path=tmp_path, unsafe=unsafe) as on:
        record = await on.lift(ADD)
    assert (record.ir_valid, record.compiles, record.passed, record.own_checks_passed) == (False, False, False, False)
    assert record.error is not None
    assert record.error["kind"] == "contract"
    assert record.settled
    assert record.dropped == 2


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("raw", f"Please write a Python function. {ADD.prompt}\n\nAnswer with the code only."),
        ("plain", ADD.prompt),
    ],
)
async def test_a_baseline_asks_the_model_itself(tmp_path, unsafe, mode: Baseline, message: str):
    answer = Answer(text="Sure:\n```python\ndef plus(x, y):\n    return x + y\n```\nIt adds.", cached_tokens=3)
    sampling = Sampling(temperature=0.5, seed=7, max_tokens=99)
    async with scripted(answer, tmp_path=tmp_path, unsafe=unsafe, sampling=sampling) as on:
        record = await on.bench.directly(mode, ADD, repeat=2)
    (request,) = on.server.requests
    assert request["messages"] == [{"role": "user", "content": message}]
    assert (request["temperature"], request["seed"], request["max_tokens"]) == (0.5, 8, 99)
    assert (record.mode, record.compiles, record.passed, record.ir_valid) == (mode, True, True, None)
    assert record.code == "def plus(x, y):\n    return x + y\n"
    assert record.usage.cached_tokens == 3
    assert record.stage_usage == {mode: record.usage}
    assert record.stage_seconds == {mode: record.seconds}
    assert {span.stage for span in record.spans} == {mode}
    assert [span.name for span in record.spans][-2:] == ["prefill", "decode"]
    assert record.seconds > 0
    assert record.first_token_s is not None


def test_a_prompt_with_braces_is_sent_as_it_is():
    prompt = "Turn {name} into {}."
    assert message_of("plain", prompt) == prompt
    assert prompt in message_of("raw", prompt)


def test_repetitions_go_round_and_the_baselines_come_last_without_what_is_ambiguous():
    lift, raw, plain = phases([ADD, VAGUE], repeat=2, baselines=["plain", "raw"])
    assert [(job.task.name, job.repeat) for job in lift] == [(t.name, n) for n in (1, 2) for t in (ADD, VAGUE)]
    for jobs, mode in ((raw, "raw"), (plain, "plain")):
        assert [(job.mode, job.task.name, job.repeat) for job in jobs] == [(mode, ADD.name, 1), (mode, ADD.name, 2)]
    assert len({job.key for job in (*lift, *raw, *plain)}) == 8
    assert [jobs[0].mode for jobs in phases([ADD], baselines=["plain"])] == ["lift", "plain"]


async def test_repetitions_differ_by_seed(tmp_path, unsafe):
    sampling = Sampling(temperature=0.5, seed=7)
    async with scripted(*ALL * 2, tmp_path=tmp_path, unsafe=unsafe, sampling=sampling) as on:
        first, second = await on.lift(ADD, repeat=1), await on.lift(ADD, repeat=2)
    assert [request["seed"] for request in on.server.requests] == [7, 7, 8, 8]
    assert first.key != second.key


async def test_tasks_run_at_once_and_each_baseline_waits_for_all_of_them(tmp_path, unsafe, monkeypatch):
    order: list[str] = []
    at_once = 0

    async with on_modal(Scenario(warm=True), tmp_path, monkeypatch, unsafe, concurrency=3) as (modal, bench):

        def reply(request):
            nonlocal at_once
            order.append(asked_for(request))
            at_once = max(at_once, modal._active + 1)
            return by_request(request)

        modal.reply = reply
        tasks = [returning("(2, 3)", "5", name=f"t{number}") for number in range(4)]
        ledger = Ledger(tmp_path / "out.json", header_of(), resume=False)
        await bench.run(phases(tasks, baselines=["raw", "plain"]), ledger, on_record=lambda *_: None)
    assert at_once > 1
    assert order[-8:] == ["raw"] * 4 + ["plain"] * 4
    assert {order.count("raw"), order.count("plain")} == {4}
    assert [record.mode for record in ledger.records] == ["lift"] * 4 + ["raw"] * 4 + ["plain"] * 4
    assert all(record.passed for record in ledger.records)
    assert ledger.records[0].cost_usd > 0


async def test_cold_starts_the_endpoint_before_each_task(tmp_path, unsafe, monkeypatch):
    scenario = Scenario(boot_s=0.3)
    async with on_modal(scenario, tmp_path, monkeypatch, unsafe) as (modal, bench):

        async def chill() -> None:
            assert modal._active == 0
            modal.become(scenario)

        bench.chill = chill
        ledger = Ledger(tmp_path / "out.json", header_of(cold=True), resume=False)
        tasks = [returning("(2, 3)", "5", name=name) for name in ("a", "b")]
        await bench.run(phases(tasks, cold=True), ledger, on_record=lambda *_: None)
    assert modal.boots == 2
    assert [record.cold for record in ledger.records] == [True, True]
    for record in ledger.records:
        assert record.span_s("queue") > 0.3
        assert record.first_token_s is not None
        assert record.first_token_s > 0.3


async def test_the_first_task_finds_the_endpoint_warm(tmp_path, unsafe):
    async with scripted(*ALL * 2, tmp_path=tmp_path, unsafe=unsafe) as on:
        records = await on.run(phases([ADD]), Ledger(tmp_path / "out.json", header_of(), resume=False))
    assert [record.name for record in records] == [ADD.name]
    warming = on.server.requests[0]["messages"][-1]["content"]
    assert warming != ADD.prompt
    assert on.server.requests[2]["messages"][-1]["content"] == ADD.prompt
    ((_, progress),) = on.said
    assert (progress.done, progress.total, progress.left_s) == (1, 1, 0)


async def test_what_is_there_is_not_asked_for_again(tmp_path, unsafe):
    tasks = [returning("(2, 3)", "5", name=name) for name in ("a", "b")]
    async with scripted(*ALL * 3, tmp_path=tmp_path, unsafe=unsafe) as on:
        ledger = Ledger(tmp_path / "out.json", header_of(), resume=False)
        await on.run(phases(tasks[:1]), ledger)
        await on.run(phases(tasks), ledger)
        asked = len(on.server.requests)
        await on.run(phases(tasks), ledger)
    assert [record.name for record, _ in on.said] == ["a", "b"]
    assert len(on.server.requests) == asked  # not even to warm up


async def test_an_endpoint_that_has_gone_ends_the_run_and_its_records_are_to_be_repeated(tmp_path, unsafe):
    gone = Answer(status=500)
    tasks = [returning("()", "1", name=f"t{number}") for number in range(FAULTS + 2)]
    async with scripted(*map(Answer, ALL), gone, tmp_path=tmp_path, unsafe=unsafe) as on:
        ledger = Ledger(tmp_path / "out.json", header_of(), resume=False)
        with pytest.raises(EndpointGone, match=f"{FAULTS} tasks in a row"):
            await on.run(phases(tasks), ledger)
        assert len(on.said) == FAULTS
        assert not any(record.settled for record in ledger.records)
        assert all(record.verdict == "error" for record in ledger.records)
    again = Ledger(tmp_path / "out.json", header_of(), resume=True)
    assert again.records == []


async def test_a_sandbox_that_fails_says_nothing_about_the_model(tmp_path, unsafe, monkeypatch):
    async def fail(*_: object, **__: object) -> None:
        raise SandboxFailed("It does not start.")

    monkeypatch.setattr("engine.bench.runner.score", fail)
    async with scripted(*ALL, tmp_path=tmp_path, unsafe=unsafe) as on:
        record = await on.lift(ADD)
    assert (record.settled, record.verdict) == (False, "error")


async def test_an_endpoint_that_never_answers_ends_the_run_before_any_task(tmp_path, unsafe):
    async with scripted(Answer(status=500), tmp_path=tmp_path, unsafe=unsafe) as on:
        with pytest.raises(EndpointGone):
            await on.run(phases([ADD]), Ledger(tmp_path / "out.json", header_of(), resume=False))
    assert on.said == []


async def test_cancelling_drops_the_task_under_way_and_hangs_up(tmp_path, unsafe):
    slow = Answer(draft_of(), pause_s=0.05)
    async with scripted(*ALL * 2, slow, tmp_path=tmp_path, unsafe=unsafe) as on:
        ledger = Ledger(tmp_path / "out.json", header_of(), resume=False)
        tasks = [returning("(2, 3)", "5", name=name) for name in ("a", "b")]
        running = asyncio.create_task(on.run(phases(tasks), ledger))
        while len(on.server.requests) < 5:
            await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        while not on.server.aborted:
            await asyncio.sleep(0.01)
    assert [record.name for record in ledger.records] == ["a"]
