"""The whole way from prompt to saved session, against a server that plays a model word for word."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import Sampling
from engine.ir.text import parse
from engine.sessions.store import SessionStore
from engine.stages import pipeline
from engine.stages.events import Event, EventAdapter
from engine.stages.pipeline import Run, RunRequest
from tests.support.chat_server import Answer, chat_server
from tests.support.scripts import BODY, DRAFT, HEADER, PROMPT, SPEC, WRONG_BODY, body, compact, draft


@pytest.fixture
def store(tmp_path):
    with SessionStore(tmp_path / "sessions.db") as opened:
        yield opened


class Played:
    """A finished run: its events, and the server it talked to."""

    def __init__(self, events: list[Event], server) -> None:
        self.events = events
        self.server = server
        self.last = events[-1]

    def of(self, kind: str) -> list:
        return [event for event in self.events if event.type == kind]

    @property
    def session_id(self) -> str:
        return self.events[0].session_id


def profile(url, **fields):
    return Profile(name="scripted", url=url, **fields)


async def play(store, *answers, owner="llamacpp", during=None, hangs_up=False, **request):
    """Run the pipeline against ``answers``; ``during`` sees every event with the run."""
    async with chat_server(*answers, owner=owner) as server, httpx.AsyncClient() as client:
        asked = RunRequest(**{"prompt": PROMPT, "profile": profile(server.url)} | request)
        run = Run(asked, store, client)
        events = []
        async for event in run.events():
            events.append(event)
            if during:
                during(event, run)
        if hangs_up:
            await until(lambda: server.aborted)
    return Played(events, server)


async def until(condition):
    """Wait for something that the other side notices a moment later."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


async def test_a_prompt_becomes_checked_code(store):
    played = await play(store, draft(), body(), sampling=Sampling(temperature=0.5, seed=11, max_tokens=99))
    kinds = [event.type for event in played.events if event.type != "text-delta"]
    milestones = ["run-started", "stage-started", "spec-updated", "spec-finished", "stage-finished"]
    assert [kind for kind in dict.fromkeys(kinds) if kind in milestones] == milestones
    assert [(e.type, e.stage) for e in played.events if e.type in ("stage-started", "stage-finished")] == [
        (kind, stage) for stage in ("draft", "implement", "check") for kind in ("stage-started", "stage-finished")
    ]
    assert kinds[-2:] == ["span-finished", "run-finished"]
    assert played.last.status == "passed"
    assert played.last.error is None
    assert played.of("code-finished")[0].code == f"{HEADER}\n{BODY}"
    said = "".join(event.text for event in played.of("text-delta") if event.stage == "implement")
    assert said == f"{HEADER}\n{BODY}"
    assert {result.result.status for result in played.of("check-finished")} <= {"passed", "skipped"}
    assert [r.result.clause for r in played.of("check-finished") if r.result.kind == "example"] == [
        "examples[0]",
        "examples[1]",
    ]


async def test_every_phase_is_timed_once_and_in_order(store):
    played = await play(store, draft(), body())
    spans = [event.span for event in played.of("span-finished")]
    names = [(span.stage, span.name) for span in spans]
    asked = ["connect", "queue", "prefill", "decode", "verify", "assemble"]
    for stage in ("draft", "implement"):
        assert [name for where, name in names if where == stage] == asked
    assert {name for where, name in names if where == "check"} == {
        "check.parse",
        "check.signature",
        "check.examples",
        "check.assertions",
    }
    assert names[-1] == ("save", "save")
    assert all(0 <= span.start_s <= played.last.duration_s and span.duration_s >= 0 for span in spans)


