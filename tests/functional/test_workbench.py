"""The workbench on a real terminal: painting, typing, resizing, streaming, stopping, dying."""

from __future__ import annotations

import os
import re
import shlex
import signal
from dataclasses import replace

from engine.sessions.store import SessionStore
from tests.functional.conftest import ROOT, WORKBENCH
from tests.support.chat_server import Answer
from tests.support.scripts import BODY, HEADER, body
from tests.support.sshd import ssh_server
from tests.support.terminal import Terminal

RGB = re.compile(rb"\x1b\[[0-9;:]*[34]8[;:][25]")
"""Colours beyond the sixteen."""

COLOUR = re.compile(rb"\x1b\[[0-9;]*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[0-9;]*m")
TITLE = "Clamp a value"
LONG_BODY = "".join(f"    part_{n} = value * {n + 3} + low\n" for n in range(60)) + BODY


def shows(*parts):
    return lambda terminal: all(part in terminal.shown for part in parts)


def opened(terminal):
    return terminal.read(until=shows(TITLE))


def checks_of(db, session_id):
    with SessionStore(db) as store:
        codes = store.codes.list(session_id)
        return [check.status for code in codes for check in store.codes.checks(code.id)]


def test_it_opens_on_the_newest_session_and_quits_with_a_clean_screen(workbench, session_id):
    terminal = opened(workbench())
    terminal.send("q").read()
    assert terminal.process.wait(30) == 0
    assert b"\x1b[?1049l" in terminal.raw, "the alternate screen was left"
    assert terminal.screen.cursor.hidden is False


def test_a_stream_fills_the_code_and_is_saved(workbench, endpoint, db, session_id):
    endpoint(replace(body(), pause_s=0.01))
    terminal = opened(workbench(size=(200, 50)))
    terminal.send("g").read(until=shows("return max(low, min(value, high))", "passed"))
    terminal.send("q").read()
    assert "passed" in checks_of(db, session_id)


def test_resizing_while_it_streams_keeps_everything_visible(workbench, endpoint, session_id):
    server = endpoint(replace(body(LONG_BODY), pause_s=0.01))
    terminal = opened(workbench(size=(200, 50)))
    terminal.send("3g").read(until=lambda _: server.sent_pieces > 20)
    for size in ((80, 24), (120, 30), (50, 12), (100, 24), (200, 50)):
        terminal.resize(*size).drain(0.3)
        if size[0] < 60:
            terminal.read(until=shows("at least 60 columns"))
        else:
            terminal.read(until=lambda t: "part_" in t.shown and "at least 60 columns" not in t.shown)
    terminal.read(until=shows("return max(low, min(value, high))"))
    assert terminal.process.poll() is None


def test_escape_stops_the_stream_and_keeps_what_there_is(workbench, endpoint, db, session_id):
    server = endpoint(replace(body(LONG_BODY), pause_s=0.05))
    terminal = opened(workbench())
    terminal.send("3g").read(until=shows("part_2 ="))
    terminal.send("\x1b").read(until=lambda _: server.aborted == 1)
    terminal.send("q").read()
    with SessionStore(db) as store:
        run = store.runs.list(session_id)[-1]
        assert run.status == "cancelled"
        assert "part_2 =" in store.runs.text(run.id)["implement"]


def test_a_dropped_connection_loses_nothing_and_the_run_can_be_resumed(workbench, endpoint, db, session_id):
    server = endpoint(replace(body(LONG_BODY), pause_s=0.03), body())
    terminal = opened(workbench())
    terminal.send("3g").read(until=shows("part_5 ="))
    terminal.hang_up()
    terminal.process.wait(30)
    with SessionStore(db) as store:
        run = store.runs.list(session_id)[-1]
        assert run.status in ("cancelled", "interrupted")
        assert "part_2 =" in store.runs.text(run.id)["implement"]
    assert server.aborted == 1
    again = opened(workbench())
    again.read(until=shows("to go on"))
    again.send("R").send("3").read(until=shows("return max(low, min(value, high))"))
    again.send("4").read(until=shows("passed"))
    again.send("q").read()
    assert "passed" in checks_of(db, session_id)


def test_a_killed_workbench_is_offered_its_run_again(workbench, endpoint, db, session_id):
    endpoint(replace(body(LONG_BODY), pause_s=0.03), body())
    terminal = opened(workbench())
    terminal.send("3g").read(until=shows("part_20 ="))
    os.killpg(terminal.process.pid, signal.SIGKILL)
    terminal.process.wait(30)
    again = opened(workbench())
    again.read(until=lambda t: re.search(r"the last run was cut off", t.shown))
    again.send("q").read()
    with SessionStore(db) as store:
        run = store.runs.list(session_id)[-1]
        assert run.status == "interrupted"
        assert "part_2 =" in store.runs.text(run.id)["implement"]


def test_sixteen_colours_are_enough(workbench, endpoint, session_id):
    endpoint(body())
    terminal = opened(workbench(TERM="xterm-16color", size=(120, 30)))
    terminal.send("2").drain(0.5).send("g").read(until=shows("return max")).send("4").drain(0.5)
    assert COLOUR.search(terminal.raw)
    assert not RGB.search(terminal.raw)


def test_no_color_loses_colours_and_nothing_else(workbench, endpoint, session_id):
    endpoint(body())
    terminal = opened(workbench(NO_COLOR="1", size=(120, 30)))
    terminal.send("g").read(until=shows("return max"))
    terminal.send("4").read(until=shows("passed"))
    assert not COLOUR.search(terminal.raw)


def test_a_dead_endpoint_is_a_message_with_a_next_step(workbench, endpoint, session_id):
    endpoint(Answer(status=401))
    terminal = opened(workbench(size=(120, 30)))
    terminal.send("g").read(until=shows("wants a key"))
    assert "Traceback" not in terminal.text


def test_an_endpoint_that_breaks_off_leaves_what_it_said(workbench, endpoint, db, session_id):
    endpoint(replace(body(LONG_BODY), pause_s=0.005, cut_after=7 * 60))
    terminal = opened(workbench(size=(120, 30)))
    terminal.send("g").read(until=shows("broke off"))
    with SessionStore(db) as store:
        run = store.runs.list(session_id)[-1]
        assert run.status == "failed"
        assert HEADER in store.runs.text(run.id)["implement"]


def test_it_works_over_ssh(workbench, endpoint, db, session_id, tmp_path):
    endpoint(replace(body(), pause_s=0.01))
    folder = tmp_path / "ssh"
    folder.mkdir()
    with ssh_server(folder) as server:
        passed = {name: value for name, value in os.environ.items() if name.startswith("LIFT_")}
        line = shlex.join(["env", "-C", str(ROOT), *(f"{name}={value}" for name, value in passed.items()), *WORKBENCH])
        terminal = Terminal([*server.command, line], size=(120, 30))
        try:
            opened(terminal)
            terminal.send("g").read(until=shows("return max(low, min(value, high))"))
            terminal.resize(80, 24).drain(0.5).send("4").read(until=shows("passed"))
            terminal.send("Y").read(until=lambda t: b"\x1b]52;c;" in t.raw)
            terminal.send("q").read()
        finally:
            terminal.end()
    assert "passed" in checks_of(db, session_id)
