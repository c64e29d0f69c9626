"""A recorded sitting: every event of its runs, each with the moment at which it came.

The file is JSON lines. The first says what was recorded; each of the others is one event,
``{"run": 0, "at_s": 1.25, "event": {…}}``, its time in seconds since that run began. ``make demo-session`` makes it;
nothing in it is written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import LiftError

if TYPE_CHECKING:
    from engine.stages.events import Event

FORMAT = 1


class TapeError(LiftError):
    """The recording cannot be played."""

    kind = "tape"


@dataclass(frozen=True)
class Moment:
    """One event, and when it came, in seconds since its run began."""

    at_s: float
    event: Event


@dataclass
class Tape:
    """Runs in the order in which they were begun.

    Attributes:
        model: the model that answered.
        runs: the events of each run, oldest first.
    """

    model: str = ""
    runs: list[list[Moment]] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        """What all runs took together, in seconds."""
        return sum(run[-1].at_s for run in self.runs if run)


def session_path() -> Path:
    """The recording that comes with Lift."""
    return Path(__file__).with_name("session.jsonl")


def read_tape(path: Path) -> Tape:
    """Read a recording.

    Raises:
        TapeError: the file cannot be read, or is no recording that this version of Lift knows.
    """
    from pydantic import ValidationError

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TapeError(f"The recording cannot be read: {error}.", "Install Lift again.") from error
    try:
        head, *rows = (json.loads(line) for line in lines)
        if head["format"] != FORMAT:
            raise ValueError(f"format {head['format']}")
        tape = Tape(model=head["model"])
        _fill(tape, rows)
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        what = f"{path} is no recording that this version of Lift can play ({type(error).__name__}: {error})."
        raise TapeError(what, "Record it anew: make demo-session") from error
    return tape


def _fill(tape: Tape, rows: Iterable[dict[str, Any]]) -> None:
    from engine.stages.events import EventAdapter

    for row in rows:
        if row["run"] == len(tape.runs):
            tape.runs.append([])
        tape.runs[row["run"]].append(Moment(float(row["at_s"]), EventAdapter.validate_python(row["event"])))


def write_tape(path: Path, tape: Tape) -> None:
    """Write a recording.

    Raises:
        OSError: the file cannot be written.
    """
    lines = [json.dumps({"format": FORMAT, "model": tape.model}), *_lines(tape.runs)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _lines(runs: Sequence[Sequence[Moment]]) -> Iterable[str]:
    for number, run in enumerate(runs):
        for moment in run:
            event = moment.event.model_dump(mode="json", exclude_defaults=True) | {"type": moment.event.type}
            row = {"run": number, "at_s": round(moment.at_s, 3), "event": event}
            yield json.dumps(row, ensure_ascii=False, separators=(",", ":"))
