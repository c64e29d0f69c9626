"""The terminal recording of the demo: ``python -m bench.record_demo docs`` writes ``demo.cast`` and ``demo.svg`` there.

``lift demo`` runs on a pseudo-terminal, and what it writes is kept with the moment at which it came, as an asciicast
(https://docs.asciinema.org/manual/asciicast/v2/) and as an animated SVG. Its clock begins with the first caption and it
ends with the last one; nothing is edited.
"""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pyte

from bench.terminal_svg import Frame, read_rows, render

COLUMNS, LINES = 112, 32
"""Two panes side by side, in letters that can still be read in a README."""

SPEED = 2.0
WAITS = ("An example fails", "The model reads the specification")
"""Captions under which there is little to see for long; meanwhile it goes four times as fast, as its foot line says."""

TITLE = "Lift: plain English in; a checkable specification and checked Python out."
OVER = "■"
"""The sign that the demo shows once it is over."""

HOLD_S = 4.0
"""How long the last frame stands, in seconds."""

FRAME_S = 0.1
"""Shortest time between two frames of the SVG, in seconds."""

LAST_FRAME_S, SILENCE_S = 0.5, 60.0
"""For how long nothing is written once the demo is over, and at most before, in seconds."""

Output = list[tuple[float, str]]
"""What was written, and when, in seconds since the first caption."""


def record() -> Output:
    """Play the demo on a pseudo-terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    program = "import sys; from tui.cli import main; sys.exit(main())"
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-c", program, "demo", "--speed", f"{SPEED:g}"],
        env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor", "USER": "ada"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        output = list(_until_over(master))
        os.write(master, b"\x1b")
        while _read(master, 5.0):
            pass
        process.wait(10)
    finally:
        if process.poll() is None:
            process.kill()
        os.close(master)
    return output


def _until_over(master: int) -> Iterator[tuple[float, str]]:
    """What is written until the demo is over, to the end of its last frame."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.Stream(screen)
    decoder = codecs.getincrementaldecoder("utf-8")()
    began_s, over, waits = 0.0, False, False
    while data := _read(master, LAST_FRAME_S if over else SILENCE_S):
        text = decoder.decode(data)
        stream.feed(text)
        if not began_s and _has_caption(screen):
            began_s = time.monotonic()
        yield time.monotonic() - began_s if began_s else 0.0, text
        over = over or any(OVER in line for line in screen.display[-2:])
        if waits is not any(caption in screen.display[-2] for caption in WAITS):
            waits = not waits
            os.write(master, b"++" if waits else b"--")
    if not over:
        raise SystemExit("The demo has ended too early:\n" + "\n".join(screen.display))


def _has_caption(screen: pyte.Screen) -> bool:
    return screen.display[-2].startswith(" ▶ ") and bool(screen.display[-2][3:].strip())


def _read(master: int, wait_s: float) -> bytes:
    """What was written; nothing when the other end is closed, or silent for too long."""
    if not select.select([master], [], [], wait_s)[0]:
        return b""
    try:
        return os.read(master, 65536)
    except OSError:
        return b""


def cast(output: Output) -> str:
    """The recording as an asciicast, version 2."""
    head = {
        "version": 2,
        "width": COLUMNS,
        "height": LINES,
        "title": TITLE,
        "env": {"TERM": "xterm-256color", "SHELL": "/bin/sh"},
    }
    end = [output[-1][0] + HOLD_S, "o", ""]
    rows = [head, *([round(at_s, 3), "o", text] for at_s, text in output), end]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def frames(output: Output) -> list[Frame]:
    """The different frames, from the first one that has a caption on."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.Stream(screen)
    found: list[Frame] = []
    for place, (at_s, text) in enumerate(output):
        stream.feed(text)
        if place + 1 < len(output) and int(output[place + 1][0] / FRAME_S) == int(at_s / FRAME_S):
            continue  # more is to come within this frame
        if not found and not _has_caption(screen):
            continue
        rows = read_rows(screen)
        if not found or rows != found[-1].rows:
            found.append(Frame(at_s, rows))
    zero = found[0].at_s
    return [Frame(each.at_s - zero, each.rows) for each in found]


def main(folder: Path) -> None:
    """Record, and write both files."""
    output = record()
    shown = frames(output)
    svg = render(shown, columns=COLUMNS, duration_s=shown[-1].at_s + HOLD_S, title=TITLE)
    for name, text in (("demo.cast", cast(output)), ("demo.svg", svg)):
        (folder / name).write_text(text, encoding="utf-8")
        print(f"{folder / name}: {(folder / name).stat().st_size} bytes")  # noqa: T201
    print(f"{len(shown)} frames, {shown[-1].at_s + HOLD_S:.1f} s")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
