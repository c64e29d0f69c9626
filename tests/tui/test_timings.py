"""The waterfall: its layout as pure arithmetic, and the pane that lets it grow while a run goes on."""

from __future__ import annotations

from typing import get_args

import pytest

from engine.sessions.store import SessionStore
from engine.stages import events as e
from engine.stages.events import Span, Usage
from tests.support.chat_server import Answer
from tests.support.scripts import BODY, body
from tests.tui.conftest import MEDIUM, NARROW, WIDE, Workbench, scripted, settle
from tests.tui.test_generate import told, until
from tui.run_view import OpenSpan, RunView
from tui.run_words import seconds
from tui.waterfall import STYLES
from tui.waterfall_layout import Timeline, axis, axis_end, choose, groups, place
from tui.widgets.notices import DOING
from tui.widgets.timings_pane import TimingsPane
from tui.widgets.waterfall_view import WaterfallView


def span(stage: e.Stage, name: str, start_s: float, duration_s: float) -> Span:
    return Span(stage=stage, name=name, start_s=start_s, duration_s=duration_s)


SPANS = (
    span("draft", "queue", 0.0, 4.0),
    span("draft", "prefill", 4.0, 1.0),
    span("draft", "decode", 5.0, 3.0),
    span("draft", "verify", 5.0, 0.0001),
    span("implement", "prefill", 8.0, 0.5),
    span("implement", "decode", 8.5, 1.0),
    span("check", "check.examples", 9.5, 0.5),
    span("save", "save", 9.9, 0.1),
)
USAGE = {
    "draft": Usage(prompt_tokens=700, cached_tokens=600, completion_tokens=150),
    "implement": Usage(prompt_tokens=800, cached_tokens=790, completion_tokens=40),
}


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


# Layout ------------------------------------------------------------------------------------------


def test_spans_are_grouped_by_stage_with_tokens_and_their_rate() -> None:
    found = groups(Timeline.stored(SPANS, USAGE))
    assert [(group.whole.stage, group.whole.start_s, group.whole.duration_s) for group in found] == [
        ("draft", 0.0, 8.0),
        ("implement", 8.0, 1.5),
        ("check", 9.5, 0.5),
        ("save", 9.9, pytest.approx(0.1)),
    ]
    assert (found[0].whole.tokens, found[0].whole.rate) == (150, 50.0)
    assert [bar.name for bar in found[0].parts] == ["queue", "prefill", "decode"]  # verify is too short to be seen
    assert found[2].parts[0].name == "examples"


def test_a_stage_that_is_entered_again_is_a_group_of_its_own() -> None:
    spans = [*SPANS[4:7], span("repair", "decode", 10, 1), span("check", "check.examples", 11, 1)]
    assert [group.whole.stage for group in groups(Timeline.stored(spans, {}))] == [
        "implement",
        "check",
        "repair",
        "check",
    ]


def test_what_goes_on_is_the_last_bar() -> None:
    lasting = OpenSpan("implement", "decode", 8.5, 9.25)
    found = groups(Timeline(SPANS[:5], USAGE, lasting, tokens=30, rate=40.0, total_s=9.25))
    assert found[-1].whole.open
    assert found[-1].parts[-1].open
    assert found[-1].parts[-1].duration_s == 0.75
    assert (found[-1].whole.tokens, found[-1].whole.rate) == (30, 40.0)


@pytest.mark.parametrize(
    ("doing", "name"),
    [("loading the model", "queue"), ("reading the prompt", "prefill"), ("waiting", "queue"), ("decode", "decode")],
)
def test_a_wait_has_the_name_that_its_span_will_have(doing: str, name: str) -> None:
    found = groups(Timeline((), {}, OpenSpan("draft", doing, 0.0, 1.0), total_s=1.0))
    assert found[0].parts[0].name == name


def test_little_room_shows_stages_and_the_longest_spans_of_the_latest() -> None:
    found = groups(Timeline.stored(SPANS, USAGE))
    names = [bar.name or bar.stage for bar in choose(found, 4)]
    assert names == ["draft", "implement", "check", "save"]
    names = [bar.name or bar.stage for bar in choose(found, 7)]
    assert names == ["draft", "queue", "implement", "prefill", "decode", "check", "save"]
    everything = choose(found, 3, detail=True)
    assert len(everything) == len(found) + sum(len(group.parts) for group in found)
    assert len(choose(found, 99, detail=False)) == len(found)


