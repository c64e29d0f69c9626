"""How soon the workbench paints, against other Textual applications on the same terminal.

The others are installed from the package index, each in an environment of its own in the cache
folder. Rounds take turns, so that a machine whose speed drifts is the same for all.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from engine import paths
from tests.support.terminal import Terminal

SIZE = (120, 30)

OTHERS = {
    "toolong": ("toolong==1.5.0", ["tl", "{text}"]),
    "posting": ("posting==2.11.1", ["posting", "--collection", "{folder}"]),
    "harlequin": ("harlequin==2.17.0", ["harlequin"]),
}
"""Well-known Textual applications: what to install, and how to start it."""


@dataclass
class Starts:
    """Seconds of each round of one program."""

    name: str
    command: Sequence[str]
    seconds: list[float] = field(default_factory=list)


def first_paint(command: Sequence[str], env: dict[str, str]) -> float:
    """Seconds from starting ``command`` on a terminal to the first character on its screen."""
    terminal = Terminal(command, size=SIZE, env=env)
    try:
        terminal.read(until=lambda t: t.shown.strip())
        return terminal.read_at - terminal.started
    finally:
        terminal.end()


def whole(command: Sequence[str]) -> float:
    """Seconds that ``command`` takes from start to end."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def installed(names: Iterable[str], text: Path, folder: Path) -> list[Starts]:
    """Install the applications of :data:`OTHERS` that are called ``names``, unless they are there."""
    found: list[Starts] = []
    for name in names:
        package, command = OTHERS[name]
        home = paths.cache_dir() / "bench-apps" / package
        if not (home / "done").exists():
            sys.stderr.write(f"Installing {package} (once) …\n")
            subprocess.run([sys.executable, "-m", "venv", home], check=True)
            pip = [home / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
            subprocess.run(pip, check=True)
            (home / "done").touch()
        arguments = [argument.format(text=text, folder=folder) for argument in command[1:]]
        found.append(Starts(name, [str(home / "bin" / command[0]), *arguments]))
    return found


def measure(rounds: int, names: Sequence[str]) -> list[Starts]:
    """Time all of them in turns, one uncounted round first: ``import textual``, Lift, the others."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        text = folder / "some.log"
        text.write_text("one line\n" * 100)
        env = {f"LIFT_{kind}_HOME": str(folder / kind.lower()) for kind in ("DATA", "STATE", "CONFIG")}
        env |= {f"XDG_{kind}_HOME": str(folder / "others") for kind in ("DATA", "STATE", "CONFIG")}
        imports = Starts("import textual", [sys.executable, "-c", "import textual"])
        lift = Starts("lift", [str(Path(sys.executable).with_name("lift"))])
        programs = [imports, lift, *(other for other in installed(names, text, folder) if _paints(other, env))]
        for turn in range(rounds + 1):
            for program in programs:
                taken = whole(program.command) if program is imports else first_paint(program.command, env)
                if turn:
                    program.seconds.append(taken)
    return programs


def _paints(program: Starts, env: dict[str, str]) -> bool:
    """Whether an application of others runs on this machine at all; one that does not is left out, and named."""
    try:
        first_paint(program.command, env)
    except AssertionError:
        sys.stderr.write(f"{program.name} does not start on this machine and is left out.\n")
        return False
    return True


def table(programs: Sequence[Starts]) -> str:
    """The medians, and the ratios of each program to Lift, round by round."""
    lift = next(program for program in programs if program.name == "lift")
    lines = ["| program | median, s | fastest, s | Lift takes, times as long (median of rounds) |", "|---|---|---|---|"]
    for program in programs:
        ratio = median(ours / theirs for ours, theirs in zip(lift.seconds, program.seconds, strict=True))
        lines.append(f"| {program.name} | {median(program.seconds):.3f} | {min(program.seconds):.3f} | {ratio:.2f} |")
    return "\n".join(lines)
