"""Pages of sessions, sorted and filtered, at a cost that hardly grows with their number.

A page begins where the last one ended (keyset paging), so that deep pages cost no more than the
first one and sessions that are written meanwhile cause neither gaps nor duplicates. The filters
are decided inside one index, named in the query, because SQLite's planner knows only averages and
would take a poor one for a value that is much rarer, or more common, than most.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from engine.sessions import cursors
from engine.sessions.database import Database
from engine.sessions.records import Session, State

Sort = Literal["updated", "created", "title"]

NARROW = 2_000
"""Up to this many sessions of a tag or model are looked up and sorted; of more, the order is followed."""

_AT_ONCE = 4_096
"""How many numbers are read without a chance for other threads; less than a millisecond's worth."""


class Filter(BaseModel):
    """Which sessions to list; None means that it does not matter."""

    model_config = ConfigDict(frozen=True)

    state: State | None = None
    tag: str | None = None
    model: str | None = None
    has_holes: bool | None = None
    failing: bool | None = None
    deleted: bool = False


class Page(BaseModel):
    """Some sessions, and the cursor of those that follow (None on the last page)."""

    model_config = ConfigDict(frozen=True)

    items: tuple[Session, ...]
    next: str | None


_KEYS: dict[Sort, str] = {
    "updated": "updated_at",
    "created": "created_at",
    "title": "title COLLATE NOCASE",
}
_INDEXES: dict[Sort, str] = {
    "updated": "sessions_by_update",
    "created": "sessions_by_creation",
    "title": "sessions_by_title",
}


