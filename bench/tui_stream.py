"""What a fast stream does to the workbench: echo of typed characters, bytes to the terminal, memory.

A scripted endpoint in this process streams code at 200 deltas a second into a workbench with a
large database, first undisturbed (for the bytes and frames), then while someone types; so several times,
because a 99th percentile takes some hundred keys.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from engine.endpoints.profiles import Profiles
from engine.sessions.store import SessionStore
from tests.support.chat_server import Answer, ChatServer
from tests.support.serving import serving
from tests.support.terminal import Terminal

SIZE = (160, 45)
DELTAS_PER_S = 200
DELTAS = 1600
STREAMS = 6
PIECE = 4
"""Characters in a delta, about what a token of code has."""

SYNC_BEGIN = b"\x1b[?2026h"
"""The workbench begins each frame with this, where the terminal says that it knows it."""


@dataclass
class Stream:
    """What was measured; seconds and bytes."""

    sessions: int
    deltas: int = 0
    stream_s: float = 0.0
    stream_bytes: int = 0
    frames: int = 0
    echoes_s: list[float] = field(default_factory=list)
    rss_bytes: int = 0

    def table(self) -> str:
        """The figures as a table."""
        ordered = sorted(self.echoes_s)
        p99 = quantiles(ordered, n=100)[98]
        rows = [
            ("sessions in the database", f"{self.sessions:,}"),
            ("deltas streamed", f"{self.deltas:,} in {self.stream_s:.1f} s"),
            ("bytes to the terminal per delta", f"{self.stream_bytes / self.deltas:.0f}"),
            ("frames a second", f"{self.frames / self.stream_s:.1f}"),
            ("echo of a typed character, p50", f"{median(ordered) * 1e3:.1f} ms"),
            (f"echo of a typed character, p99 of {len(ordered)}", f"{p99 * 1e3:.1f} ms"),
            ("resident memory", f"{self.rss_bytes / 1e6:.0f} MB"),
        ]
        return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def long_body() -> str:
    """A function body of some :data:`DELTAS` deltas in which no line is like another."""
    lines: list[str] = []
    while sum(map(len, lines)) < DELTAS * PIECE:
        number = len(lines)
        lines.append(f"    part_{number} = values[{number % 7}] * {number * 37 % 101} + limit\n")
    return "".join(lines) + "    return values[:limit]\n"


def measure(database: Path, lift: str, home: Path) -> Stream:
    """Open a workbench on ``database`` and stream into its newest session.

    Args:
        lift: the ``lift`` command.
        home: an empty folder for settings and state.
    """
    with SessionStore(database) as store:
        newest, sessions = store.listing.page(limit=1).items[0], store.listing.count()
    (home / "state").mkdir(parents=True)
    (home / "state" / "workbench.json").write_text(json.dumps({"session": newest.id}))
    env = {f"LIFT_{kind}_HOME": str(home / kind.lower()) for kind in ("DATA", "STATE", "CONFIG")}
    answer = Answer(long_body() + "```", piece=PIECE, pause_s=1 / DELTAS_PER_S)
    with serving(answer) as server:
        profiles = Profiles(home / "config" / "endpoints.toml")
        profiles.add("scripted", url=server.url, model="scripted", flavor="llama.cpp")
        profiles.use("scripted")
        terminal = Terminal([lift], size=SIZE, env={**env, "LIFT_DB": str(database), "COLORTERM": "truecolor"})
        try:
            return _measure(terminal, server, newest.function, sessions)
        finally:
            terminal.end()


def _measure(terminal: Terminal, server: ChatServer, function: str, sessions: int) -> Stream:
    terminal.send("\x1b[?2026;2$y")  # this terminal knows synchronised output
    terminal.read(until=lambda t: f"{function}(" in t.shown)
    measured = Stream(sessions)
    for _ in range(STREAMS):
        start = server.sent_pieces
        terminal.send("g").read(until=lambda _: server.sent_pieces > start)  # noqa: B023 - read before the next turn
        before, first, began = len(terminal.raw), server.sent_pieces, time.perf_counter()
        terminal.read(until=lambda _: server.sent_pieces >= start + DELTAS // 2)  # noqa: B023
        measured.stream_s += time.perf_counter() - began
        measured.deltas += server.sent_pieces - first
        written = terminal.raw[before:]
        measured.stream_bytes += len(written)
        measured.frames += written.count(SYNC_BEGIN)
        measured.echoes_s += _type(terminal, server, start + DELTAS - 50)
        terminal.send("\x1b").read(until=lambda t: " found" not in t.shown)
        terminal.send("\x1b").read(until=lambda t: "to go on: you stopped" in t.shown)
    status = Path(f"/proc/{terminal.process.pid}/status").read_text()
    measured.rss_bytes = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024
    return measured


def _type(terminal: Terminal, server: ChatServer, end: int) -> Iterator[float]:
    """Type into the search field until ``end`` pieces have been sent; the seconds of each echo."""
    start = "zq"  # stands nowhere else on the screen
    terminal.send("/").drain(0.3).send(start).read(until=lambda t: start in t.shown)
    typed = start
    while server.sent_pieces < end:
        key = "qwertzuiop"[len(typed) % 10]
        typed += key
        began = time.perf_counter()
        terminal.send(key).read(until=lambda t: typed in t.shown)  # noqa: B023 - read before the next turn
        yield terminal.read_at - began
        if len(typed) == 20:
            terminal.send("\x7f" * 18).read(until=lambda t: typed[:3] not in t.shown)  # noqa: B023
            typed = start
        terminal.drain(0.03)