async def test_a_run_is_saved_as_it_was(store):
    priced = {"usd_per_million_prompt_tokens": 1e6, "usd_per_million_completion_tokens": 0.0}
    async with chat_server(draft(), body()) as server, httpx.AsyncClient() as client:
        asked = RunRequest(PROMPT, profile(server.url, **priced), sampling=Sampling(temperature=0.5, seed=11))
        events = [event async for event in Run(asked, store, client).events()]
    played = Played(events, server)
    session = store.sessions.get(played.session_id)
    (run,) = store.runs.list(session.id)
    assert (run.status, run.outcome, run.error) == ("finished", "passed", None)
    assert (run.endpoint, run.seed, run.temperature) == ("scripted", 11, 0.5)
    assert run.prompt_version
    assert [prompt.text for prompt in store.sessions.prompts(session.id)] == [PROMPT]
    head = store.drafts.head(session.id)
    assert head.ir == played.of("spec-finished")[0].ir
    (code,) = store.codes.list(session.id)
    assert code.code == played.of("code-finished")[0].code
    checks = store.codes.checks(code.id)
    assert [check.name for check in checks] == [event.result.name for event in played.of("check-finished")]
    assert store.runs.spans(run.id) == [event.span for event in played.of("span-finished")]
    usage = store.runs.usage(run.id)
    assert [usage[stage].cached_tokens for stage in ("draft", "implement")] == [3, 5]
    assert played.last.usage == usage["draft"] + usage["implement"]
    assert played.last.usage.prompt_tokens == 20
    assert played.last.cost_usd == run.cost_usd == 20.0
    assert store.runs.text(run.id) == {}


async def test_the_second_request_continues_the_first(store):
    played = await play(store, draft(), body(), sampling=Sampling(temperature=0.5, seed=11, max_tokens=99))
    first, second = played.server.requests
    assert second["messages"][: len(first["messages"])] == first["messages"]
    said = second["messages"][len(first["messages"]) :]
    assert said[0] == {"role": "assistant", "content": compact(DRAFT)}
    assert said[-1] == {"role": "assistant", "content": f"```python\n{HEADER}\n"}
    for request in (first, second):
        assert (request["seed"], request["temperature"], request["max_tokens"]) == (11, 0.5, 99)
        assert request["grammar"]


async def test_code_that_does_not_keep_the_specification_fails(store):
    played = await play(store, draft(), body(WRONG_BODY))
    assert played.last.status == "failed"
    failed = [e.result for e in played.of("check-finished") if e.result.status == "failed"]
    assert failed[0].name == "clamp(15, 0, 10) == 10"
    assert "15" in failed[0].detail
    assert store.runs.list(played.session_id)[0].status == "finished"


async def test_imports_are_added(store):
    played = await play(store, draft(ensures=[], raises=[]), body("    return re.sub('1', '', str(math.pi)) and 10\n"))
    assert played.of("code-finished")[0].code.startswith("import math\nimport re\n\n\ndef clamp(")


async def test_a_draft_outside_the_grammar_is_stopped_at_once(store):
    text = '{"summary":"ok", "name":"clamp"' + " " * 400
    played = await play(store, Answer(text, pause_s=0.01), hangs_up=True)
    assert played.last.status == "broken"
    (failed,) = played.of("stage-failed")
    assert failed.partial_text == '{"summary":"ok'  # the deltas before the one with the offence
    assert "at character 16" in failed.error["what"]
    assert failed.error["kind"] == "contract"
    (run,) = store.runs.list(played.session_id)
    assert (run.status, run.outcome) == ("failed", "broken")
    assert store.runs.text(run.id) == {"draft": failed.partial_text}


async def test_code_outside_the_grammar_is_stopped_and_kept_with_its_header(store):
    text = "    low = 1\n    import os\n    return os.getpid()\n" + " " * 300
    played = await play(store, draft(), Answer(text, pause_s=0.01), hangs_up=True)
    assert played.last.status == "broken"
    (failed,) = played.of("stage-failed")
    assert failed.stage == "implement"
    assert failed.partial_text.startswith(f"{HEADER}\n    low = 1\n")
    assert r"cannot follow '    low = 1\n    import o'" in failed.error["what"]
    run = store.runs.list(played.session_id)[0]
    assert store.runs.text(run.id)["implement"] == failed.partial_text
    assert store.drafts.head(played.session_id) is not None


async def test_a_draft_that_ends_too_early_is_broken(store):
    played = await play(store, Answer(compact(DRAFT)[:50]))
    assert played.last.status == "broken"
    assert "stopped in the middle" in played.last.error["what"]


async def test_running_out_of_tokens_is_told_and_counted(store):
    played = await play(store, Answer(compact(DRAFT)[:50], finish="length"), sampling=Sampling(max_tokens=50))
    assert played.last.status == "broken"
    assert "all of its 50 tokens" in played.last.error["what"]
    assert "--max-tokens" in played.last.error["todo"]
    assert played.last.usage.completion_tokens == 50


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (replace(draft(), cut_after=21), "stream-broken"),
        (replace(draft(), error_after=21), "stream-broken"),
        (Answer(status=500), "endpoint-refused"),
        (Answer(status=401), "endpoint-refused"),
        (Answer(body="<html>"), "endpoint-refused"),
    ],
)
async def test_an_endpoint_that_fails_ends_the_run_and_keeps_what_came(store, answer, kind):
    played = await play(store, answer)
    assert played.last.status == "unreachable"
    assert played.last.error["kind"] == kind
    assert played.last.error["todo"]
    (failed,) = played.of("stage-failed")
    assert failed.partial_text == ("" if answer.status != 200 or answer.body else compact(DRAFT)[:21])
    assert store.runs.list(played.session_id)[0].status == "failed"


