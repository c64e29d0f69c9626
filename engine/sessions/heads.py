"""The head of a session: which draft is current, and undo and redo.

The moves of the head are only ever appended; where undo and redo lead is computed by replaying
them, so that it survives a restart and is the same for every process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engine.sessions.database import Database
from engine.sessions.errors import NoSuchRecord, NothingToUndo
from engine.sessions.records import HeadMove, MoveKind
from engine.sessions.summary import refresh
from engine.sessions.texts import require_session


@dataclass(frozen=True)
class Position:
    """Where the head is, and the drafts that repeated undo and redo would lead to (next one last)."""

    head: int | None = None
    undo: tuple[int, ...] = ()
    redo: tuple[int, ...] = ()


def replay(moves: Iterable[tuple[MoveKind, int]]) -> Position:
    """The position after ``moves`` (kind, draft), by the rules of every editor's undo."""
    head: int | None = None
    undo: list[int] = []
    redo: list[int] = []
    for kind, draft in moves:
        if kind == "undo":
            undo.pop()
            redo.append(_known(head))
        else:
            if head is not None:
                undo.append(head)
            redo = redo[:-1] if kind == "redo" else []
        head = draft
    return Position(head, tuple(undo), tuple(redo))


class Heads:
    """The heads of all sessions.

    Args:
        clock: the time, in milliseconds since the Unix epoch.
    """

    def __init__(self, db: Database, clock: Callable[[], int]) -> None:
        self._db = db
        self._clock = clock

    def current(self, session_id: str) -> int | None:
        """Id of the head draft, None before the first draft."""
        return current_head(self._db, session_id)

    def position(self, session_id: str) -> Position:
        """The head, and what undo and redo would do."""
        return replay((move.kind, move.draft_id) for move in self.moves(session_id))

    def moves(self, session_id: str) -> list[HeadMove]:
        """All moves of the head, oldest first."""
        rows = self._db.rows("SELECT * FROM head_moves WHERE session_id = ? ORDER BY id", (session_id,))
        return [HeadMove.model_validate(row) for row in rows]

    def select(self, session_id: str, draft_id: int, *, author: str = "") -> int:
        """Make any draft of the session the head, for instance a sibling; undo leads back.

        Raises:
            NoSuchRecord: it is no draft of the session.
            NotAllowed: the session is deleted.
        """
        with self._db.transaction():
            owner = self._db.scalar("SELECT session_id FROM drafts WHERE id = ?", (draft_id,))
            if owner != session_id:
                raise NoSuchRecord(f"Draft {draft_id} is not a draft of session {session_id}.")
            if draft_id != self.current(session_id):
                self._move(session_id, "select", draft_id, author)
            return draft_id

    def undo(self, session_id: str, *, author: str = "") -> int:
        """Move the head to where it was before; returns the id of the draft it is on now.

        Raises:
            NothingToUndo: the head has not moved yet, or everything is undone.
        """
        with self._db.transaction():
            position = self.position(session_id)
            if not position.undo:
                raise NothingToUndo(f"There is nothing to undo in session {session_id}.")
            return self._move(session_id, "undo", position.undo[-1], author)

    def redo(self, session_id: str, *, author: str = "") -> int:
        """Take back the last undo; returns the id of the draft that the head is on now.

        Raises:
            NothingToUndo: nothing was undone since the last change.
        """
        with self._db.transaction():
            position = self.position(session_id)
            if not position.redo:
                raise NothingToUndo(f"There is nothing to redo in session {session_id}.")
            return self._move(session_id, "redo", position.redo[-1], author)

    def _move(self, session_id: str, kind: MoveKind, draft_id: int, author: str) -> int:
        require_session(self._db, session_id)
        now = self._clock()
        record_move(self._db, session_id, kind, draft_id, author=author, now_ms=now)
        refresh(self._db, session_id, now)
        return draft_id


def current_head(db: Database, session_id: str) -> int | None:
    """Id of the head draft of a session, None before the first draft."""
    return db.scalar("SELECT draft_id FROM head_moves WHERE session_id = ? ORDER BY id DESC LIMIT 1", (session_id,))


def record_move(db: Database, session_id: str, kind: MoveKind, draft_id: int, *, author: str, now_ms: int) -> None:
    """Append a move of the head inside the caller's transaction."""
    db.insert(
        "head_moves",
        {
            "session_id": session_id,
            "kind": kind,
            "draft_id": draft_id,
            "author": author,
            "created_at": now_ms,
        },
    )


def _known(head: int | None) -> int:
    if head is None:
        raise ValueError("the first move of a head cannot be an undo")
    return head
