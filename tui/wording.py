"""How results and failures are put into words, the same in every face."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.stages.events import (
    CheckResult,
    CheckStatus,
    ClauseDoubted,
    CodeChosen,
    RepairStarted,
    RunFinished,
    RunStatus,
)

SYMBOLS: dict[CheckStatus, tuple[str, str]] = {
    "passed": ("✓", "ok"),
    "failed": ("✗", "FAILED"),
    "skipped": ("-", "skipped"),
    "error": ("!", "ERROR"),
}
"""A sign and a word for each verdict, so that nothing is told by colour alone."""

HEADLINES: dict[RunStatus, str] = {
    "passed": "Done and checked.",
    "open": "Done and checked, but a clause is in doubt.",
    "failed": "The code was made, but a check failed.",
    "broken": "The model's output broke the contract.",
    "unreachable": "The endpoint did not deliver.",
    "cancelled": "Stopped.",
    "error": "The run failed.",
}

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line ends that are none to a terminal, and what turns the reading direction
around, so that code could read differently from what it does (https://trojansource.codes)."""


def printable(text: str) -> str:
    """``text`` with control characters made visible, so that model output cannot drive a terminal."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def check_line(result: CheckResult) -> str:
    """One check as a line of plain text."""
    detail = f": {result.detail}" if result.detail else ""
    if result.counterexample and result.counterexample not in f"{result.name}{detail}":
        detail += f" (for {result.counterexample})"
    return printable(f"{SYMBOLS[result.status][1]:<7} {result.name}{detail}")


def repair_line(event: RepairStarted) -> str:
    """Why another version of the code is wanted, and how it is looked for, as a line of plain text."""
    several = f"asking for up to {event.candidates} candidates"
    how = several if event.candidates > 1 else "trying small edits, then asking again"
    return printable(f"repair {event.attempt}: {event.reason}; {how}")


def doubt_line(event: ClauseDoubted) -> str:
    """Why a clause became a question, or an example was corrected, as a line of plain text."""
    if not event.hole:
        return printable(
            f"corrected: {event.call} should give {event.actual}, not {event.expected}: so says the model, asked again"
        )
    told = f"{event.call} should give {event.expected}, but {event.agreeing} implementations give {event.actual}"
    return printable(f"in doubt: {told}")


def chosen_line(event: CodeChosen) -> str:
    """Which version of the code was chosen, as a line of plain text."""
    version = f"repair {event.attempt}" if event.attempt else "the first version"
    return printable(f"chosen: {version}, {event.reason}")


def headline(event: RunFinished) -> str:
    """How the run ended, in a few words."""
    if event.status == "passed" and event.kind in ("refine", "assist", "draft"):
        return "Done."
    return HEADLINES[event.status]


def next_step(event: RunFinished) -> str:
    """What to do after the run, in one line."""
    again = "lift run --resume" if event.kind == "generate" else "lift session resume"
    match event.status:
        case "passed":
            return f"Saved as session {event.session_id}."
        case "open":
            return f"Saved as session {event.session_id}. Answer what is asked: lift session resolve {event.session_id}"
        case "failed":
            again = again if event.kind == "generate" else "lift session generate"
            return f"Saved as session {event.session_id}. Try again: {again} {event.session_id}"
        case _:
            return f"What was made is kept. Go on with: {again} {event.session_id}"


def option_lines(options: Sequence[str]) -> list[str]:
    """Options of a hole, numbered as ``lift session resolve --pick`` counts them."""
    return [f"{number:>3}. {printable(option)}" for number, option in enumerate(options, 1)]
