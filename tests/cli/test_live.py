"""On a terminal: what is on the screen when the run is over, and while it goes on."""

from __future__ import annotations

import re
import signal
from dataclasses import replace

from tests.support.chat_server import Answer
from tests.support.scripts import BODY, DRAFT, HEADER, PROMPT, SPEC, VAGUE_PROMPT, body, compact, draft

COLOUR = re.compile(rb"\x1b\[[0-9;]*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[0-9;]*m")


def finished(terminal):
    terminal.read()
    return terminal.process.wait(30), terminal.text


def test_everything_is_on_the_screen_in_order_and_nothing_else(terminal, serve):
    asks = draft(ask=[["Which?", "a", "b"]])
    server = serve(replace(asks, pause_s=0.02), replace(body(), pause_s=0.02))
    shown = terminal("run", VAGUE_PROMPT, "--endpoint", server.url)
    code, text = finished(shown)
    assert code == 0
    parts = [
        VAGUE_PROMPT,
        server.url,
        "Specification",
        HEADER,
        "    ensures(low <= result <= high)",
        'options=["a", "b"])',
        "Code",
        HEADER,
        "    return max(low, min(value, high))",
        "Checks",
        "  ✓ clamp(15, 0, 10) == 10",
        "  ✓ ValueError if low > high",
        "Timings",
        "draft",
        "━",
        "implement",
        "check.examples",
        "prompt tokens",
        "Done and checked. Saved as session",
    ]
    place = 0
    for part in parts:
        assert part in text[place:], f"{part!r} is missing or out of place in:\n{text}"
        place = text.index(part, place) + len(part)
    assert text.splitlines().count(HEADER) == 2, "something is left over"
    assert text.count("    return max(low, min(value, high))") == 1
    assert not re.search("[⠀-⣿]", text), "a spinner is left"
    assert "starting" not in text
    assert "```" not in text
    assert shown.screen.cursor.hidden is False
    assert COLOUR.search(shown.raw)


def test_the_specification_fills_in_while_it_streams(terminal, serve):
    server = serve(replace(draft(), pause_s=0.03))
    shown = terminal("run", PROMPT, "--endpoint", server.url)
    shown.read(until=lambda t: "def clamp(value: int" in t.text)
    assert "ensures(" not in shown.text
    shown.read(until=lambda t: "example(clamp(15" in t.text)


def test_code_that_is_longer_than_the_screen(terminal, serve):
    lines = "".join(f"    step = {number}\n" for number in range(40))
    shown = terminal(
        "run", PROMPT, "--endpoint", serve(draft(), replace(body(lines + BODY), piece=20, pause_s=0.01)).url
    )
    _, text = finished(shown)
    for number in range(40):
        assert len(re.findall(rf"^    step = {number}$", text, re.MULTILINE)) == 1


def test_ctrl_c_leaves_a_usable_screen(terminal, serve):
    server = serve(draft(), replace(body(), pause_s=0.1))
    shown = terminal("run", PROMPT, "--endpoint", server.url)
    shown.read(until=lambda t: "    if low > high" in t.text)
    shown.process.send_signal(signal.SIGINT)
    code, text = finished(shown)
    assert code == 130
    assert "    if low > high" in text
    assert re.search(r"Stopped\. What was made is kept\. Go on with: lift run --resume \w+", " ".join(text.split()))
    assert shown.screen.cursor.hidden is False


def test_half_a_specification_stays_on_the_screen(terminal, serve):
    server = serve(replace(draft(), cut_after=7 * 16))
    code, text = finished(terminal("run", PROMPT, "--endpoint", server.url))
    assert code == 3
    assert "    raises(ValueError, low > high)" in text
    assert "broke off the stream" in text


def test_a_failure_is_shown(terminal, serve):
    code, text = finished(terminal("run", PROMPT, "--endpoint", serve(Answer(status=401)).url))
    assert code == 3
    assert "wants a key" in text
    assert "The endpoint did not deliver." in text


def test_a_specification_is_shown_before_its_code(terminal, serve, tmp_path):
    (tmp_path / "clamp.py").write_text(SPEC)
    _, text = finished(terminal("run", tmp_path / "clamp.py", "--endpoint", serve(body()).url))
    assert text.index("Specification") < text.index("ensures(low <= result <= high)") < text.index("Code")


def test_a_model_cannot_drive_the_terminal(terminal, serve):
    odd = draft(ask=[["\x1b[2J\x1b]0;owned\x07[bold]Clamp[/bold]", "[red]x[/red]", "y"]])
    shown = terminal("run", f"{VAGUE_PROMPT} [/bold]", "--endpoint", serve(odd, body()).url)
    code, text = finished(shown)
    assert code in (0, 4)
    assert b"\x1b]0;" not in shown.raw
    assert b"\x1b[2J" not in shown.raw
    assert "[bold]Clamp[/bold]" in text
    assert "[/bold]" in text.replace("[bold]Clamp[/bold]", "")


def test_no_color(terminal, serve):
    shown = terminal("run", PROMPT, "--endpoint", serve(draft(), body()).url, NO_COLOR="1")
    assert finished(shown)[0] == 0
    assert not COLOUR.search(shown.raw)
    plain, coloured = terminal("doctor", NO_COLOR="1"), terminal("doctor")
    finished(plain)
    finished(coloured)
    assert not COLOUR.search(plain.raw)
    assert COLOUR.search(coloured.raw)


def test_a_dumb_terminal_gets_plain_lines(terminal, serve):
    shown = terminal("run", PROMPT, "--endpoint", serve(draft(), body()).url, TERM="dumb")
    code, text = finished(shown)
    assert code == 0
    assert b"\x1b" not in shown.raw
    assert "--- implement" in text
    assert compact(DRAFT) not in text
