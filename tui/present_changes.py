"""What a refinement proposes, as numbered lines: ``-`` what goes, ``+`` what comes, ``~`` where it changes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from engine.ir.models import IR, Clause, Intent
from engine.ir.text import render_clause
from engine.stages.events import ProposedChange

Sign = Literal["+", "-", "~", ">", "!"]

COLOURS: dict[Sign, str] = {"+": "green", "-": "red", "~": "yellow", ">": "cyan", "!": "bold yellow"}

HUMAN = "a person wrote this; name its number to accept it"


class Line(NamedTuple):
    """One line, and the sign of what it says, for its colour."""

    sign: Sign
    text: str


def change_lines(changes: Iterable[ProposedChange], base: IR, new: IR, *, human: str = HUMAN) -> Iterator[Line]:
    """The lines for ``changes``, which turn ``base`` into ``new``.

    Args:
        human: what to say of a change to what a person wrote.
    """
    before, after = dict(base.clauses()), dict(new.clauses())
    for proposed in changes:
        change, number = proposed.change, f"{proposed.number:>3}"
        old = _lines(change.address_old, before)
        now = _lines(change.address_new, after)
        match change.kind:
            case "added":
                yield Line("+", f"{number} + {now[0]}")
            case "removed":
                yield Line("-", f"{number} - {old[0]}")
            case "moved":
                yield Line(">", f"{number} > {change.summary}")
            case "changed":
                yield Line("~", f"{number} ~ {change.address_old}")
                for line in difflib.ndiff(old, now):
                    if line.startswith("- "):
                        yield Line("-", f"      {line}")
                    elif line.startswith("+ "):
                        yield Line("+", f"      {line}")
        if proposed.human:
            yield Line("!", f"    ! {human}")


def _lines(address: str | None, clauses: dict[str, Clause]) -> list[str]:
    """A clause in its text form; the intent as lines of prose."""
    if address is None:
        return []
    clause = clauses[address]
    if isinstance(clause, Intent):
        return [clause.summary, *(line for line in clause.rationale.split("\n") if line)]
    return [render_clause(address, clause)]
