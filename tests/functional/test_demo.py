"""``lift demo`` on a real terminal: no network, no process beside it, no trace of it afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.functional.conftest import ROOT, WORKBENCH
from tests.functional.test_workbench import COLOUR, RGB
from tests.support.terminal import Terminal

ALONE = """
import os, sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.posix_spawn", "os.fork"):
        os.write(2, f"{event} {arguments}".encode())
        os._exit(99)
sys.addaudithook(refuse)
from tui.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""``lift``, but it ends at once when it begins to talk to a server or another program."""

Play = Callable[..., Terminal]


@pytest.fixture
def play(own_home: Path):
    """Plays the demo at its highest speed on a terminal; ``play(size=(80, 24))``."""
    opened: list[Terminal] = []

    def start(*, size: tuple[int, int] = (80, 24), **env: str) -> Terminal:
        env = {"TMPDIR": str(own_home), **env}
        opened.append(Terminal([sys.executable, "-c", ALONE, "demo", "--speed", "64"], size=size, env=env, cwd=ROOT))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.end()


@pytest.mark.parametrize(("size", "env"), [((80, 24), {"NO_COLOR": "1"}), ((200, 50), {"TERM": "xterm-16color"})])
def test_it_plays_to_its_end_alone_and_leaves_nothing(play: Play, own_home: Path, size, env):
    terminal = play(size=size, **env)
    terminal.read(until=lambda seen: "■" in seen.shown and "explains every key" in seen.shown, silence_s=90)
    assert not RGB.search(terminal.raw)
    assert bool(COLOUR.search(terminal.raw)) is ("NO_COLOR" not in env)
    terminal.send("\x1b").read()
    assert terminal.process.wait(30) == 0
    assert list(own_home.iterdir()) == [], "neither settings nor sessions, and its own folder is gone"


def test_it_says_what_it_shows_within_its_first_frames(play: Play):
    terminal = play().read(until=lambda seen: "plain English" in seen.shown)
    assert "pause" in terminal.shown
    terminal.send("q").read()
    assert terminal.process.wait(30) == 0


def test_without_a_terminal_it_names_what_to_do():
    done = subprocess.run(
        [*WORKBENCH, "demo"], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Run it in a terminal" in done.stderr
    assert "lift run" in done.stderr
