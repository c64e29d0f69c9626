"""The history of runs, and two of them compared."""

from __future__ import annotations

import pytest

from engine.sessions.store import SessionStore
from engine.stages.events import Span, Usage
from tests.support.scripts import body
from tests.tui.conftest import MEDIUM, NARROW, WIDE, Workbench, scripted, settle
from tests.tui.test_generate import told
from tests.tui.test_timings import SPANS, USAGE
from tui.run_words import ended
from tui.screens.compare import CompareScreen
from tui.screens.runs import RunList, RunsScreen
from tui.stored_run import conditions, differences, read_runs
from tui.widgets.waterfall_view import WaterfallView


@pytest.fixture
def ran(store: SessionStore, session_id: str) -> str:
    """The session with three runs: one that passed, one twice as slow that failed a check, one stopped early."""
    fast = store.runs.start(session_id, "generate", endpoint="gpu", model="big")
    store.runs.add_spans(fast.id, SPANS)
    for stage, usage in USAGE.items():
        store.runs.add_usage(fast.id, stage, usage)
    store.runs.finish(fast.id, "finished", outcome="passed", cost_usd=0.01)
    slow = store.runs.start(session_id, "implement", endpoint="local", model="small")
    store.runs.add_spans(
        slow.id,
        [
            Span(stage="implement", name="decode", start_s=0, duration_s=19),
            Span(stage="check", name="check.examples", start_s=19, duration_s=1),
        ],
    )
    store.runs.add_usage(slow.id, "implement", Usage(prompt_tokens=10, completion_tokens=60))
    store.runs.finish(slow.id, "finished", outcome="failed")
    stopped = store.runs.start(session_id, "implement", endpoint="local", model="small")
    store.runs.finish(stopped.id, "cancelled", outcome="cancelled")
    return session_id


def lines(pilot) -> list[str]:
    return [str(option.prompt) for option in pilot.app.screen.query_one(RunList).options]


# Arithmetic --------------------------------------------------------------------------------------


def test_differences_go_stage_by_stage(store: SessionStore, ran: str) -> None:
    fast, slow, _ = read_runs(store, ran)
    rows = {row.stage: row for row in differences(fast, slow)}
    assert list(rows) == ["draft", "implement", "check", "save", "total"]
    assert rows["draft"].seconds == (8.0, None)
    assert rows["implement"].seconds == (1.5, 19.0)
    assert rows["implement"].tokens == (40, 60)
    assert rows["total"].seconds == (10.0, 20.0)
    assert rows["total"].tokens == (190, 60)


def test_conditions_name_what_differs_and_always_the_outcome(store: SessionStore, ran: str) -> None:
    fast, slow, stopped = read_runs(store, ran)
    assert conditions(fast, slow) == [
        ("outcome", "passed", "a check failed"),
        ("kind", "generate", "implement"),
        ("endpoint", "gpu", "local"),
        ("model", "big", "small"),
        ("cost", "$0.0100", "$0.0000"),
    ]
    assert [name for name, _, _ in conditions(slow, stopped)] == ["outcome"]


def test_every_end_has_words(store: SessionStore, session_id: str) -> None:
    outcomes = ("passed", "failed", "broken", "unreachable", "cancelled", "error")
    words = []
    for outcome in outcomes:
        run = store.runs.start(session_id, "generate")
        state = "cancelled" if outcome == "cancelled" else "finished" if outcome in ("passed", "failed") else "failed"
        words.append(ended(store.runs.finish(run.id, state, outcome=outcome)))
    assert words == ["passed", "a check failed", "contract broken", "endpoint failed", "stopped", "failed"]
    going = store.runs.start(session_id, "generate")
    assert ended(going) == "running"
    assert ended(store.runs.finish(going.id, "interrupted")) == "interrupted"


# The history -------------------------------------------------------------------------------------


@pytest.mark.covers("run.history")
@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW])
async def test_runs_are_listed_newest_first(workbench: Workbench, ran: str, size) -> None:
    async with workbench(size=size) as pilot:
        await pilot.press("H")
        await settle(pilot)
        assert isinstance(pilot.app.screen, RunsScreen)
        listed = [line.split() for line in lines(pilot)]
        assert [line[:3] for line in listed] == [
            ["3", "implement", "stopped"],
            ["2", "implement", "a"],
            ["1", "generate", "passed"],
        ]
        assert listed[2][-3:] == ["$0.0100", "gpu", "big"]
        assert "190" in listed[2]
        await pilot.press("escape")
        assert type(pilot.app.screen).__name__ == "WorkbenchScreen"