async def test_an_endpoint_that_dies_during_the_code_leaves_the_specification(store):
    played = await play(store, draft(), replace(body(), cut_after=28))
    assert played.last.status == "unreachable"
    assert played.of("stage-failed")[0].partial_text == f"{HEADER}\n{BODY[:28]}"
    assert store.drafts.head(played.session_id).ir.signature.name == "clamp"


async def test_nobody_listening_is_unreachable(store):
    async with chat_server() as server:
        url = server.url
    async with httpx.AsyncClient() as client:
        events = [e async for e in Run(RunRequest(PROMPT, profile(url)), store, client).events()]
    assert events[-1].status == "unreachable"
    assert events[-1].error["kind"] == "endpoint-unreachable"


async def test_a_missing_key_is_the_users_to_mend(store, monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    async with httpx.AsyncClient() as client:
        asked = RunRequest(PROMPT, profile("http://127.0.0.1:9", key_env="NO_SUCH_KEY"))
        events = [e async for e in Run(asked, store, client).events()]
    assert events[-1].status == "error"
    assert events[-1].error["kind"] == "settings"


async def test_a_booting_server_is_waited_for(store, monkeypatch):
    monkeypatch.setattr("engine.endpoints.connect._PAUSE_S", 0.06)
    async with chat_server(draft(), body()) as server, httpx.AsyncClient() as client:
        server.booting = 2
        events = [e async for e in Run(RunRequest(PROMPT, profile(server.url)), store, client).events()]
    played = Played(events, server)
    assert played.last.status == "passed"
    assert any("not ready yet (HTTP 503)" in event.what for event in played.of("stage-waiting"))
    first = played.of("span-finished")[0].span
    assert (first.stage, first.name) == ("draft", "queue")
    assert first.duration_s >= 0.1


def cancel_in(stage, after=3):
    seen = 0

    def during(event, run):
        nonlocal seen
        if event.type == "text-delta" and event.stage == stage:
            seen += 1
            if seen == after:
                run.cancel()

    return during


@pytest.mark.parametrize("stage", ["draft", "implement"])
async def test_cancelling_stops_the_server_and_keeps_what_came(store, stage):
    slow = [replace(answer, pause_s=0.05) for answer in (draft(), body())]
    answers = slow if stage == "draft" else [draft(), slow[1]]
    played = await play(store, *answers, during=cancel_in(stage), hangs_up=True)
    assert played.last.status == "cancelled"
    assert played.last.error["kind"] == "cancelled"
    whole = compact(DRAFT) if stage == "draft" else f"{HEADER}\n{BODY}"
    (failed,) = played.of("stage-failed")
    assert failed.stage == stage
    assert whole.startswith(failed.partial_text)
    assert 10 < len(failed.partial_text) < len(whole)
    (run,) = store.runs.list(played.session_id)
    assert run.status == "cancelled"
    assert store.runs.text(run.id) == {stage: failed.partial_text}


async def test_cancelling_while_nothing_streams_yet(store):
    def during(event, run):
        if event.type == "stage-started":
            asyncio.get_running_loop().call_later(0.2, run.cancel)

    played = await play(store, Answer("x", before_first_s=3), during=during)
    assert played.last.status == "cancelled"
    assert played.last.duration_s < 2.5


async def test_cancelling_a_check_stops_the_code(store):
    def during(event, run):
        if event.type == "stage-started" and event.stage == "check":
            asyncio.get_running_loop().call_later(0.3, run.cancel)

    played = await play(store, draft(), body("    while True:\n        low += 1\n"), during=during)
    assert played.last.status == "cancelled"
    assert played.of("code-finished")
    assert store.codes.list(played.session_id)


async def test_a_run_cancelled_before_it_begins_never_asks(store):
    async with chat_server(draft()) as server, httpx.AsyncClient() as client:
        run = Run(RunRequest(PROMPT, profile(server.url)), store, client)
        run.cancel()
        events = [event async for event in run.events()]
    assert events[-1].status == "cancelled"
    assert server.requests == []


async def test_a_listener_that_leaves_stops_the_server(store):
    async with chat_server(replace(draft(), pause_s=0.05)) as server, httpx.AsyncClient() as client:
        events = Run(RunRequest(PROMPT, profile(server.url)), store, client).events()
        async for event in events:
            if event.type == "text-delta":
                break
        await events.aclose()
        await until(lambda: server.aborted)
        others = [task for task in asyncio.all_tasks() if "_drive" in str(task.get_coro())]
        assert others == []
    (session,) = store.listing.all()
    assert store.runs.list(session.id)[0].status == "interrupted"


async def test_a_cancelled_session_goes_on_from_its_specification(store):
    slow = replace(body(), pause_s=0.05)
    cancelled = await play(store, draft(), slow, during=cancel_in("implement"))
    head = store.drafts.head(cancelled.session_id)
    again = await play(store, body(), session_id=cancelled.session_id, ir=head.ir)
    assert again.last.status == "passed"
    assert again.session_id == cancelled.session_id
    assert [run.outcome for run in store.runs.list(again.session_id)] == ["cancelled", "passed"]
    assert store.drafts.head(again.session_id).id == head.id
    assert len(store.codes.list(again.session_id)) == 1


async def test_a_cancelled_draft_is_drafted_again_in_the_same_session(store):
    cancelled = await play(store, replace(draft(), pause_s=0.05), during=cancel_in("draft"))
    again = await play(store, draft(), body(), session_id=cancelled.session_id)
    assert again.last.status == "passed"
    assert [prompt.text for prompt in store.sessions.prompts(again.session_id)] == [PROMPT]
    assert store.drafts.head(again.session_id) is not None


async def test_a_specification_goes_straight_to_code(store):
    ir = parse(SPEC)
    played = await play(store, body(), ir=ir, prompt=ir.intent.summary)
    assert played.last.status == "passed"
    assert played.events[0].ir == ir
    assert played.events[0].ir_text == SPEC
    assert [event.stage for event in played.of("stage-started")] == ["implement", "check"]
    (request,) = played.server.requests
    assert json.loads(request["messages"][-3]["content"])["name"] == "clamp"
    assert store.sessions.get(played.session_id).origin == "spec"
    assert store.drafts.head(played.session_id).ir.content() == ir


async def test_a_server_without_grammars_is_held_to_the_same_contract(store):
    fenced = Answer("```json\n" + json.dumps(DRAFT, indent=2) + "\n```\nThat is the specification.")
    code = Answer(f"```python\nimport math\n\n{HEADER}\n{BODY}```\nThis function clamps.")
    played = await play(store, fenced, code, owner="somebody")
    assert played.last.status == "passed"
    assert played.of("code-finished")[0].code == f"import math\n\n{HEADER}\n{BODY}"
    first, second = played.server.requests
    assert first["response_format"]["type"] == "json_schema"
    assert second["messages"][-1]["role"] == "user"
    assert "response_format" not in second


async def test_a_server_that_promises_compact_json_has_to_keep_it(store):
    played = await play(store, Answer(json.dumps(DRAFT, indent=2)))
    assert played.last.status == "broken"


async def test_another_signature_is_a_broken_contract(store):
    other = Answer("def clamp(value, low, high):\n    return value\n")
    played = await play(store, draft(), other, owner="somebody")
    assert played.last.status == "broken"
    assert "cannot follow 'def clamp(value'" in played.last.error["what"]


async def test_the_model_can_be_chosen(store):
    played = await play(store, draft(), body(), model="another")
    assert {request["model"] for request in played.server.requests} == {"another"}
    assert played.events[0].model == "another"
    assert played.last.model == "scripted"  # what the server says it was


async def test_every_event_can_be_read_back(store):
    played = await play(store, draft(holes=[{"ask": "Inclusive?", "options": ["yes", "no"]}]), body())
    for event in played.events:
        assert EventAdapter.validate_json(event.model_dump_json()) == event


async def test_a_slow_start_is_a_queue_span(store, monkeypatch):
    monkeypatch.setattr(pipeline, "_SLOW_START_S", 0.0)
    played = await play(store, draft(), body())
    assert [e.span.name for e in played.of("span-finished")][:2] == ["queue", "connect"]
