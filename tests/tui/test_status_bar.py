"""The top line: what it says, and what gives way where there is no room."""

from __future__ import annotations

import pytest

from engine.ir.text import parse
from engine.sessions.store import SessionStore
from tests.support.scripts import SPEC
from tests.tui.conftest import Workbench, settle
from tui.run_view import RunView
from tui.widgets.status_bar import StatusBar

UNFINISHED = SPEC.replace("low <= result", "lwo <= result") + '    hole("a", ask="A?")\n'


@pytest.fixture
def session_id(store: SessionStore) -> str:
    session = store.sessions.create("clamp")
    text = UNFINISHED.replace("Clamp a value between two bounds.", "Clamp a [b]value[/b] between two bounds, 値を挟む.")
    store.drafts.add(session.id, parse(text), parent=None)
    return session.id


def streaming(*, seconds: float) -> RunView:
    """A run that has been decoding for a while, by a clock that stands still."""
    now = [0.0]
    run = RunView(clock=lambda: now[0])
    run.kind, run.stage, run._first_delta_s = "refine", "refine", 0.0
    now[0] = seconds
    return run


@pytest.mark.parametrize(
    ("width", "has", "lacks"),
    [
        (
            200,
            ["Lift · Clamp a [b]value[/b] between two bounds, 値を挟む. · draft", "1 open question: o", "problem"],
            [],
        ),
        (200, ["refine: decode · 12 s · esc stops · local warm"], []),
        (100, ["Clamp a [b]value", "1 open question: o", "refine 12 s", "esc stops"], ["Lift ·"]),
        (60, ["Clamp", "1 open: o", "refine 12 s", "! "], ["Lift", "draft", "warm", "decode"]),
    ],
)
async def test_parts_give_way_in_order(workbench: Workbench, session_id, width, has, lacks):
    async with workbench(size=(width, 24)) as pilot:
        bar = pilot.app.screen.query_one(StatusBar)
        bar.show_endpoint("local warm")
        bar.show_run(streaming(seconds=12.4))
        line = bar.render()
        assert line.cell_length <= width - 2
        for part in has:
            assert part in line.plain
        for part in lacks:
            assert part not in line.plain


async def test_a_line_with_room_is_complete_and_fills_the_width(workbench: Workbench, store, session_id):
    async with workbench(size=(120, 24)) as pilot:
        bar = pilot.app.screen.query_one(StatusBar)
        bar.show_endpoint("local cold")
        line = bar.render()
        assert line.cell_length == 118
        assert line.plain.endswith("local cold")
        assert line.plain.startswith("Lift · ")


async def test_seconds_go_on_while_the_model_says_nothing(workbench: Workbench, session_id):
    now = [0.0]
    async with workbench(size=(80, 24)) as pilot:
        bar = pilot.app.screen.query_one(StatusBar)
        run = RunView(clock=lambda: now[0])
        bar.show_run(run)
        assert "starting 0 s" in bar.render().plain
        now[0] = 41.0
        while "starting 41 s" not in bar.render().plain:
            await pilot.pause(0.1)
        run.cancelling = True
        bar.show_run(run)
        assert "stopping …" in bar.render().plain
        run.error = {"kind": "cancelled", "what": "", "todo": ""}
        bar.show_run(run)
        assert "stopping" not in bar.render().plain


async def test_it_draws_only_what_is_new(workbench: Workbench, session_id, monkeypatch):
    """Frames come 20 times a second; the line changes once a second, and over SSH each drawing costs."""
    async with workbench(size=(80, 24)) as pilot:
        bar = pilot.app.screen.query_one(StatusBar)
        run = streaming(seconds=3.0)
        bar.show_run(run)
        drawn: list[int] = []
        monkeypatch.setattr(bar, "refresh", lambda *_, **__: drawn.append(1))
        for _ in range(25):
            bar.show_run(run)
        assert drawn == []
        bar.show_run(streaming(seconds=4.0))
        assert drawn == [1]


async def test_without_sessions_it_names_the_key(workbench: Workbench, monkeypatch):
    monkeypatch.setattr("engine.lifecycle.starter.starter_path", lambda: None)
    async with workbench(size=(60, 24)) as pilot:
        await settle(pilot)
        assert "no session yet: press n" in pilot.app.screen.query_one(StatusBar).render().plain