async def test_without_runs_the_key_for_one_is_named(workbench: Workbench, session_id: str) -> None:
    async with workbench() as pilot:
        await pilot.press("H")
        await pilot.pause()
        assert "Press g" in told(pilot)


@pytest.mark.covers("runs.down", "runs.up", "runs.last")
async def test_the_waterfall_is_that_of_the_run_under_the_cursor(workbench: Workbench, ran: str) -> None:
    async with workbench() as pilot:
        await pilot.press("H")
        await settle(pilot)
        bars = pilot.app.screen.query_one(WaterfallView)
        assert bars.lines == []
        await pilot.press("j")
        await settle(pilot)
        assert [line.split()[0] for line in bars.lines][:2] == ["implement", "check"]
        await pilot.press("G")
        await settle(pilot)
        assert bars.lines[0].startswith("draft")
        assert "190 written · $0.0100" in str(pilot.app.screen.query_one("#run-head").render())
        await pilot.press("k")
        await settle(pilot)
        assert bars.lines[0].startswith("implement")
        await pilot.press("enter")
        await pilot.pause()
        assert bars.has_focus


@pytest.mark.covers("runs.mark", "runs.compare")
async def test_two_marked_runs_are_compared(workbench: Workbench, ran: str) -> None:
    async with workbench() as pilot:
        await pilot.press("H")
        await settle(pilot)
        await pilot.press("space")
        assert lines(pilot)[0].startswith("●")
        await pilot.press("C")
        await pilot.pause()
        assert "Mark two runs" in told(pilot)
        await pilot.press("space", "j", "space", "G", "space", "C")
        await settle(pilot)
        assert isinstance(pilot.app.screen, CompareScreen)
        table = pilot.app.screen.copy_text()
        assert "outcome     passed → a check failed" in table
        assert any(
            line.split()[:1] == ["total"] and "+10.00 s" in line and "-130" in line for line in table.splitlines()
        )


async def test_without_marks_a_run_is_compared_with_the_one_before(workbench: Workbench, ran: str) -> None:
    async with workbench() as pilot:
        await pilot.press("H")
        await settle(pilot)
        await pilot.press("j", "C")
        await settle(pilot)
        assert isinstance(pilot.app.screen, CompareScreen)
        assert "passed → a check failed" in pilot.app.screen.copy_text()
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, RunsScreen)


async def test_a_run_that_ends_meanwhile_joins_the_list(workbench: Workbench, session_id: str) -> None:
    async with scripted(body()), workbench() as pilot:
        await pilot.press("g")
        await settle(pilot)
        await pilot.press("g", "H")
        await settle(pilot)
        assert isinstance(pilot.app.screen, RunsScreen)
        assert [line.split()[2] for line in lines(pilot)] == ["passed", "passed"]


# Two runs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW])
async def test_both_waterfalls_are_on_one_scale(workbench: Workbench, ran: str, size) -> None:
    async with workbench(size=size) as pilot:
        await pilot.press("H", "j", "C")
        await settle(pilot)
        one, other = pilot.app.screen.query(WaterfallView)
        assert one.scale_s == other.scale_s == 20.0
        assert one.lines
        assert other.lines
        whole = next(line for line in other.lines if line.startswith("implement"))
        assert whole.count("━") > 2 * next(line for line in one.lines if line.startswith("draft")).count("━")
        figures = pilot.app.screen.query_one("#figures")
        assert figures.region.area
        assert one.region.y == other.region.y if size != NARROW else one.region.y < other.region.y


@pytest.mark.covers("compare.swap", "compare.down", "compare.up")
async def test_the_two_runs_change_places_and_the_figures_scroll(workbench: Workbench, ran: str) -> None:
    async with workbench(size=NARROW) as pilot:
        await pilot.press("H", "j", "C")
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        assert isinstance(pilot.app.screen, CompareScreen)
        assert "outcome     a check failed → passed" in pilot.app.screen.copy_text()
        figures = pilot.app.screen.query_one("#figures")
        assert figures.max_scroll_y > 0
        await pilot.press("j")
        await pilot.wait_for_animation()
        assert figures.scroll_offset.y == 1
        await pilot.press("k")
        await pilot.wait_for_animation()
        assert figures.scroll_offset.y == 0
