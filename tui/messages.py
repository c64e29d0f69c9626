"""What the parts of the workbench tell each other; each message says what has happened.

Workers post these and touch no widget. Handlers own the state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from engine.errors import LiftError
    from tui.run_feed import RunFeed
    from tui.session_view import SessionView


@dataclass
class SessionPicked(Message):
    """The user wants to see a session; ``number`` is one of its drafts, the head when None."""

    session_id: str
    number: int | None = None


@dataclass
class SessionRead(Message):
    """A session has been read and can be shown; None when there is none to show."""

    view: SessionView | None


@dataclass
class SessionChanged(Message):
    """An edit of a session is saved; ``note`` says what happened, for the user."""

    session_id: str
    note: str = ""


@dataclass
class StoreChanged(Message):
    """Somebody has written to the database: this workbench, or another process."""


@dataclass
class Failed(Message):
    """Something the user asked for did not work."""

    error: LiftError


@dataclass
class RunProgressed(Message):
    """A run has said something: the items of one frame (:mod:`tui.run_feed`)."""

    feed: RunFeed
    items: list[Any]


@dataclass
class RunEnded(Message):
    """A run is over; ``error`` is what the pipeline did not tell as an event."""

    feed: RunFeed
    error: LiftError | None


@dataclass
class ClauseWanted(Message):
    """The user wants to see the clause with this address."""

    address: str


@dataclass
class LineWanted(Message):
    """The user wants to see this line of the code (from 1)."""

    line: int
