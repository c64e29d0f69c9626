"""The main screen: panes, sizes, and opening the right session."""

from __future__ import annotations

import pytest

from engine.sessions.store import SessionStore
from tests.tui.conftest import MEDIUM, NARROW, WIDE, Workbench, settle
from tui.app import LiftApp
from tui.screens.workbench import WorkbenchScreen


def screen(pilot) -> WorkbenchScreen:
    assert isinstance(pilot.app.screen, WorkbenchScreen)
    return pilot.app.screen


def visible(pilot) -> list[str]:
    return [pane.id or "" for pane in screen(pilot).panes if pane.display and pane.region.area]


@pytest.mark.parametrize(("size", "count"), [(WIDE, 5), (MEDIUM, 2), (NARROW, 1), ((50, 24), 0), ((80, 15), 0)])
async def test_the_terminal_decides_how_many_panes_show(workbench: Workbench, size, count):
    async with workbench(size=size) as pilot:
        assert len(visible(pilot)) == count
        assert screen(pilot).query_one("#tiny").display == (count == 0)


@pytest.mark.covers("pane.sessions", "pane.spec", "pane.code", "pane.checks", "pane.timings")
async def test_each_pane_has_a_key(workbench: Workbench):
    async with workbench(size=NARROW) as pilot:
        for key, name in zip("12345", ("sessions", "spec", "code", "checks", "timings"), strict=True):
            await pilot.press(key)
            await settle(pilot)
            assert visible(pilot) == [name]


@pytest.mark.covers("pane.next", "pane.previous")
async def test_tab_goes_round(workbench: Workbench):
    async with workbench(size=NARROW) as pilot:
        await pilot.press("1", "tab")
        await settle(pilot)
        assert visible(pilot) == ["spec"]
        await pilot.press("shift+tab", "shift+tab")
        await settle(pilot)
        assert visible(pilot) == ["timings"]


async def test_the_session_of_the_last_sitting_is_opened(workbench: Workbench, store: SessionStore, session_id: str):
    store.sessions.create("A newer one.")
    async with workbench() as pilot:
        assert isinstance(pilot.app, LiftApp)
        pilot.app.memory.set("session", session_id)
    async with workbench() as pilot:
        view = screen(pilot).view
        assert view is not None
        assert view.session.id == session_id


@pytest.mark.covers("app.quit")
async def test_quitting_ends_with_0(workbench: Workbench):
    async with workbench() as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert pilot.app.return_code == 0
