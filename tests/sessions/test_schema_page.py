from __future__ import annotations

from pathlib import Path

import pytest

from engine.sessions import schema_page

PAGE = Path(__file__).parents[2] / schema_page.PAGE


def test_the_page_is_in_step_with_the_schema():
    assert PAGE.read_text(encoding="utf-8") == schema_page.current_page(), "run: python -m engine.sessions.schema_page"


def test_every_table_and_column_has_a_comment(store):
    tables = schema_page.live_schema(store._db)
    assert {table.name for table in tables} >= {"sessions", "drafts", "runs", "checks"}
    for table in tables:
        assert table.comment, table.name
        real = [row["name"] for row in store._db.rows(f"PRAGMA table_info({table.name})")]
        assert [column.name for column in table.columns] == real
        assert all(column.comment.endswith(".") for column in table.columns), table.name


def test_the_page_is_written_where_it_belongs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    schema_page.main()
    assert (tmp_path / "docs" / "schema.md").read_text().startswith("# The session database")


@pytest.mark.parametrize("name", ["drafts.ir", "sessions.title", "events.kind"])
def test_the_page_names_columns(name):
    table, column = name.split(".")
    section = schema_page.current_page().split(f"\n## {table}\n")[1].split("\n## ")[0]
    assert f"| `{column}` |" in section
