"""A run that is stopped, at any point, stops the server and keeps what it had made."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from engine.stages.pipeline import Run, RunRequest
from tests.stages.play import cancel_in, play, profile, until
from tests.support.chat_server import Answer, chat_server
from tests.support.scripts import BODY, DRAFT, HEADER, PROMPT, body, compact, draft


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

    played = await play(store, Answer("x", before_first_s=20), during=during)
    assert played.last.status == "cancelled"
    assert not played.of("text-delta"), "it waited for the answer"


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
        assert [task for task in asyncio.all_tasks() if "_drive" in str(task.get_coro())] == []
        await until(lambda: server.aborted)
    session, *_ = store.listing.all()  # the newest
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
