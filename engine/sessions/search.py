"""Full-text search over prompts, specifications and code.

Ranking by relevance (bm25) reads every match, so it is kept for searches with few matches; those
with many are given newest first, which the index delivers in order and without counting.
Syntax of queries: https://www.sqlite.org/fts5.html#full_text_query_syntax
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from engine.sessions import cursors
from engine.sessions.database import Database, Row
from engine.sessions.records import Session, TextKind

FEW = 500
"""Up to this many matching texts are ranked by relevance; more of them, by age."""

MARK_START, MARK_END = "\x02", "\x03"
"""What surrounds the matched words in a snippet: control characters that no text needs."""

SNIPPET_WORDS = 16

MAX_QUERY = 1_000
"""Longest part of a query that is looked at, in characters."""

MAX_TERMS = 32
"""Most words and phrases of a query that are looked for."""

_NO_LIMIT = 2**63 - 1

_TERM = re.compile(r'"([^"]*)"?|(\S+)')


class Hit(BaseModel):
    """A session that matches, and the text of it that matches best (or last).

    ``snippet`` is a piece of that text with the matched words between :data:`MARK_START` and
    :data:`MARK_END`; ``text_id`` is the id of the prompt, draft or code version it comes from,
    and ``number`` the number that people know that by.
    """

    model_config = ConfigDict(frozen=True)

    session: Session
    kind: TextKind
    text_id: int
    number: int
    snippet: str


class Hits(BaseModel):
    """Some hits, and the cursor of those that follow (None on the last page)."""

    model_config = ConfigDict(frozen=True)

    items: tuple[Hit, ...]
    next: str | None


class _Found(NamedTuple):
    """What is looked for: the FTS5 expression, in texts of these kinds (all when empty)."""

    expression: str
    kinds: tuple[TextKind, ...]


class Search:
    """Full-text search over all sessions that are not deleted."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def page(
        self,
        query: str,
        *,
        prefix: bool = False,
        kinds: Sequence[TextKind] = (),
        limit: int = 20,
        cursor: str | None = None,
    ) -> Hits:
        """One page of the sessions in which all words of ``query`` occur in one text.

        Words in double quotes have to follow each other; a word that ends in ``*`` stands for all
        words that begin like it. Every other character is harmless. A query without a single
        letter or digit finds nothing.

        Args:
            prefix: the last word may be the beginning of one, as while typing.
            kinds: search only texts of these kinds.
            limit: most sessions on the page.
            cursor: ``next`` of the page before; None for the first page.

        Raises:
            BadCursor: the cursor is not one of a search.
        """
        expression = match_expression(query, prefix=prefix)
        if expression is None:
            return Hits(items=(), next=None)
        found = _Found(expression, tuple(kinds))
        with self._db.snapshot():
            if cursor is None:
                rows = self._newest(found, _NO_LIMIT, FEW + 1)
                if len(rows) > FEW:
                    return self._by_age(found, limit, _NO_LIMIT, rows)
                return self._by_relevance(found, limit, 0)
            order, place = cursors.decode(cursor, "search", str, int)
            if order == "age":
                return self._by_age(found, limit, place, self._newest(found, place, 4 * limit))
            return self._by_relevance(found, limit, max(place, 0))

    def _by_relevance(self, found: _Found, limit: int, skip: int) -> Hits:
        best: dict[str, Row] = {}
        for row in self._texts(found, "ORDER BY rank, matched DESC LIMIT :most", {"most": FEW}):
            best.setdefault(row["session_id"], row)
        page = list(best.values())[skip : skip + limit]
        following = cursors.encode("search", "relevance", skip + limit) if len(best) > skip + limit else None
        return self._hits(found, page, following)

    def _by_age(self, found: _Found, limit: int, start: int, rows: list[Row]) -> Hits:
        """The hits from the text ``start`` down, of which ``rows`` are the first."""
        newest: dict[str, Row] = {}
        while rows:
            for row in rows:
                if row["session_id"] in newest or self._shown_before(found, row["session_id"], start):
                    continue
                if len(newest) == limit:
                    page = list(newest.values())
                    return self._hits(found, page, cursors.encode("search", "age", page[-1]["id"]))
                newest[row["session_id"]] = row
            rows = self._newest(found, rows[-1]["id"], 4 * limit)
        return self._hits(found, list(newest.values()), None)

    def _newest(self, found: _Found, before: int, most: int) -> list[Row]:
        order = "AND matched < :before ORDER BY matched DESC LIMIT :most"
        return self._texts(found, order, {"before": before, "most": most})

    def _texts(self, found: _Found, order: str, params: dict[str, object]) -> list[Row]:
        """Matching texts of sessions that are not deleted."""
        return self._db.rows(
            f"""
            SELECT t.id, t.session_id, t.kind, t.seq FROM (
                SELECT rowid AS matched, rank FROM texts_index WHERE texts_index MATCH :expression
            ) CROSS JOIN texts t ON t.id = matched CROSS JOIN sessions s ON s.id = t.session_id
            WHERE s.deleted_at IS NULL AND (:kinds = '' OR instr(:kinds, t.kind) > 0) {order}
            """,
            {"expression": found.expression, "kinds": " ".join(found.kinds), **params},
        )

    def _shown_before(self, found: _Found, session_id: str, start: int) -> bool:
        """Whether a newer text of the session, on an earlier page, matched already."""
        if start == _NO_LIMIT:
            return False
        newer = self._db.rows(
            "SELECT id FROM texts WHERE session_id = ? AND id >= ? AND (? = '' OR instr(?, kind) > 0)",
            (session_id, start, *[" ".join(found.kinds)] * 2),
        )
        return any(
            self._db.row(
                "SELECT 1 FROM texts_index WHERE texts_index MATCH ? AND rowid = ?", (found.expression, row["id"])
            )
            for row in newer
        )

    def _hits(self, found: _Found, rows: list[Row], following: str | None) -> Hits:
        snippets = self._snippets(found, [row["id"] for row in rows])
        items = [
            Hit(
                session=Session.model_validate(
                    self._db.row("SELECT * FROM sessions WHERE id = ?", (row["session_id"],))
                ),
                kind=row["kind"],
                text_id=row["id"],
                number=row["seq"],
                snippet=snippets[row["id"]],
            )
            for row in rows
        ]
        return Hits(items=tuple(items), next=following)

    def _snippets(self, found: _Found, text_ids: list[int]) -> dict[int, str]:
        # One pass over the range that the page spans, because FTS5 evaluates the whole expression
        # anew for each single row that it is asked about; the plus keeps the list out of its hands.
        if not text_ids:
            return {}
        rows = self._db.rows(
            """
            SELECT rowid AS id, snippet(texts_index, 0, :on, :off, '…', :words) AS snippet FROM texts_index
            WHERE texts_index MATCH :expression AND rowid BETWEEN :first AND :last
                AND +rowid IN (SELECT value FROM json_each(:ids))
            """,
            {
                "on": MARK_START,
                "off": MARK_END,
                "words": SNIPPET_WORDS,
                "expression": found.expression,
                "first": min(text_ids),
                "last": max(text_ids),
                "ids": json.dumps(text_ids),
            },
        )
        return {row["id"]: row["snippet"] for row in rows}


def match_expression(query: str, *, prefix: bool) -> str | None:
    """What FTS5 understands for what a person typed; None when there is nothing to look for."""
    query = query[:MAX_QUERY]
    terms: list[str] = []
    for phrase, word in _TERM.findall(query):
        text = _printable(phrase or word)
        if any(_is_searchable(char) for char in text):
            terms.append(f'"{text}"{_star(word.rstrip("*")) if word.endswith("*") else ""}')
    if not terms:
        return None
    if prefix and _is_searchable(query[-1]):
        terms[-1] += _star(query.split()[-1])
    return " ".join(terms[:MAX_TERMS])


def _star(word: str) -> str:
    """What makes ``word`` a beginning of words; a single letter begins so many that it stays itself."""
    return "" if len(word) == 1 and word.isascii() else " *"


def _printable(text: str) -> str:
    """``text`` without quotes, control characters and surrogates, which would end or break a phrase."""
    return "".join(" " if char == '"' or unicodedata.category(char) in ("Cc", "Cs") else char for char in text)


def _is_searchable(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LN" or category == "Co"
