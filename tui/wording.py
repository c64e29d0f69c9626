"""How results and failures are put into words, the same in every face."""

from __future__ import annotations

import re

from engine.stages.events import CheckResult, CheckStatus, RunFinished, RunStatus

SYMBOLS: dict[CheckStatus, tuple[str, str]] = {
    "passed": ("✓", "ok"),
    "failed": ("✗", "FAILED"),
    "skipped": ("-", "skipped"),
    "error": ("!", "ERROR"),
}
"""A sign and a word for each verdict, so that nothing is told by colour alone."""

HEADLINES: dict[RunStatus, str] = {
    "passed": "Done and checked.",
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
    return printable(f"{SYMBOLS[result.status][1]:<7} {result.name}{detail}")


def next_step(event: RunFinished) -> str:
    """What to do after the run, in one line."""
    match event.status:
        case "passed":
            return f"Saved as session {event.session_id}."
        case "failed":
            return f"Saved as session {event.session_id}. Try again: lift run --resume {event.session_id}"
        case _:
            return f"What was made is kept. Go on with: lift run --resume {event.session_id}"
