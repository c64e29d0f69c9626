"""An answer that breaks its contract, or does not end, is asked for again, differently."""

from __future__ import annotations

from engine.endpoints.protocol import Sampling
from engine.stages.answer import ATTEMPTS
from tests.stages.play import play
from tests.support.chat_server import Answer
from tests.support.scripts import BODY, HEADER, body, draft

LOOP = "    low = low\n" * 200


async def test_a_loop_is_stopped_early_and_asked_again_warmer(store):
    played = await play(store, draft(), Answer(LOOP, pause_s=0.001), body(), sampling=Sampling(seed=3))
    assert played.last.status == "passed"
    (dropped,) = played.of("answer-dropped")
    assert (dropped.stage, dropped.attempt) == ("implement", 1)
    assert "repeats itself" in dropped.reason
    assert played.server.sent_pieces * 7 < len(LOOP)
    _, first, second = played.server.requests
    assert (first["temperature"], first["seed"]) == (0.0, 3)
    assert second["temperature"] > first["temperature"]
    assert second["seed"] != first["seed"]
    assert second["messages"] == first["messages"]
    assert played.of("code-finished")[0].code == f"{HEADER}\n{BODY}"


async def test_what_was_dropped_is_not_kept(store):
    seen = []

    def during(event, run):
        seen.append(event.type)
        if event.type == "answer-dropped":
            seen.clear()

    played = await play(store, draft(), Answer(LOOP), body(), during=during)
    said = "".join(e.text for e in played.events[-len(seen) :] if e.type == "text-delta")
    assert said == f"{HEADER}\n{BODY}"
    run = store.runs.list(played.session_id)[0]
    assert store.runs.text(run.id) == {}


async def test_an_overlong_answer_is_stopped(store):
    long = "".join(f"    low = {number} + high\n" for number in range(300))
    played = await play(store, draft(), Answer(long), body())
    assert played.last.status == "passed"
    assert "far more than the request calls for" in played.of("answer-dropped")[0].reason


async def test_an_endpoint_without_grammars_is_told_what_was_wrong(store):
    code = Answer(f"Sure!\n```python\n{HEADER}\n    '''Clamp.'''\n{BODY}```\n")
    played = await play(store, draft(), Answer("No."), code, owner="somebody")
    assert played.last.status == "passed"
    _, first, second = played.server.requests
    said, wrong = second["messages"][len(first["messages"]) :]
    assert said == {"role": "assistant", "content": "No."}
    assert "no Python function clamp" in wrong["content"]


async def test_patience_ends(store):
    played = await play(store, draft(), Answer("    import os\n"))
    assert played.last.status == "broken"
    assert len(played.server.requests) == 1 + ATTEMPTS
    assert [event.attempt for event in played.of("answer-dropped")] == [1, 2]


async def test_a_limit_that_the_user_set_is_not_used_up_twice(store):
    played = await play(store, Answer('{"sig":"f(', finish="length"), sampling=Sampling(max_tokens=5))
    assert played.last.status == "broken"
    assert len(played.server.requests) == 1
