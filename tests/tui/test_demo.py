"""The demo: its recording, its captions, the keys it presses, and those that steer it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from engine.sessions.store import SessionStore
from engine.stages.events import (
    CheckFinished,
    ClauseDoubted,
    RefinementProposed,
    RunFinished,
    RunStarted,
    StageStarted,
)
from tests.tui.conftest import MEDIUM, NARROW, WIDE
from tests.tui.test_generate import until
from tui.demo.app import DemoApp
from tui.demo.home import FOLDERS, private_home
from tui.demo.pace import Pace
from tui.demo.player import DemoError
from tui.demo.replay import Replay
from tui.demo.script import CAPTION_CELLS, SCRIPT, Press, Step, Type, Watch, keys_named, words
from tui.demo.tape import Tape, TapeError, read_tape, session_path, write_tape
from tui.keymap import shown_keys
from tui.known_bindings import known_bindings
from tui.widgets.demo_band import DemoBand

FAST = 1000.0
LOOK = (Step("Say it in plain English."), Step("{pane.checks}: the checks.", (Press("pane.checks"),)))
"""A script without a run."""


@pytest.fixture(scope="module")
def tape() -> Tape:
    """The recording that comes with Lift."""
    return read_tape(session_path())


def captions() -> list[str]:
    """Everything that is said."""
    watched = [act for step in SCRIPT for act in step.acts if isinstance(act, Watch)]
    return [step.caption for step in SCRIPT] + [said for watch in watched for said, _ in watch.stages.values()]


def presses() -> list[Press]:
    """Every key that is pressed."""
    acts = [act for step in SCRIPT for act in step.acts]
    during = [press for act in acts if isinstance(act, Watch) for _, press in act.stages.values() if press]
    return [act for act in acts if isinstance(act, Press)] + during


@asynccontextmanager
async def demo(
    db: Path, script=SCRIPT, *, size=MEDIUM, speed: float = FAST, tape: Tape | None = None
) -> AsyncIterator[tuple[DemoApp, Pilot[int], Pace]]:
    """The demo on a terminal of this size."""
    pace = Pace(speed)
    app = DemoApp(db, script, pace, Replay(tape or Tape(), pace))
    async with app.run_test(size=size) as pilot:
        yield app, pilot, pace


def band_of(app: DemoApp) -> str:
    return str(app.screen.query_one(DemoBand).render())


# The recording ---------------------------------------------------------------------------------


def test_the_recording_can_be_read_and_is_small(tape: Tape):
    assert session_path().stat().st_size < 200_000
    assert [run[0].event.kind for run in tape.runs if isinstance(run[0].event, RunStarted)] == [
        "generate",
        "refine",
        "implement",
    ]
    assert "qwen" in tape.model


def test_the_recording_has_true_times(tape: Tape):
    for run in tape.runs:
        times = [moment.at_s for moment in run]
        assert times == sorted(times)
        last = run[-1].event
        assert isinstance(last, RunFinished)
        assert last.status in ("open", "passed")
        assert 0.8 < times[-1] / last.duration_s < 1.25, "it plays as long as the run took"


def test_the_recording_shows_what_the_captions_promise(tape: Tape):
    seen = [moment.event for run in tape.runs for moment in run]
    failed = [event for event in seen if isinstance(event, CheckFinished) and event.result.status == "failed"]
    assert any(event.result.counterexample for event in failed), "an example fails"
    doubted = [event for event in seen if isinstance(event, ClauseDoubted)]
    assert [event.agreeing for event in doubted] == [3], "three implementations contradict it"
    assert {"draft", "implement", "check", "repair", "compare"} <= {
        event.stage for event in seen if isinstance(event, StageStarted)
    }
    proposed = [event for event in seen if isinstance(event, RefinementProposed)]
    assert {change.human for event in proposed for change in event.changes} == {True, False}, "one is the person's"


def test_a_recording_is_written_as_it_is_read(tape: Tape, tmp_path: Path):
    write_tape(tmp_path / "again.jsonl", tape)
    assert (tmp_path / "again.jsonl").read_bytes() == session_path().read_bytes()


@pytest.mark.parametrize(
    "text", ["", "nonsense", '{"format": 99, "model": ""}', '{"format": 1, "model": ""}\n{"run": 0, "at_s": 0}']
)
def test_what_is_no_recording_is_a_message(tmp_path: Path, text: str):
    path = tmp_path / "tape.jsonl"
    path.write_text(text)
    with pytest.raises(TapeError, match="demo-session"):
        read_tape(path)


def test_a_missing_recording_is_a_message(tmp_path: Path):
    with pytest.raises(TapeError, match="cannot be read"):
        read_tape(tmp_path / "none.jsonl")


# The captions ----------------------------------------------------------------------------------


def test_captions_fit_80_columns_with_their_keys():
    keys = {each.id: shown_keys(each.keys.split(",")[0]) for each in known_bindings()}
    shown = ["".join(text for text, _ in words(caption, keys)) for caption in captions()]
    assert [caption for caption in shown if len(caption) > CAPTION_CELLS] == []


def test_every_key_named_or_pressed_is_a_binding():
    known = {each.id for each in known_bindings()}
    named = {binding for caption in captions() for binding in keys_named(caption)}
    assert named | {press.binding for press in presses()} <= known
    assert len(named) >= 10


def test_every_key_named_is_pressed_or_leads_on():
    """What is taught is shown; only the help is left to the person."""
    named = {binding for caption in captions() for binding in keys_named(caption)}
    assert named - {press.binding for press in presses()} == {"app.help"}


def test_words_tell_keys_from_text():
    keys = {"a.b": "n", "c.d": "esc"}
    assert words("{a.b} begins, {c.d}", keys) == [(" n ", True), (" begins, ", False), (" esc ", True)]
    assert words("plain", {}) == [("plain", False)]


# The whole of it -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_whole_demo_ends_with_checked_code(tmp_path: Path, tape: Tape, size):
    db = tmp_path / "demo.db"
    async with demo(db, size=size, tape=tape) as (app, pilot, _):
        await until(pilot, app.ended.is_set, limit=2000)
        assert app.failure is None
        band = band_of(app)
        assert "every key" in band
        region = app.screen.query_one(DemoBand).region
        assert (region.bottom, region.height) == (size[1], 2)
    with SessionStore(db) as store:
        session = store.listing.page(limit=1).items[0]
        head = store.drafts.head(session.id)
        codes = store.codes.list(session.id)
        assert session.state == "finalized"
        assert head is not None
        assert "At least 12 characters" in head.ir.intent.rationale
        assert not head.ir.holes
        assert any(example.provenance.source == "human" for example in head.ir.examples)
        assert {check.status for check in store.codes.checks(codes[-1].id)} <= {"passed", "skipped"}
        assert [run.outcome for run in store.runs.list(session.id)] == ["open", "passed", "passed"]


async def test_every_caption_is_shown_above_nothing(tmp_path: Path):
    """The panes end where the band begins."""
    async with demo(tmp_path / "demo.db", LOOK, size=NARROW) as (app, pilot, _):
        await until(pilot, app.ended.is_set)
        top = app.screen.query_one(DemoBand).region.y
        assert top == NARROW[1] - 2
        assert max(widget.region.bottom for widget in app.screen.query("#panes, KeyLine")) == top


async def test_a_run_that_is_not_on_the_recording_ends_the_demo_with_a_message(tmp_path: Path):
    script = (Step("New.", (Press("session.new"), Type("Add up."), Press("ask.accept"), Watch({}))),)
    async with demo(tmp_path / "demo.db", script, tape=Tape()) as (app, pilot, _):
        await until(pilot, app.ended.is_set)
        assert isinstance(app.failure, DemoError)
        assert "Record it anew" in str(app.failure)


async def test_a_key_that_does_nothing_ends_the_demo_with_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tui.demo.player.KEY_PATIENCE_S", 0.3)
    async with demo(tmp_path / "demo.db", (Step("Pick.", (Press("holes.pick-1"),)),)) as (app, pilot, _):
        await until(pilot, app.ended.is_set)
        assert "holes.pick-1" in str(app.failure)


# Steering it -----------------------------------------------------------------------------------


@pytest.mark.covers("demo.pause", "demo.faster", "demo.slower", "demo.next")
async def test_it_pauses_changes_its_speed_and_hurries_on(tmp_path: Path):
    async with demo(tmp_path / "demo.db", LOOK, speed=0.25) as (app, pilot, pace):
        await until(pilot, lambda: "Say it" in band_of(app))
        await pilot.press("space")
        assert pace.paused
        assert "go on" in band_of(app)
        await pilot.press("plus", "plus", "minus")
        assert pace.speed == 0.5
        assert "0.5x" in band_of(app)
        await pilot.press("minus", "right")  # alone it would take ten seconds
        await until(pilot, lambda: "the checks" in band_of(app))
        assert (pace.paused, pace.hurried, pace.speed) == (False, False, 0.25)
        await pilot.press("space", "space")
        assert not pace.paused


@pytest.mark.covers("demo.end")
@pytest.mark.parametrize("key", ["escape", "q", "ctrl+q", "ctrl+c"])
async def test_it_can_be_ended_at_any_time(tmp_path: Path, key: str):
    async with demo(tmp_path / "demo.db", LOOK, speed=0.25) as (app, pilot, _):
        await until(pilot, lambda: "Say it" in band_of(app))
        await pilot.press(key)
        await until(pilot, lambda: not app.is_running)
        assert (app.return_code, app.failure) == (0, None)


async def test_other_keys_and_the_mouse_do_not_reach_the_workbench(tmp_path: Path):
    async with demo(tmp_path / "demo.db", LOOK, speed=0.25) as (app, pilot, _):
        await until(pilot, lambda: "Say it" in band_of(app))
        before = app.focused
        await pilot.press("n", "5", "tab", "question_mark", "ctrl+p", "comma")
        await pilot.click("#code")
        await pilot.pause()
        assert (len(app.screen_stack), app.focused) == (1, before)


# Its home --------------------------------------------------------------------------------------


def test_its_home_is_its_own_and_goes_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIFT_DB", "/nowhere/mine.db")
    before = {name: os.environ[name] for name in FOLDERS}
    with private_home() as db:
        assert db.is_file()
        assert {os.environ[name] for name in FOLDERS} == {str(db.parent)}
        assert "LIFT_DB" not in os.environ
    assert not db.parent.exists()
    assert {name: os.environ[name] for name in FOLDERS} == before
    assert os.environ["LIFT_DB"] == "/nowhere/mine.db"
