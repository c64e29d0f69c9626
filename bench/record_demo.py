"""The terminal recording of the demo: ``python -m bench.record_demo docs`` writes ``demo.cast`` and ``demo.svg`` there.

``lift demo`` runs on a pseudo-terminal, and what it writes is kept with the moment at which it came, as an asciicast
(https://docs.asciinema.org/manual/asciicast/v2/) and as an animated SVG. Its clock begins with the first caption and it
ends with the last one; nothing is edited.
"""

from __future__ import annotations

import codecs
import json
import sys
from pathlib import Path

import pyte

from bench.terminal_svg import Frame, read_rows, render
from tests.support.terminal import Terminal

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
"""For how long the last frame is waited for once the demo is over, and at most for anything before, in seconds."""

Output = list[tuple[float, str]]
"""What was written, and when, in seconds since the first caption."""


def record() -> Output:
    """Play the demo on a pseudo-terminal."""
    program = "import sys; from tui.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "demo", "--speed", f"{SPEED:g}"]
    terminal = Terminal(command, size=(COLUMNS, LINES), env={"COLORTERM": "truecolor", "USER": "ada"})
    heard = _Heard()
    try:
        terminal.read(until=heard, silence_s=SILENCE_S)
        terminal.drain(LAST_FRAME_S)
        heard.note(terminal)
        terminal.send("\x1b").read(silence_s=SILENCE_S)
    finally:
        terminal.end()
    return heard.output


class _Heard:
    """Hears what the demo writes until it is over, and has it go faster while there is little to see."""

    def __init__(self) -> None:
        self.output: Output = []
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._bytes = 0
        self._began_s = 0.0
        self._waits = False

    def __call__(self, terminal: Terminal) -> bool:
        """Note what is new; whether the demo is over."""
        self.note(terminal)
        if self._waits is not any(caption in terminal.screen.display[-2] for caption in WAITS):
            self._waits = not self._waits
            terminal.send("++" if self._waits else "--")
        return any(OVER in line for line in terminal.screen.display[-2:])

    def note(self, terminal: Terminal) -> None:
        """Keep what has been written since the last time, with the moment at which it came."""
        text = self._decoder.decode(terminal.raw[self._bytes :])
        self._bytes = len(terminal.raw)
        if not self._began_s and _has_caption(terminal.screen):
            self._began_s = terminal.read_at
        if text:
            self.output.append((terminal.read_at - self._began_s if self._began_s else 0.0, text))


def _has_caption(screen: pyte.Screen) -> bool:
    return screen.display[-2].startswith(" ▶ ") and bool(screen.display[-2][3:].strip())


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
