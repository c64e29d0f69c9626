"""Recording the starter database: real sessions, made with the commands that users type.

``python -m bench.record_starter sessions.db`` plays the scenarios below on the current endpoint
and replaces the file. Nothing is edited afterwards but what identifies the machine: the owners
of the runs are blanked, and the sessions are marked as samples (``lift session prune --starter``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlite_utils

from engine.sessions.store import SessionStore

SPEC = '''def overlap(first: tuple[int, int], second: tuple[int, int]) -> int:
    """Length of the overlap of two half-open ranges (start, end)."""
    requires(first[0] <= first[1] and second[0] <= second[1])
    ensures(result >= 0)
    example(overlap((0, 5), (3, 9)) == 2)
    example(overlap((0, 2), (5, 9)) == 0)
    example(overlap((0, 9), (3, 4)) == 1)
'''

_ENDED = (0, 1)
"""Exit codes of a run that came to its end: checked, or with a failed check."""


class Lift:
    """The command line, on one database, as somebody called ``sample``."""

    def __init__(self, db: Path) -> None:
        self._environment = {**os.environ, "LIFT_DB": str(db), "USER": "sample"}

    def __call__(self, *arguments: str, stdin: str = "") -> dict[str, Any]:
        """Run one command with ``--json`` and return its document; refusals end the recording."""
        command = [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())", *arguments, "--json"]
        print("lift", *arguments, flush=True)  # noqa: T201
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=self._environment, check=False)
        if done.returncode not in _ENDED:
            raise SystemExit(f"{done.returncode}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def run(self, prompt: str) -> str:
        """A prompt through the whole pipeline; returns the session."""
        return self("run", prompt)["session_id"]


def clamp_and_a_fork(lift: Lift) -> None:
    """A session that is signed off, and one forked from it that goes its own way."""
    session = lift.run(
        "Clamp a number between a low and a high bound, both inclusive. Raise ValueError when low is greater than high."
    )
    lift("session", "tag", session, "numbers")
    lift("session", "finalize", session, "--reason", "agreed")
    fork = lift("session", "fork", session, "--title", "Clamp, with a default for the upper bound")["session"]["id"]
    lift("session", "edit", fork, "signature.parameters[2].default", "100.0", "--reason", "most callers mean percent")
    lift("session", "generate", fork)


def open_holes(lift: Lift) -> None:
    """An ambiguous request with two open questions, one of them with the model's own answers."""
    session = lift.run("Sort the records.")
    key = '"key", kind="intent", ask="By which field are the records sorted?", options=["name", "date"]'
    lift("session", "add", session, "holes", key)
    lift("session", "add", session, "holes", '"order", kind="intent", ask="In which order?"')
    lift("session", "assist", session, "order")


def a_hole_resolved(lift: Lift) -> None:
    """A question asked, answered by the model with options, and settled by a person."""
    session = lift.run("Round a price to a number of decimal places.")
    hole = '"ties", kind="intent", ask="How is a price rounded that lies exactly between two?"'
    lift("session", "add", session, "holes", hole, "--reason", "banks differ")
    lift("session", "assist", session, "ties")
    lift("session", "resolve", session, "ties", "--pick", "1")
    lift("session", "generate", session)


def a_refinement(lift: Lift) -> None:
    """A specification refined in plain English, and an example of the model's that its code shows to be wrong."""
    session = lift.run("Return the words of a text in alphabetical order, without duplicates.")
    lift("session", "refine", session, "also accept None, return an empty list", "--accept", "all")
    checks = lift("session", "generate", session)["checks"]
    wrong = [check["clause"] for check in checks if check["kind"] == "example" and check["status"] == "failed"]
    for clause in reversed(wrong):
        lift("session", "remove", session, clause, "--reason", "the code is right, the example was wrong")
    if wrong:
        lift("session", "generate", session)
    lift("session", "tag", session, "text")


def a_rule_made_precise(lift: Lift) -> None:
    """A person adds an example and then the rule behind it, and the code follows."""
    session = lift.run("Find the middle element of a list.")
    function = lift("session", "show", session)["draft"]["ir"]["signature"]["name"]
    lift("session", "add", session, "examples", f"{function}([4, 8]) == 4", "--reason", "of two, the first")
    lift("session", "generate", session)
    rule = "Of an even number of elements the left one of the middle two is returned: index (len - 1) // 2."
    ir = lift("session", "show", session)["draft"]["ir"]
    told = f"{ir['intent']['rationale']}\n{rule}".strip()
    lift("session", "edit", session, "intent.rationale", told, "--reason", "the rule was missing")
    lift("session", "generate", session)


def a_specification_by_hand(lift: Lift) -> None:
    """No prompt at all: a stub that a person wrote, straight to code."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "overlap.py"
        path.write_text(SPEC, encoding="utf-8")
        lift("run", str(path))


def simple(prompt: str) -> Callable[[Lift], None]:
    """A scenario that only runs ``prompt``."""

    def scenario(lift: Lift) -> None:
        lift.run(prompt)

    return scenario


SCENARIOS: tuple[Callable[[Lift], None], ...] = (
    simple("Return the most common word of a text, ignoring case; None for an empty text."),
    simple("Merge two sorted lists into one sorted list without sorting again."),
    simple("FizzBuzz: the strings for the numbers from 1 to n."),
    simple("Parse a duration such as '1h30m' or '45s' into seconds; raise ValueError for anything else."),
    simple("Number of days between two dates written as YYYY-MM-DD, never negative."),
    simple("Group the words of a list by their first letter."),
    a_specification_by_hand,
    a_rule_made_precise,
    open_holes,
    a_hole_resolved,
    a_refinement,
    clamp_and_a_fork,
)


def publish(db: Path) -> None:
    """Mark the sessions as samples, forget the machine, and fold everything into one file."""
    database = sqlite_utils.Database(db)
    with database.conn:
        database.execute("UPDATE sessions SET origin = 'starter'")
        database.execute("UPDATE runs SET owner_pid = 0, owner_birth = '', owner_machine = ''")
    database.disable_wal()
    database.vacuum()
    database.close()


def main(target: Path) -> None:
    """Record all scenarios and put the result at ``target``."""
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "sessions.db"
        lift = Lift(db)
        for scenario in SCENARIOS:
            scenario(lift)
        publish(db)
        with SessionStore(db, read_only=True) as store:
            stats = store.stats()
        target.write_bytes(db.read_bytes())
    print(f"{stats.sessions} sessions, {stats.drafts} drafts, {target.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