class Listing:
    """Lists of sessions.

    Args:
        narrow: up to how many sessions of a tag or model are looked up and sorted.
    """

    def __init__(self, db: Database, *, narrow: int = NARROW) -> None:
        self._db = db
        self.narrow = narrow
        self._last_order: tuple[str | None, array[int]] = (None, array("q"))

    def page(
        self,
        where: Filter | None = None,
        *,
        sort: Sort = "updated",
        descending: bool | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """One page of sessions.

        Args:
            descending: newest first for the two times and a to z for titles when not given.
            limit: most sessions on the page.
            cursor: ``next`` of the page before, taken with the same sort; None for the first page.

        Raises:
            BadCursor: the cursor is not one of this list.
        """
        where = where or Filter()
        descending = sort != "title" if descending is None else descending
        kind = f"{sort}-{'desc' if descending else 'asc'}"
        key, way = _KEYS[sort], "DESC" if descending else "ASC"
        source, conditions, params = self._narrowed(where, sort)
        if cursor is not None:
            params["key"], params["num"] = cursors.decode(cursor, kind, str if sort == "title" else int, int)
            conditions.append(f"({key}, num) {'<' if descending else '>'} (:key, :num)")
        params["limit"] = limit + 1
        rows = self._db.rows(
            f"""
            SELECT * FROM sessions JOIN (
                SELECT num AS listed FROM {source} WHERE {" AND ".join(conditions)}
                ORDER BY {key} {way}, num {way} LIMIT :limit
            ) ON num = listed
            ORDER BY {key} {way}, num {way}
            """,
            params,
        )
        items = tuple(Session.model_validate(row) for row in rows[:limit])
        if len(rows) <= limit:
            return Page(items=items, next=None)
        last = rows[limit - 1]
        return Page(items=items, next=cursors.encode(kind, last[_KEYS[sort].split()[0]], last["num"]))

    def all(self, where: Filter | None = None, *, sort: Sort = "updated") -> Iterator[Session]:
        """Every session that fits, page by page."""
        cursor: str | None = None
        while True:
            page = self.page(where, sort=sort, limit=500, cursor=cursor)
            yield from page.items
            if (cursor := page.next) is None:
                return

    def order(
        self, where: Filter | None = None, *, sort: Sort = "updated", descending: bool | None = None
    ) -> array[int]:
        """The numbers of all sessions that fit, in order: what a list needs to scroll to any place.

        SQLite puts them into one string, because it lets go of the interpreter's lock while it does;
        fetching as many rows one by one would fight over it with the thread that draws. The same order
        as the last time is given out as the same array, which nobody may change.
        """
        where = where or Filter()
        descending = sort != "title" if descending is None else descending
        key, way = _KEYS[sort], "DESC" if descending else "ASC"
        source, conditions, params = self._narrowed(where, sort)
        # SQLite keeps the order of a subquery when the aggregate around it depends on the order.
        numbers: str | None = self._db.scalar(
            f"""
            SELECT group_concat(num) FROM (
                SELECT num FROM {source} WHERE {" AND ".join(conditions)} ORDER BY {key} {way}, num {way}
            )
            """,
            params,
        )
        before, order = self._last_order
        if numbers != before:
            words = numbers.split(",") if numbers else []
            order = array("q")
            for start in range(0, len(words), _AT_ONCE):
                order.extend(map(int, words[start : start + _AT_ONCE]))
            self._last_order = numbers, order
        return order

    def at(self, numbers: Iterable[int]) -> dict[int, Session]:
        """The sessions with these numbers, by number; those that are gone for good are left out."""
        rows = self._db.rows(
            "SELECT * FROM sessions WHERE num IN (SELECT value FROM json_each(?))", (json.dumps([*numbers]),)
        )
        return {row["num"]: Session.model_validate(row) for row in rows}

    def count(self, where: Filter | None = None) -> int:
        """How many sessions fit; reads the whole index (some 10 ms for 100,000 sessions)."""
        source, conditions, params = self._narrowed(where or Filter(), "updated")
        return self._db.scalar(f"SELECT count(*) FROM {source} WHERE {' AND '.join(conditions)}", params)

    def tags(self) -> dict[str, int]:
        """Every tag in use, with the number of sessions that carry it."""
        rows = self._db.rows(
            """
            SELECT tag, count(*) AS sessions FROM session_tags JOIN sessions USING (num)
            WHERE deleted_at IS NULL GROUP BY tag ORDER BY tag
            """
        )
        return {row["tag"]: row["sessions"] for row in rows}

    def models(self) -> dict[str, int]:
        """Every model of a newest run, with the number of sessions whose it is."""
        rows = self._db.rows(
            """
            SELECT model, count(*) AS sessions FROM sessions INDEXED BY sessions_of_model
            WHERE deleted_at IS NULL AND model <> '' GROUP BY model ORDER BY model
            """
        )
        return {row["model"]: row["sessions"] for row in rows}

    def _narrowed(self, where: Filter, sort: Sort) -> tuple[str, list[str], dict[str, object]]:
        """The table to read (with the index to read it by), the conditions, and their parameters."""
        params: dict[str, object] = {}
        conditions = [f"deleted_at IS {'NOT ' if where.deleted else ''}NULL"]
        if where.state is not None:
            conditions.append("state = :state")
            params["state"] = where.state
        if where.model is not None:
            conditions.append("model = :model")
            params["model"] = where.model
        if where.has_holes is not None:
            conditions.append("holes_open > 0" if where.has_holes else "holes_open = 0")
        if where.failing is not None:
            conditions.append("checks_failed > 0" if where.failing else "checks_failed = 0")
        if where.tag is not None:
            params["tag"] = where.tag
            if self._is_narrow("session_tags", "tag = :tag", params):
                return "session_tags CROSS JOIN sessions USING (num)", [*conditions, "tag = :tag"], params
            conditions.append("EXISTS (SELECT 1 FROM session_tags t WHERE t.tag = :tag AND t.num = sessions.num)")
        if where.model is not None and not where.deleted and sort != "updated":
            of_model = "sessions INDEXED BY sessions_of_model"
            if self._is_narrow(of_model, "deleted_at IS NULL AND model = :model", params):
                return of_model, conditions, params
        return f"sessions INDEXED BY {_index(where, sort)}", conditions, params

    def _is_narrow(self, source: str, condition: str, params: dict[str, object]) -> bool:
        counted = f"SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {condition} LIMIT :narrow)"
        return self._db.scalar(counted, {**params, "narrow": self.narrow + 1}) <= self.narrow


def _index(where: Filter, sort: Sort) -> str:
    """The index that keeps the wanted order and has the fewest sessions in it."""
    if where.deleted:
        return "sessions_deleted"
    if sort != "updated":
        return _INDEXES[sort]
    if where.failing:
        return "sessions_failing"
    if where.has_holes:
        return "sessions_with_holes"
    if where.state is not None:
        return "sessions_of_state"
    if where.model is not None:
        return "sessions_of_model"
    return _INDEXES[sort]