def test_the_axis_ends_at_round_numbers() -> None:
    assert [axis_end(total) for total in (0, 0.9, 1.2, 2.5, 7, 11, 31, 100, 101)] == [
        1,
        1,
        1.5,
        3,
        8,
        15,
        40,
        100,
        150,
    ]


def test_bars_lie_within_the_room_and_are_never_empty() -> None:
    assert place(0, 10, 10, 40) == (0, 40)
    assert place(5, 0.001, 10, 40) == (20, 1)
    assert place(10, 3, 10, 40) == (39, 1)
    for start in range(0, 100, 7):
        first, length = place(start / 10, 2, 10, 33)
        assert first >= 0
        assert length >= 1
        assert first + length <= 33


def test_the_axis_names_beginning_middle_and_end() -> None:
    assert axis(10, 21) == "0         5      10 s"
    assert axis(10, 5) == " 10 s"


def test_seconds_are_as_exact_as_they_are_worth() -> None:
    assert [seconds(value) for value in (0.004, 9.99, 42.51, 720)] == ["0.00 s", "9.99 s", "42.5 s", "12.0 min"]


# The pane ----------------------------------------------------------------------------------------


@pytest.fixture
def timed(store: SessionStore, session_id: str) -> str:
    """The session with a run of known timings."""
    run = store.runs.start(session_id, "generate", endpoint="gpu", model="big")
    store.runs.add_spans(run.id, SPANS)
    for stage, usage in USAGE.items():
        store.runs.add_usage(run.id, stage, usage)
    store.runs.finish(run.id, "finished", outcome="passed", cost_usd=0.0123)
    return session_id


def pane(pilot) -> TimingsPane:
    return pilot.app.screen.query_one(TimingsPane)


def bars(pilot) -> WaterfallView:
    return pane(pilot).query_one(WaterfallView)


def head(pilot) -> str:
    return str(pilot.app.screen.query_one("#timings-head").render())


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW])
async def test_a_stored_run_is_shown_at_every_size(workbench: Workbench, timed: str, size) -> None:
    async with workbench(size=size) as pilot:
        await pilot.press("5")
        await settle(pilot)
        assert head(pilot).startswith("generate: passed · gpu big · 10.0 s")
        assert "1,500 prompt tokens (1,390 cached), 190 written" in head(pilot)
        assert head(pilot).endswith("$0.0123")
        lines = bars(pilot).lines
        assert [line.split()[0] for line in lines if not line.startswith(" ")] == [
            "draft",
            "implement",
            "check",
            "save",
        ]
        draft = next(line for line in lines if line.startswith("draft"))
        assert "━" in draft
        assert "8.00 s" in draft
        assert "150 tok" in draft
        assert all(len(line) <= bars(pilot).size.width for line in lines)


@pytest.mark.covers("waterfall.detail", "waterfall.down", "waterfall.up", "waterfall.last")
async def test_a_flat_pane_folds_the_stages_and_enter_unfolds_them(workbench: Workbench, timed: str) -> None:
    async with workbench(size=(200, 30)) as pilot:
        await pilot.press("5")
        await settle(pilot)
        view = bars(pilot)
        assert view.size.height == 3
        assert [line.split()[0] for line in view.lines] == ["draft", "implement", "check", "save"]
        await pilot.press("enter")
        await pilot.pause()
        assert len(view.lines) > 8
        await pilot.press("home", "j", "j")
        await settle(pilot)
        assert view.scroll_offset.y == 2
        await pilot.press("k")
        await settle(pilot)
        assert view.scroll_offset.y == 1
        await pilot.press("G")
        await settle(pilot)
        assert view.scroll_offset.y == len(view.lines) - 3
        await pilot.press("enter")
        await pilot.pause()
        assert len(view.lines) == 4


