"""The app itself: its screens, the end, and the endpoint in the top line."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import ComposeResult
from textual.widgets import Static

from engine.endpoints.profiles import Profiles
from engine.sessions.store import SessionStore
from engine.stages.events import StageStarted, StageWaiting
from tests.support.scripts import body
from tests.support.terminal import Terminal
from tests.tui.conftest import NARROW, Workbench, scripted, settle
from tui.app import LiftApp
from tui.run_view import RunView
from tui.screens.endpoints import EndpointsScreen
from tui.screens.help import HelpScreen
from tui.screens.log import LogScreen
from tui.screens.page import Page
from tui.screens.settings import SettingsScreen
from tui.screens.workbench import WorkbenchScreen
from tui.widgets.choices import Choices
from tui.widgets.status_bar import StatusBar

ROOT = Path(__file__).parents[2]
LIFT = (sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main(sys.argv[1:]))")
CLEAN_END = b"\x1b[?1049l"
"""Leaving the alternate screen."""


def status(pilot) -> str:
    return str(pilot.app.screen_stack[0].query_one(StatusBar).render())


@pytest.mark.covers("app.help", "app.endpoints", "app.settings", "app.log", "page.close")
async def test_each_screen_has_a_key_and_escape_goes_back(workbench: Workbench, session_id: str):
    kinds = {"question_mark": HelpScreen, "m": EndpointsScreen, "comma": SettingsScreen, "L": LogScreen}
    async with workbench(size=NARROW) as pilot:
        for key, kind in kinds.items():
            await pilot.press(key)
            await settle(pilot)
            assert isinstance(pilot.app.screen, kind)
            await pilot.press("escape")
            await settle(pilot)
            assert isinstance(pilot.app.screen, WorkbenchScreen)


async def test_a_screen_that_is_open_comes_back_instead_of_a_second_one(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await pilot.press("m", "comma", "L", "m", "m")
        await settle(pilot)
        assert [type(screen) for screen in pilot.app.screen_stack] == [WorkbenchScreen, EndpointsScreen]


async def test_a_page_that_goes_ends_what_it_does_before_its_widgets_go(workbench: Workbench, session_id: str):
    read = asyncio.Event()

    class Lasting(Static):
        async def on_unmount(self) -> None:
            while self.screen.query(Choices):
                await asyncio.sleep(0)
            read.set()
            await asyncio.sleep(0.01)  # the page has lost a widget, and its worker goes on

    class Reader(Page):
        def body(self) -> ComposeResult:
            yield Choices()
            yield Lasting()

        def on_mount(self) -> None:
            self.run_worker(self._read())

        async def _read(self) -> None:
            await read.wait()
            self.query_one(Choices)

    async with workbench(size=NARROW) as pilot:
        await pilot.app.push_screen(Reader())
        await pilot.app.pop_screen()
        assert isinstance(pilot.app.screen, WorkbenchScreen)


async def test_the_top_line_says_whether_the_endpoint_is_warm(workbench: Workbench, session_id: str):
    async with workbench() as pilot:
        assert "local cold" in status(pilot)


async def test_a_remote_endpoint_is_not_asked_and_known_to_be_warm_after_a_run(
    workbench: Workbench, session_id: str, store: SessionStore
):
    async with scripted(body()) as server, workbench() as pilot:
        assert "scripted" in status(pilot)
        assert "warm" not in status(pilot)
        assert server.connections == 0
        await pilot.press("g")
        await settle(pilot)
        pilot.app.watch_endpoint()
        await settle(pilot)
        assert "scripted warm" in status(pilot)


async def test_the_top_line_tells_how_far_fetching_the_weights_has_come(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        run = RunView()
        run.feed([StageStarted(stage="implement", at_s=0.0)])
        run.feed([StageWaiting(stage="implement", what="fetching the weights", elapsed_s=3.0, fraction=0.4)])
        pilot.app.screen.show_run(run)
        await settle(pilot)
        assert "40%" in status(pilot)


async def test_the_session_that_was_asked_for_is_opened(workbench: Workbench, db: Path, store, session_id: str):
    store.sessions.create("A newer one.")
    app = LiftApp(db=db, session=session_id)
    async with app.run_test(size=NARROW) as pilot:
        await settle(pilot)
        assert app.screen.view.session.id == session_id


async def test_a_session_that_is_not_there_is_a_message(db: Path, store, session_id: str):
    app = LiftApp(db=db, session="zzz")
    async with app.run_test(size=NARROW) as pilot:
        await settle(pilot)
        assert app.screen.view.session.id == session_id
        assert "zzz" in app.failures[0][1].what


@pytest.mark.covers("app.interrupt")
async def test_ctrl_c_says_how_to_stop_and_does_not(workbench: Workbench, session_id: str):
    async with workbench() as pilot:
        await pilot.press("2", "ctrl+c")
        await settle(pilot)
        assert pilot.app.is_running
        assert "ctrl+q leaves Lift" in pilot.app.notices[-1].todo


@pytest.mark.covers("app.quit-always")
async def test_quitting_twice_is_harmless(workbench: Workbench, session_id: str):
    async with scripted(replace(body(), pause_s=0.1)), workbench() as pilot:
        await pilot.press("2", "g")
        await pilot.pause(0.2)
        await pilot.press("comma", "ctrl+q", "ctrl+q")
        await pilot.pause()
        assert pilot.app.return_code == 0


@pytest.mark.covers("app.cancel")
async def test_escape_stops_the_run_from_any_screen_below(workbench: Workbench, store: SessionStore, session_id: str):
    async with scripted(replace(body(), pause_s=0.05)) as server, workbench() as pilot:
        await pilot.press("2", "g")
        while server.sent_pieces < 2:
            await pilot.pause(0.02)
        await pilot.press("escape")
        await settle(pilot)
        assert [run.status for run in store.runs.list(session_id)] == ["cancelled"]


@pytest.fixture
def terminal(db: Path, session_id: str):
    """Opens the workbench on a terminal of its own."""
    opened: list[Terminal] = []

    def start(*arguments: str, program: tuple[str, ...] = LIFT, **env: str) -> Terminal:
        opened.append(Terminal([*program, *arguments], cwd=ROOT, env={"LIFT_DB": str(db), **env}))
        return opened[-1].read(until=lambda it: "Clamp a value" in it.shown)

    yield start
    for each in opened:
        each.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_a_clean_screen(terminal, number):
    shown = terminal()
    shown.process.send_signal(number)
    shown.read()
    assert shown.process.wait(30) == 0
    assert CLEAN_END in shown.raw
    assert "Traceback" not in shown.text


def test_a_terminal_that_goes_away_ends_it(terminal, db: Path):
    shown = terminal()
    shown.hang_up()
    assert shown.process.wait(30) in (0, 1)


@pytest.mark.covers("app.suspend")
def test_ctrl_z_suspends_and_the_workbench_comes_back(terminal):
    shown = terminal()
    shown.send("2").drain(0.5)
    shown.send("\x1a")
    pid, state = os.waitpid(shown.process.pid, os.WUNTRACED)
    assert pid == shown.process.pid
    assert os.WIFSTOPPED(state)
    shown.drain(0.5)
    assert CLEAN_END in shown.raw
    shown.process.send_signal(signal.SIGCONT)
    shown.read(until=lambda it: it.raw.rindex(b"\x1b[?1049h") > it.raw.rindex(CLEAN_END) and "Clamp" in it.shown)
    shown.send("\x11").read()
    assert shown.process.wait(30) == 0


def test_options_of_the_workbench(terminal, db: Path, store: SessionStore, session_id: str):
    store.sessions.create("Clamp a value, the newer one.")
    shown = terminal("--db", str(db), "--session", session_id, "--endpoint", "http://127.0.0.1:9")
    shown.send("m").read(until=lambda it: "* http://127.0.0.1:9" in it.shown)
    shown.send("\x11").read()
    assert shown.process.wait(30) == 0


async def test_an_endpoint_for_this_sitting_does_not_become_the_current_one(db: Path, store):
    app = LiftApp(db=db, endpoint="http://127.0.0.1:9")
    assert app.profile().url == "http://127.0.0.1:9"
    assert Profiles().current == "local"
