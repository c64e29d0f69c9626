"""The time that endpoints spent, as sessions recorded it."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.stages.events import Span


def run(store, endpoint, *spans):
    session = store.sessions.create("x", origin="prompt")
    started = store.runs.start(session.id, endpoint=endpoint, model="m")
    store.runs.add_spans(
        started.id,
        [Span(stage=stage, name=name, start_s=start, duration_s=took) for stage, name, start, took in spans],
    )
    return session, started


def test_a_request_is_what_a_stage_asked(store):
    _, one = run(
        store,
        "gpu",
        ("draft", "queue", 0.0, 40.0),
        ("draft", "connect", 40.0, 0.1),
        ("draft", "queue", 40.1, 2.0),
        ("draft", "prefill", 42.1, 0.5),
        ("draft", "decode", 42.6, 3.0),
        ("draft", "verify", 42.6, 9.0),
        ("implement", "queue", 50.0, 0.2),
        ("implement", "prefill", 50.2, 0.1),
        ("implement", "decode", 50.3, 1.0),
        ("check", "check.examples", 52.0, 7.0),
        ("save", "save", 60.0, 0.1),
    )
    run(store, "local", ("draft", "decode", 0.0, 5.0))
    run(store, "gpu", ("draft", "queue", 0.0, 30.0))  # cancelled while it waited: nothing was computed
    found = store.spending.requests(["gpu"])
    assert [(r.run_id, r.stage, r.queue_s, r.busy_s) for r in found] == [
        (one.id, "draft", 42.0, 3.5),
        (one.id, "implement", 0.2, 1.1),
    ]
    assert store.spending.requests(["nobody"]) == store.spending.requests([]) == []
    assert len(store.spending.requests(["gpu", "local"])) == 3


def test_deleted_sessions_were_paid_for_too(store):
    session, _ = run(store, "gpu", ("draft", "decode", 0.0, 5.0))
    store.sessions.delete(session.id)
    assert len(store.spending.requests(["gpu"])) == 1


def test_what_is_older_can_be_left_out(store):
    run(store, "gpu", ("draft", "decode", 0.0, 5.0))
    assert store.spending.requests(["gpu"], since=datetime(2000, 1, 1, tzinfo=UTC))
    assert not store.spending.requests(["gpu"], since=datetime(2200, 1, 1, tzinfo=UTC))
