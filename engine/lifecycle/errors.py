"""Why an operation on a session is refused."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import UsageError
from engine.ir.models import TypedHole
from engine.ir.validate import Problem


class StillOpen(UsageError):
    """The specification cannot be finalized yet.

    Args:
        holes: the questions that are still open.
        problems: the errors in it.
    """

    kind = "session-open"

    def __init__(self, session_id: str, holes: Sequence[TypedHole], problems: Sequence[Problem]) -> None:
        lines = [f"hole {hole.identifier}: {hole.description or 'an open question'}" for hole in holes]
        lines += [f"{problem.address}: {problem.message}. {problem.suggestion}".rstrip() for problem in problems]
        count = f"{len(lines)} thing{'s are' if len(lines) > 1 else ' is'} still open"
        todo = [f"Answer holes with: lift session resolve {session_id} HOLE --answer TEXT"] if holes else []
        todo += [f"Correct errors with: lift session edit {session_id}"] if problems else []
        super().__init__(
            "\n".join([f"The specification cannot be finalized: {count}.", *(f"  {line}" for line in lines)]),
            "\n".join(todo),
        )
        self.holes = tuple(holes)
        self.problems = tuple(problems)


class UnknownHole(UsageError):
    """No open hole has that identifier, or the hole has no such option."""

    kind = "session-hole"


class BadAddress(UsageError):
    """The text names no clause or field of the specification."""

    kind = "session-address"


class NotImportable(UsageError):
    """The text is none of the forms that a session can be made from."""

    kind = "session-import"


class NotExportable(UsageError):
    """The session holds too little, or something unfit, for this form of export."""

    kind = "session-export"


class NothingProposed(UsageError):
    """There is no proposal to decide about."""

    kind = "session-proposal"


class NothingInterrupted(UsageError):
    """There is no run to go on with."""

    kind = "session-resume"
