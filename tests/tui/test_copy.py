"""Copying: what the focused part shows, over OSC 52, through tmux, and what is too much for some terminals."""

from __future__ import annotations

import base64
import re
import stat
from pathlib import Path

import pytest

from engine.sessions.store import SessionStore
from tests.tui.conftest import NARROW, Workbench, settle
from tui.app import LiftApp
from tui.clipboard import LIMIT, encoded, keep_in_file, osc52, through_tmux
from tui.screens.workbench import WorkbenchScreen

CODE = "def clamp(value: int, low: int, high: int) -> int:\n    return max(low, min(value, high))\n"


@pytest.fixture(autouse=True)
def no_tmux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)


def test_the_sequence():
    assert base64.b64decode(osc52("é\n").removeprefix("\x1b]52;c;").removesuffix("\a")).decode() == "é\n"
    assert through_tmux("\x1b]52;c;eA==\a") == "\x1bPtmux;\x1b\x1b]52;c;eA==\a\x1b\\"


def test_lone_surrogates_do_not_break_it():
    assert base64.b64decode(encoded("a\ud800b")) == b"a?b"


def test_the_file_for_what_is_too_much_is_private(own_home):
    path = keep_in_file("text")
    assert path.read_text() == "text"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.covers("app.copy-session")
async def test_the_session_id_is_copied(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await pilot.press("2", "Y")
        await settle(pilot)
        assert pilot.app.clipboard == session_id
        assert session_id in pilot.app.notices[-1].what
        await pilot.press("m", "Y")
        assert pilot.app.clipboard == session_id


async def test_without_a_session_there_is_no_id(workbench: Workbench, store: SessionStore):
    async with workbench(size=NARROW) as pilot:
        await pilot.press("2", "Y")
        await settle(pilot)
        assert pilot.app.clipboard == ""
        assert pilot.app.notices[-1].severity == "warning"


@pytest.mark.covers("app.copy")
async def test_the_focused_pane_is_copied_and_its_lines_counted(
    workbench: Workbench, store: SessionStore, session_id: str, monkeypatch: pytest.MonkeyPatch
):
    async with workbench(size=NARROW) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, WorkbenchScreen)
        await pilot.press("2", "y")
        await settle(pilot)
        assert "def clamp" in pilot.app.clipboard
        lines = len(pilot.app.clipboard.splitlines())
        assert pilot.app.notices[-1].what == f"Copied {lines} lines."
        await pilot.press("L", "y")
        await settle(pilot)
        assert f"Copied {lines} lines." in pilot.app.clipboard


async def test_nothing_to_copy_is_said(workbench: Workbench, store: SessionStore):
    async with workbench(size=NARROW) as pilot:
        pilot.app.notices.clear()
        await pilot.press("3", "y")
        await settle(pilot)
        assert pilot.app.clipboard == ""
        assert "nothing to copy" in pilot.app.notices[-1].what


async def test_too_much_for_some_terminals_is_in_a_file_too(workbench: Workbench):
    async with workbench(size=NARROW) as pilot:
        assert isinstance(pilot.app, LiftApp)
        text = "x" * LIMIT
        pilot.app.copy(text)
        await settle(pilot)
        assert pilot.app.clipboard == text
        path = re.search(r"in (/\S+)\.$", pilot.app.notices[-1].what)
        assert path is not None
        assert Path(path[1]).read_text() == text


async def test_a_file_that_cannot_be_written_is_a_message(workbench: Workbench, own_home, monkeypatch):
    blocked = own_home / "file"
    blocked.write_text("")
    async with workbench(size=NARROW) as pilot:
        monkeypatch.setenv("LIFT_STATE_HOME", str(blocked / "below"))
        pilot.app.copy("x" * LIMIT)
        await settle(pilot)
        assert "could not be written" in pilot.app.failures[-1][1].what


async def test_in_tmux_the_text_is_handed_to_tmux(workbench: Workbench, own_home, monkeypatch: pytest.MonkeyPatch):
    """With the programme itself as a stand-in: a script that writes down what tmux would get."""
    tool = own_home / "bin" / "tmux"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\necho "$@" > {own_home}/arguments\ncat > {own_home}/text\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    async with workbench(size=NARROW) as pilot:
        pilot.app.copy("one\ntwo")
        await settle(pilot)
    assert (own_home / "arguments").read_text().split() == ["load-buffer", "-w", "-"]
    assert (own_home / "text").read_text() == "one\ntwo"


async def test_an_old_tmux_lets_a_wrapped_sequence_through(workbench: Workbench, own_home, monkeypatch):
    tool = own_home / "bin" / "tmux"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nexit 1\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    async with workbench(size=NARROW) as pilot:
        written: list[str] = []
        monkeypatch.setattr(pilot.app._driver, "write", written.append)
        pilot.app.copy("one")
        await settle(pilot)
    assert osc52("one") in written
    assert through_tmux(osc52("one")) in written