async def test_a_run_grows_live_and_is_replaced_by_what_was_stored(workbench: Workbench, session_id: str) -> None:
    async with scripted(Answer(BODY + "```", piece=2, pause_s=0.03)), workbench() as pilot:
        await pilot.press("g")
        await until(pilot, lambda: any("decode" in line and ">" in line for line in bars(pilot).lines))
        assert "tokens/s" in head(pilot) or "writing" in head(pilot)
        assert pane(pilot)._timer is not None
        await settle(pilot)
        assert pane(pilot)._timer is None
        assert not any(">" in line for line in bars(pilot).lines)
        assert head(pilot).startswith("implement: passed · scripted")


async def test_a_wait_is_shown_as_what_it_is(workbench: Workbench, session_id: str) -> None:
    async with workbench() as pilot:
        clock = Clock()
        run = RunView(clock=clock)
        run.feed(
            [
                e.RunStarted(session_id=session_id, kind="implement", prompt="", endpoint="local", model="m"),
                e.StageStarted(stage="implement", at_s=0.0),
                e.StageWaiting(stage="implement", what="loading the model", elapsed_s=0, fraction=0, typical_s=5),
            ]
        )
        clock.now += 3
        pane(pilot).show_run(run)
        assert head(pilot).startswith("implement: loading the model, 3 s so far; typical 5 s")
        assert any(line.strip().startswith("queue") and ">" in line for line in bars(pilot).lines)
        run.feed([e.RunFinished(session_id=session_id, status="cancelled", usage=Usage(), cost_usd=0, duration_s=3)])
        pane(pilot).end_run(run)


async def test_a_tick_redraws_only_what_goes_on(workbench: Workbench, session_id: str) -> None:
    async with workbench() as pilot:
        view = bars(pilot)
        lasting = OpenSpan("implement", "decode", 8.5, 9.0)
        view.show(Timeline(SPANS[:5], USAGE, lasting, tokens=10, rate=20.0, total_s=9.0))
        await settle(pilot)
        drawn: list[int] = []
        original = view.render_line
        view.render_line = lambda y: (drawn.append(y), original(y))[1]
        lasting = OpenSpan("implement", "decode", 8.5, 9.6)
        view.show(Timeline(SPANS[:5], USAGE, lasting, tokens=12, rate=20.0, total_s=9.6))
        await settle(pilot)
        changed = {view.lines[y].split()[0] for y in set(drawn)}
        assert changed == {"implement", "decode"}


async def test_cost_so_far_is_shown(workbench: Workbench, session_id: str) -> None:
    from engine.endpoints.profiles import Profile

    async with workbench() as pilot:
        clock = Clock()
        run = RunView(clock=clock)
        run.profile = Profile(name="gpu", url="http://x", usd_per_second=0.002)
        run.feed([e.StageStarted(stage="implement", at_s=0.0)])
        clock.now += 10
        pane(pilot).show_run(run)
        assert "$0.0200" in head(pilot)
        pane(pilot).end_run(run)


@pytest.mark.covers("timings.compare")
async def test_comparing_needs_two_runs(workbench: Workbench, store: SessionStore, timed: str) -> None:
    async with scripted(body()), workbench() as pilot:
        await pilot.press("5", "C")
        await pilot.pause()
        assert "no two runs" in told(pilot)
        await pilot.press("g")
        await settle(pilot)
        await pilot.press("5", "C")
        await settle(pilot)
        assert type(pilot.app.screen).__name__ == "CompareScreen"


@pytest.mark.parametrize("stage", get_args(e.Stage))
def test_every_stage_has_its_colour_and_its_words(stage: e.Stage) -> None:
    assert f"waterfall--{stage}" in WaterfallView.COMPONENT_CLASSES
    assert STYLES[stage]
    assert DOING[stage]


async def test_without_runs_the_key_for_one_is_named(workbench: Workbench, session_id: str) -> None:
    async with workbench() as pilot:
        assert "press g" in head(pilot)
        assert pane(pilot).copy_text() == ""


async def test_the_waterfall_is_copied_as_text(workbench: Workbench, timed: str) -> None:
    async with workbench() as pilot:
        copied = pane(pilot).copy_text().splitlines()
        assert copied[0].startswith("generate: passed")
        assert copied[1].startswith("draft")
