"""Failures: a message with the next step, kept in the log; never a traceback on the screen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.errors import LiftError
from tests.support.terminal import Terminal
from tests.tui.conftest import NARROW, Workbench, settle
from tui.app import LiftApp
from tui.app_failures import LONGEST_NOTICE
from tui.messages import Failed
from tui.screens.log import LogScreen

ROOT = Path(__file__).parents[2]


def shown(pilot) -> str:
    strips = pilot.app.screen._compositor.render_strips(pilot.app.size)
    return "\n".join("".join(part.text for part in strip) for strip in strips)


async def until(pilot, text: str) -> None:
    """Wait until ``text`` is on the screen."""
    while text not in shown(pilot):
        await pilot.pause(0.05)


@pytest.mark.covers("read.down", "read.up", "read.page-down", "read.page-up", "read.top", "read.end")
async def test_the_log_keeps_all_newest_first_and_can_be_read(workbench: Workbench):
    async with workbench(size=NARROW) as pilot:
        app = pilot.app
        assert isinstance(app, LiftApp)
        for number in range(20):
            app.post_message(Failed(LiftError(f"Thing {number} did not work.", f"Try {number} again.")))
        await settle(pilot)
        app.notify("In passing.", severity="warning")
        await pilot.press("2", "L")
        await settle(pilot)
        assert isinstance(app.screen, LogScreen)
        text = shown(pilot)
        assert text.index("! In passing.") < text.index("✗ Thing 19 did not work.") < text.index("Try 19 again.")
        assert "crash.log" in text.replace("\n", "").replace(" ", ""), text
        reading = app.screen.query_one("Reading")
        places = []
        for key in ("j", "down", "k", "pagedown", "pageup", "G", "home", "end"):
            await pilot.press(key)
            await pilot.pause(0.3)
            places.append(round(reading.scroll_y))
        assert places[0] == 1
        assert places[1] == 2
        assert places[2] == 1
        assert places[3] > 5
        assert places[4] < places[3]
        assert places[5] == places[7] == reading.max_scroll_y
        assert places[6] == 0
        assert "Thing 0 did not work." in shown(pilot)
        assert "Thing 7 did not work.\nTry 7 again." in app.screen.copy_text().replace("✗ ", "")


async def test_the_log_hears_of_news_while_it_is_open(workbench: Workbench):
    async with workbench(size=NARROW) as pilot:
        await pilot.press("2", "L")
        await settle(pilot)
        assert "Nothing went wrong" in shown(pilot)
        pilot.app.post_message(Failed(LiftError("It broke.", "Mend it.")))
        await until(pilot, "✗ It broke.")
        await until(pilot, "Mend it.")


async def test_a_long_failure_is_short_in_passing_and_whole_in_the_log(workbench: Workbench):
    async with workbench(size=NARROW) as pilot:
        todo = "word " * 100 + "the end"
        pilot.app.post_message(Failed(LiftError("It broke.", todo)))
        await settle(pilot)
        told = next(iter(pilot.app._notifications))
        assert len(told.message) < LONGEST_NOTICE + 30
        assert "L shows all" in told.message
        assert pilot.app.notices[-1].todo == todo


async def test_markup_and_control_characters_are_text(workbench: Workbench):
    async with workbench(size=NARROW) as pilot:
        pilot.app.post_message(Failed(LiftError("[bold]Not[/] \x1b[2J", "[/nothing]")))
        await pilot.press("2", "L")
        await settle(pilot)
        assert "[bold]Not[/] \\x1b[2J" in shown(pilot)
        assert "[/nothing]" in shown(pilot)


@pytest.mark.parametrize("size", [NARROW, (200, 50)])
async def test_a_failure_is_told_by_a_sign_too(workbench: Workbench, size):
    async with workbench(size=size, notifications=True) as pilot:
        pilot.app.post_message(Failed(LiftError("It broke.", "Mend it.")))
        await settle(pilot)
        await until(pilot, "✗ It broke.")


BREAKS = """
import sys
from tui.app import LiftApp

async def later():
    raise RuntimeError("thud")

def action_page(app, name):
    if name != "log":
        raise RuntimeError("boom")
    app.run_worker(later())

LiftApp.action_page = action_page
app = LiftApp()
app.run()
sys.exit(app.return_code)
"""


@pytest.fixture
def broken(own_home, db, session_id):
    terminal = Terminal([sys.executable, "-c", BREAKS], cwd=ROOT, env={"LIFT_DB": str(db), "PYTHONPATH": str(ROOT)})
    yield terminal.read(until=lambda it: "Clamp a value" in it.shown)
    terminal.end()


def test_a_defect_in_a_handler_ends_it_without_a_traceback(broken, own_home):
    broken.send("2").drain(0.5).send("m").read()
    assert broken.process.wait(30) == 70
    assert "Lift ran into a defect of its own (RuntimeError: boom)" in broken.text
    assert "Traceback" not in broken.text
    assert "action_page" not in broken.text
    assert "boom" in (own_home / "lift-state" / "crash.log").read_text()
    assert broken.screen.cursor.hidden is False


def test_a_defect_in_the_background_is_a_message_and_work_goes_on(broken, own_home):
    broken.send("2").drain(0.5).send("L").read(until=lambda it: "thud" in it.shown)
    assert broken.process.poll() is None
    assert "Traceback" in (own_home / "lift-state" / "crash.log").read_text()
    broken.send("\x11").read()
    assert "Traceback" not in broken.text
