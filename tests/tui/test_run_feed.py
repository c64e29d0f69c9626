"""Frames: what of a run's events reaches the workbench, and in which order."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from engine.endpoints.profiles import Profiles
from engine.errors import LiftError
from engine.sessions.store import SessionStore
from engine.stages import events as e
from engine.stages.jobs import RunRequest
from tests.support.chat_server import Answer
from tests.support.scripts import BODY, PROMPT, body, draft
from tests.tui.conftest import scripted
from tui.run_feed import Piece, RunFeed, SpecText, TypicalWait, fold


def delta(text: str, stage: e.Stage = "draft") -> e.TextDelta:
    return e.TextDelta(stage=stage, text=text)


def test_deltas_of_a_frame_are_one_piece_that_knows_how_many_they_were() -> None:
    assert fold([delta("a"), delta("b"), delta("c")]) == [Piece("draft", "abc", 3)]


def test_only_the_newest_partial_specification_is_turned_into_text() -> None:
    first, last = {"intent": {"summary": "A"}}, {"intent": {"summary": "AB"}}
    items = fold([delta("a"), e.SpecUpdated(partial=first), delta("b"), e.SpecUpdated(partial=last)])
    assert items[0] == Piece("draft", "ab", 2)
    assert len(items) == 2
    assert isinstance(items[1], SpecText)


def test_a_wait_between_two_texts_keeps_its_place() -> None:
    wait = e.StageWaiting(stage="implement", what="reading the prompt", elapsed_s=1)
    items = fold([delta("def f():\n", "implement"), wait, delta("x", "implement")])
    assert items == [Piece("implement", "def f():\n", 1), wait, Piece("implement", "x", 1)]


def test_stages_and_results_stay_in_order() -> None:
    started = e.StageStarted(stage="implement", at_s=1)
    items = fold([delta("a"), started, delta("b", "implement"), delta("c", "implement")])
    assert items == [Piece("draft", "a", 1), started, Piece("implement", "bc", 2)]


class Heard:
    """What a feed has told."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.frames = 0
        self.error: LiftError | None = None
        self.over = threading.Event()

    def frame(self, feed: RunFeed, items: list[Any]) -> None:
        self.frames += 1
        self.items += items

    def end(self, feed: RunFeed, error: LiftError | None) -> None:
        self.error = error
        self.over.set()


async def run(store: SessionStore, make_request: Any) -> Heard:
    import asyncio

    heard = Heard()
    feed = RunFeed(lambda: store, make_request, heard.frame, heard.end)
    feed.start()
    assert await asyncio.to_thread(heard.over.wait, 60)
    assert await asyncio.to_thread(feed.join, 5)
    return heard


async def test_all_that_is_streamed_arrives_in_far_fewer_frames(store: SessionStore) -> None:
    async with scripted(draft(), Answer(BODY + "```", piece=1, pause_s=0.001)) as server:
        heard = await run(store, lambda _: RunRequest(PROMPT, Profiles().get()))
        pieces = [item for item in heard.items if isinstance(item, Piece) and item.stage == "implement"]
        assert "".join(piece.text for piece in pieces).endswith(BODY)
        assert heard.frames < server.sent_pieces / 2
        assert isinstance(heard.items[-1], e.RunFinished)
        assert heard.error is None


async def test_an_error_before_the_run_is_told_once(store: SessionStore) -> None:
    def refuse(_: SessionStore) -> RunRequest:
        raise LiftError("No.", "Try something else.")

    heard = await run(store, refuse)
    assert str(heard.error) == "No.\nTry something else."
    assert heard.items == []


async def test_a_defect_becomes_a_message_and_a_file(store: SessionStore) -> None:
    heard = await run(store, lambda _: 1 // 0)
    assert heard.error is not None
    assert "ZeroDivisionError" in heard.error.what
    assert "crash.log" in heard.error.todo


async def test_a_cold_start_of_earlier_runs_tells_what_to_expect(store: SessionStore) -> None:
    session = store.sessions.create(PROMPT)
    for seconds in (12.0, 14.0, 40.0):
        past = store.runs.start(session.id, endpoint="scripted")
        store.runs.add_spans(past.id, [e.Span(stage="draft", name="queue", start_s=0, duration_s=seconds)])
        store.runs.finish(past.id, "finished", outcome="passed")
    async with scripted(draft(), body()):
        heard = await run(store, lambda _: RunRequest(PROMPT, Profiles().get()))
    assert heard.items[0] == TypicalWait(14.0)


@pytest.mark.parametrize("seconds", [[], [0.2, 0.9]])
def test_without_a_cold_start_on_record_nothing_is_expected(store: SessionStore, seconds: list[float]) -> None:
    session = store.sessions.create(PROMPT)
    past = store.runs.start(session.id, endpoint="box")
    store.runs.add_spans(past.id, [e.Span(stage="draft", name="queue", start_s=0, duration_s=s) for s in seconds])
    assert store.runs.typical_wait_s("box") is None
    assert store.runs.typical_wait_s("another") is None
