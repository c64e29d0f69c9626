"""Sessions from creation to purge: names, tags, states, forks and prompts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal

from engine.sessions import ids
from engine.sessions.database import Database
from engine.sessions.drafts import Drafts
from engine.sessions.errors import AmbiguousId, NoSuchRecord, NotAllowed
from engine.sessions.records import EventKind, Origin, Prompt, Session, SessionEvent, State
from engine.sessions.summary import TITLE_LENGTH
from engine.sessions.texts import add_text, require_session

_TAG = re.compile(r"[\w][\w.:/+-]{0,39}")
_SHOWN_MATCHES = 4


class Sessions:
    """The sessions themselves.

    Args:
        clock: the time, in milliseconds since the Unix epoch.
    """

    def __init__(self, db: Database, clock: Callable[[], int], drafts: Drafts) -> None:
        self._db = db
        self._clock = clock
        self._drafts = drafts

    def create(
        self,
        prompt: str = "",
        *,
        origin: Origin = "prompt",
        title: str = "",
        author: str = "",
        tags: Iterable[str] = (),
        forked_from: int | None = None,
    ) -> Session:
        """Begin a session, with its first prompt if there is one.

        Args:
            title: a title given by a person; otherwise the prompt, then the specification, gives it.
        """
        now = self._clock()
        with self._db.transaction():
            session_id = ids.new_id(now, after=self._db.scalar("SELECT max(id) FROM sessions"))
            self._db.insert(
                "sessions",
                {
                    "id": session_id,
                    "origin": origin,
                    "forked_from": forked_from,
                    "created_at": now,
                    "updated_at": now,
                    "title": _first_line(title or prompt),
                    "title_given": bool(title),
                },
            )
            self._event(session_id, "create", origin, author)
            if prompt:
                self.add_prompt(session_id, prompt, author=author)
            for tag in tags:
                self.tag(session_id, tag, author=author)
            return self.get(session_id)

    def get(self, session_id: str) -> Session:
        """The session with exactly this id, deleted or not.

        Raises:
            NoSuchRecord: there is none.
        """
        row = self._db.row("SELECT * FROM sessions WHERE id = ?", (session_id,))
        if row is None:
            raise NoSuchRecord(f"There is no session {session_id}.", "List the sessions to find its id.")
        return Session.model_validate(row)

    def find(self, typed: str) -> Session:
        """The session that a person means by an id or the unique start of one.

        Raises:
            NoSuchRecord: no id starts like that.
            AmbiguousId: several do.
        """
        prefix = ids.normalise(typed)
        if not prefix or not set(prefix) <= set(ids.ALPHABET):
            raise NoSuchRecord(f"“{typed}” is not a session id.", "List the sessions to find its id.")
        rows = self._db.rows(
            "SELECT * FROM sessions WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            (prefix, prefix + "~", _SHOWN_MATCHES),
        )
        if not rows:
            raise NoSuchRecord(f"No session id starts with “{typed}”.", "List the sessions to find its id.")
        if len(rows) > 1:
            raise AmbiguousId(typed, tuple(row["id"] for row in rows))
        return Session.model_validate(rows[0])

    def add_prompt(
        self, session_id: str, text: str, *, purpose: Literal["draft", "refine"] = "draft", author: str = ""
    ) -> Prompt:
        """Add a request in plain English: the first one, or one to refine the specification."""
        now = self._clock()
        with self._db.transaction():
            require_session(self._db, session_id)
            prompt_id = add_text(self._db, session_id, "prompt", text, author=author, now_ms=now)
            self._db.insert("prompts", {"id": prompt_id, "purpose": purpose})
            self._touch(session_id)
            return self.prompts(session_id)[-1]

    def prompts(self, session_id: str) -> list[Prompt]:
        """The prompts of a session, oldest first."""
        rows = self._db.rows(
            """
            SELECT p.id, t.session_id, t.seq, p.purpose, t.body AS text, t.author, t.created_at
            FROM texts t JOIN prompts p ON p.id = t.id
            WHERE t.session_id = ? AND t.kind = 'prompt' ORDER BY t.seq
            """,
            (session_id,),
        )
        return [Prompt.model_validate(row) for row in rows]

    def rename(self, session_id: str, title: str, *, author: str = "") -> Session:
        """Give the session a title of the user's own.

        Raises:
            NotAllowed: the title is empty, or the session is deleted.
        """
        title = _first_line(title)
        if not title:
            raise NotAllowed("A title needs at least one character.")
        with self._db.transaction():
            require_session(self._db, session_id)
            self._event(session_id, "title", title, author)
            add_text(self._db, session_id, "title", title, author=author, now_ms=self._clock())
            self._db.execute("UPDATE sessions SET title = ?, title_given = 1 WHERE id = ?", (title, session_id))
            return self._touch(session_id)

    def tag(self, session_id: str, tag: str, *, author: str = "") -> Session:
        """Put a tag on the session; no effect when it is there already.

        Raises:
            NotAllowed: it is not one word of letters, digits and ``. : / + -``, or the session is deleted.
        """
        if not _TAG.fullmatch(tag):
            raise NotAllowed(f"“{tag}” cannot be a tag.", "Use one word of letters, digits and . : / + - (at most 40).")
        with self._db.transaction():
            require_session(self._db, session_id)
            added = self._db.execute(
                "INSERT OR IGNORE INTO session_tags (tag, num) SELECT ?, num FROM sessions WHERE id = ?",
                (tag, session_id),
            ).rowcount
            return self._tags_changed(session_id, "tag", tag, author) if added else self.get(session_id)

    def untag(self, session_id: str, tag: str, *, author: str = "") -> Session:
        """Take a tag off the session; no effect when it is not there."""
        with self._db.transaction():
            require_session(self._db, session_id)
            removed = self._db.execute(
                "DELETE FROM session_tags WHERE tag = ? AND num = (SELECT num FROM sessions WHERE id = ?)",
                (tag, session_id),
            ).rowcount
            return self._tags_changed(session_id, "untag", tag, author) if removed else self.get(session_id)

    def set_state(self, session_id: str, state: State, *, author: str = "", reason: str = "") -> Session:
        """Move the session to another state; whether that is sensible is the caller's to decide."""
        with self._db.transaction():
            require_session(self._db, session_id)
            if self.get(session_id).state == state:
                return self.get(session_id)
            self._event(session_id, "state", state, author, reason)
            self._db.execute("UPDATE sessions SET state = ? WHERE id = ?", (state, session_id))
            return self._touch(session_id)

    def fork(self, draft_id: int, *, author: str = "", title: str = "") -> Session:
        """Begin a new session from a draft of another, with that session's first prompt.

        Raises:
            NoSuchRecord: there is no such draft.
        """
        with self._db.transaction():
            draft = self._drafts.get(draft_id)
            prompts = self.prompts(draft.session_id)
            session = self.create(
                prompts[0].text if prompts else "",
                origin="fork",
                title=title,
                author=author,
                forked_from=draft_id,
            )
            self._drafts.add(
                session.id,
                draft.ir,
                parent=None,
                ir_text=draft.ir_text,
                author=draft.author,
                source=draft.source,
                reason=f"fork of {draft.session_id}, draft {draft.seq}",
            )
            return self.get(session.id)

    def delete(self, session_id: str, *, author: str = "") -> Session:
        """Take the session out of every list and search; :meth:`undelete` brings it back whole."""
        with self._db.transaction():
            require_session(self._db, session_id)
            self._event(session_id, "delete", "", author)
            self._db.execute("UPDATE sessions SET deleted_at = ? WHERE id = ?", (self._clock(), session_id))
            return self.get(session_id)

    def undelete(self, session_id: str, *, author: str = "") -> Session:
        """Bring a deleted session back."""
        with self._db.transaction():
            require_session(self._db, session_id, deleted=True)
            self._event(session_id, "undelete", "", author)
            self._db.execute("UPDATE sessions SET deleted_at = NULL WHERE id = ?", (session_id,))
            return self.get(session_id)

    def purge(self, session_id: str) -> None:
        """Remove a deleted session for good, with everything in it.

        Raises:
            NotAllowed: it is not deleted.
        """
        with self._db.transaction():
            require_session(self._db, session_id, deleted=True)
            self._db.execute("DELETE FROM sessions WHERE id = ?", (session_id,))

    def prune(self, origin: Origin = "starter") -> int:
        """Remove all sessions of one origin for good; returns how many."""
        with self._db.transaction():
            found = self._db.rows("SELECT id FROM sessions WHERE origin = ?", (origin,))
            self._db.execute(
                "UPDATE sessions SET deleted_at = ? WHERE origin = ? AND deleted_at IS NULL", (self._clock(), origin)
            )
            for row in found:
                self.purge(row["id"])
            return len(found)

    def events(self, session_id: str) -> list[SessionEvent]:
        """What happened to the session beside its content, oldest first."""
        rows = self._db.rows("SELECT * FROM events WHERE session_id = ? ORDER BY id", (session_id,))
        return [SessionEvent.model_validate(row) for row in rows]

    def _tags_changed(self, session_id: str, kind: EventKind, tag: str, author: str) -> Session:
        self._event(session_id, kind, tag, author)
        rows = self._db.rows(
            "SELECT tag FROM session_tags WHERE num = (SELECT num FROM sessions WHERE id = ?)", (session_id,)
        )
        tags = " ".join(sorted(row["tag"] for row in rows))
        self._db.execute("UPDATE sessions SET tags = ? WHERE id = ?", (tags, session_id))
        return self._touch(session_id)

    def _touch(self, session_id: str) -> Session:
        self._db.execute("UPDATE sessions SET updated_at = ? WHERE id = ?", (self._clock(), session_id))
        return self.get(session_id)

    def _event(self, session_id: str, kind: EventKind, value: str, author: str, reason: str = "") -> None:
        self._db.insert(
            "events",
            {
                "session_id": session_id,
                "kind": kind,
                "value": value,
                "reason": reason,
                "author": author,
                "created_at": self._clock(),
            },
        )


def _first_line(text: str) -> str:
    line = " ".join(text.strip().split("\n", 1)[0].split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1] + "…"
