"""A process on a terminal, as a person would see it: a pty, and pyte to draw what it writes."""

from __future__ import annotations

import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from fcntl import ioctl
from pathlib import Path
from typing import Self

import pyte

SILENCE_S = 30.0
"""A process that writes nothing for this many seconds, while something is waited for, has failed."""

FORGET = ("NO_COLOR", "COLORTERM", "COLUMNS", "LINES", "TMUX", "STY")
"""What the terminal that the tests themselves run on must not tell the process."""


class Terminal:
    """A process on a terminal of its own.

    Args:
        command: what to run.
        size: columns and lines.
        env: changes to the environment.
        cwd: where to run it.
        history: how many lines that scrolled out of sight are kept.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
        history: int = 1000,
    ) -> None:
        self.screen = pyte.HistoryScreen(*size, history=history)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.read_at = 0.0
        """When the newest bytes came, on the clock of :func:`time.perf_counter`, as ``started`` is."""
        self._master, slave = pty.openpty()
        self._set_size(size)
        clean = {name: value for name, value in os.environ.items() if name not in FORGET}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**clean, "TERM": "xterm-256color", **(env or {})},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)

    def read(self, until: Callable[[Self], object] | None = None, *, silence_s: float = SILENCE_S) -> Self:
        """Draw until ``until`` holds; without it, until the process has ended.

        Raises:
            AssertionError: it did not come within ``silence_s`` seconds, or the process has ended; the message
            shows the screen.
        """
        deadline = time.monotonic() + silence_s
        while not (until and until(self)):
            if not self._feed(max(deadline - time.monotonic(), 0)):
                if until and not until(self):
                    raise AssertionError(f"the process has ended:\n{self.text}")
                break
            if until is None:
                deadline = time.monotonic() + silence_s
        return self

    def drain(self, seconds: float) -> Self:
        """Draw what comes within the next ``seconds``."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._master], [], [], left)[0] and not self._feed(0):
                break
        return self

    def _feed(self, wait_s: float) -> bool:
        """Draw what there is, waiting for it; False when the process has closed the terminal."""
        if not select.select([self._master], [], [], wait_s)[0]:
            raise AssertionError(f"it did not come:\n{self.text}")
        try:
            data = os.read(self._master, 65536)
        except OSError:
            data = b""
        self.read_at = time.perf_counter()
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def send(self, keys: str) -> Self:
        """Type ``keys``, as bytes of a terminal (``"\\x1b"`` is escape)."""
        os.write(self._master, keys.encode())
        return self

    def resize(self, columns: int, lines: int) -> Self:
        """Change the size; the process hears of it."""
        self.screen.resize(lines, columns)
        self._set_size((columns, lines))
        return self

    def _set_size(self, size: tuple[int, int]) -> None:
        ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    @property
    def lines(self) -> list[str]:
        """Every line there is, those that scrolled out of sight included."""
        above = ["".join(line[x].data for x in range(self.screen.columns)) for line in self.screen.history.top]
        return [line.rstrip() for line in [*above, *self.screen.display]]

    @property
    def text(self) -> str:
        """All lines as one text."""
        return "\n".join(self.lines).strip()

    @property
    def shown(self) -> str:
        """What is on the screen now, as one text."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def hang_up(self) -> None:
        """Close the terminal, as a dropped connection does."""
        os.close(self._master)
        self._master = -1

    def end(self) -> int:
        """Kill the process if need be; returns its exit code."""
        if self.process.poll() is None:
            self.process.kill()
        if self._master >= 0:
            self.hang_up()
        return self.process.wait(30)


def _take_terminal() -> None:
    """Make the terminal the controlling one, so that hanging up sends SIGHUP."""
    ioctl(0, termios.TIOCSCTTY, 0)
