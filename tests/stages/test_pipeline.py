"""The whole way from prompt to saved session, against a server that plays a model word for word."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from engine import prompts
from engine.endpoints.protocol import Sampling
from engine.endpoints.waking import Waits
from engine.ir.text import parse
from engine.stages import pipeline
from engine.stages.events import EventAdapter
from engine.stages.pipeline import Run, RunRequest
from tests.stages.play import Played, play, profile
from tests.support.chat_server import Answer, chat_server
from tests.support.scripts import BODY, DRAFT, HEADER, PROMPT, SPEC, VAGUE_PROMPT, WRONG_BODY, body, compact, draft


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


async def test_every_phase_is_timed_in_order(store):
    played = await play(store, draft(), body())
    spans = [event.span for event in played.of("span-finished")]
    names = [(span.stage, span.name) for span in spans]
    asked = ["connect", "queue", "prefill", "decode", "verify", "assemble"]
    assert [name for where, name in names if where == "draft"] == [*asked, "reconcile"]
    assert [name for where, name in names if where == "implement"] == asked
    parts = "parse compile signature load examples properties contracts raises termination effects types"
    assert [name for where, name in names if where == "check"] == [f"check.{part}" for part in parts.split()]
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


async def test_an_endpoint_is_paid_for_its_own_time_only(store):
    async with chat_server(draft(), body()) as server, httpx.AsyncClient() as client:
        paid = profile(server.url, usd_per_second=1.0)
        events = [e async for e in Run(RunRequest(PROMPT, paid), store, client).events()]
        server.answers = [replace(draft(), cut_after=14)]
        broken = [e async for e in Run(RunRequest(PROMPT, paid), store, client).events()]
    at = {(e.type, e.stage): e.at_s for e in events if e.type in ("stage-started", "stage-finished")}
    asking = sum(at["stage-finished", stage] - at["stage-started", stage] for stage in ("draft", "implement"))
    assert events[-1].cost_usd == pytest.approx(asking)
    assert events[-1].cost_usd < events[-1].duration_s
    assert 0 < broken[-1].cost_usd <= broken[-1].duration_s


async def test_the_code_is_asked_for_in_the_words_of_the_request(store):
    played = await play(store, draft(), body(), sampling=Sampling(temperature=0.5, seed=11, max_tokens=99))
    assert played.server.connections == 1
    first, second = played.server.requests
    *_, asked, given = second["messages"]
    assert len(second["messages"]) == len(prompts.code_preamble()) + 2
    assert (asked["role"], PROMPT in asked["content"]) == ("user", True)
    assert "clamp(15, 0, 10)" not in asked["content"], "the model's own examples are what its code is checked with"
    assert given == {"role": "assistant", "content": f"```python\n{HEADER}\n"}
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
    played = await play(
        store, draft(ensures=None, raises=[]), body("    return re.sub('1', '', str(math.pi)) and 10\n")
    )
    assert played.of("code-finished")[0].code.startswith("import math\nimport re\n\n\ndef clamp(")


async def test_a_draft_outside_the_grammar_is_stopped_at_once(store):
    text = '{"sig":"clamp(value: int) -> int", "name":"clamp"' + " " * 400
    played = await play(store, Answer(text, pause_s=0.01), hangs_up=True)
    assert played.last.status == "broken"
    (failed,) = played.of("stage-failed")
    assert failed.partial_text == '{"sig":"clamp(value: int) ->'  # the deltas before the one with the offence
    assert "at character 34" in failed.error["what"]
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
    monkeypatch.setattr("engine.endpoints.connect._WAITS", Waits(pause_s=0.15))
    async with chat_server(draft(), body()) as server, httpx.AsyncClient() as client:
        server.booting = 2
        events = [e async for e in Run(RunRequest(PROMPT, profile(server.url)), store, client).events()]
    played = Played(events, server)
    assert played.last.status == "passed"
    assert any("not ready yet (HTTP 503)" in event.what for event in played.of("stage-waiting"))
    first = played.of("span-finished")[0].span
    assert (first.stage, first.name) == ("draft", "queue")
    assert first.duration_s >= 0.25


async def test_a_specification_goes_straight_to_code(store):
    ir = parse(SPEC)
    played = await play(store, body(), ir=ir, prompt=ir.intent.summary)
    assert played.last.status == "passed"
    assert played.events[0].ir == ir
    assert played.events[0].ir_text == SPEC
    assert [event.stage for event in played.of("stage-started")] == ["implement", "check"]
    (request,) = played.server.requests
    asked = request["messages"][-2]["content"]
    assert "Clamp a value between two bounds." in asked
    assert "clamp(15, 0, 10) == 10" in asked, "a person's examples are told"
    assert store.sessions.get(played.session_id).origin == "spec"
    assert store.drafts.head(played.session_id).ir.content() == ir


async def test_a_server_without_grammars_is_held_to_the_same_contract(store):
    fenced = Answer("```json\n" + json.dumps(DRAFT, indent=2) + "\n```\nThat is the specification.")
    code = Answer(f"```python\nimport math\n\n{HEADER}\n{BODY}```\nThis function clamps.")
    played = await play(store, fenced, code, owner="somebody")
    assert played.last.status == "passed"
    code = played.of("code-finished")[0].code
    assert code == f"{HEADER}\n{BODY}".replace('"', "'")
    first, second = played.server.requests
    assert first["response_format"]["type"] == "json_schema"
    assert second["messages"][-1]["role"] == "user"
    assert "response_format" not in second


async def test_a_server_that_promises_compact_json_has_to_keep_it(store):
    played = await play(store, Answer(json.dumps(DRAFT, indent=2)))
    assert played.last.status == "broken"


async def test_another_signature_is_a_broken_contract(store):
    other = Answer("def clamp(x, low, high):\n    return x\n")
    played = await play(store, draft(), other, owner="somebody")
    assert played.last.status == "broken"
    assert f"does not have the header `{HEADER}`" in played.last.error["what"]


async def test_the_model_can_be_chosen(store):
    played = await play(store, draft(), body(), model="another")
    assert {request["model"] for request in played.server.requests} == {"another"}
    assert played.events[0].model == "another"
    assert played.last.model == "scripted"  # what the server says it was


async def test_every_event_can_be_read_back(store):
    played = await play(store, draft(ask=[["Inclusive?", "yes", "no"]]), body(), prompt=VAGUE_PROMPT)
    assert played.of("spec-finished")[0].ir.holes[0].options == ["yes", "no"]
    for event in played.events:
        assert EventAdapter.validate_json(event.model_dump_json()) == event


async def test_a_slow_start_is_a_queue_span(store, monkeypatch):
    monkeypatch.setattr(pipeline, "SLOW_START_S", 0.0)
    played = await play(store, draft(), body())
    assert [e.span.name for e in played.of("span-finished")][:2] == ["queue", "connect"]
