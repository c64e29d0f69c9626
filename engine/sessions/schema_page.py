"""Writes ``docs/schema.md`` from the live schema: ``python -m engine.sessions.schema_page``.

SQLite keeps the comments inside CREATE TABLE, so a database file documents itself; this page is
only a readable copy of what every file says.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import NamedTuple

from engine.sessions.database import Database
from engine.sessions.migrations import SCHEMA_VERSION, migrate

PAGE = Path("docs/schema.md")

_TABLE_LINE = re.compile(r"CREATE TABLE \w+ \( -- (?P<comment>.+)")
_COLUMN_LINE = re.compile(r"\s+(?P<name>[a-z_]+) (?P<type>[A-Z]+\b.*?),? -- (?P<comment>.+)")
_HIDDEN = (
    "name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_sqlite%' ESCAPE '\\' AND name NOT LIKE 'texts\\_index%' ESCAPE '\\'"
)


class Column(NamedTuple):
    """A column with its declaration and its comment."""

    name: str
    declaration: str
    comment: str


class Table(NamedTuple):
    """A table with its comment, its columns and the names of its indexes and triggers."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    indexes: tuple[str, ...]
    triggers: tuple[str, ...]


def live_schema(database: Database) -> list[Table]:
    """The tables of a database, as the database itself describes them, in order of creation."""
    rows = database.rows(f"SELECT name, sql FROM sqlite_master WHERE type = 'table' AND {_HIDDEN} ORDER BY rowid")
    return [_table(database, row["name"], row["sql"]) for row in rows]


def render_page(tables: list[Table]) -> str:
    """The page, in Markdown."""
    lines = [
        "# The session database",
        "",
        "Written by `python -m engine.sessions.schema_page` from the live schema; a test keeps it in step.",
        f"Schema version {SCHEMA_VERSION} (`PRAGMA user_version`). SQLite in WAL mode, foreign keys on, strict tables.",
        "Times are milliseconds since the Unix epoch (UTC).",
        "",
        "Rows of append-only tables never change, and go only when their whole session is purged; triggers see to it.",
        "`texts_index` is the full-text index (FTS5) over `texts.body`, kept in step by triggers as well.",
    ]
    for table in tables:
        lines += ["", f"## {table.name}", "", table.comment, "", "| Column | Declaration | Meaning |", "|---|---|---|"]
        lines += [f"| `{c.name}` | `{c.declaration}` | {c.comment.replace('|', '&#124;')} |" for c in table.columns]
        for label, names in (("Indexes", table.indexes), ("Triggers", table.triggers)):
            if names:
                lines += ["", f"{label}: {', '.join(f'`{name}`' for name in names)}."]
    return "\n".join(lines) + "\n"


def current_page() -> str:
    """The page for the schema that this Lift creates."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "schema.db")
        try:
            migrate(database)
            return render_page(live_schema(database))
        finally:
            database.close()


def _table(database: Database, name: str, sql: str) -> Table:
    first, *rest = sql.splitlines()
    head = _TABLE_LINE.match(first)
    columns = [
        Column(match["name"], match["type"], match["comment"]) for line in rest if (match := _COLUMN_LINE.match(line))
    ]
    return Table(
        name,
        head["comment"] if head else "",
        tuple(columns),
        _names(database, name, "index"),
        _names(database, name, "trigger"),
    )


def _names(database: Database, table: str, kind: str) -> tuple[str, ...]:
    rows = database.rows(
        "SELECT name FROM sqlite_master WHERE tbl_name = ? AND type = ? AND sql IS NOT NULL ORDER BY name",
        (table, kind),
    )
    return tuple(row["name"] for row in rows)


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(current_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
