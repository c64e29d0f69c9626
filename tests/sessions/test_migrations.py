from __future__ import annotations

import signal
import sqlite3
from contextlib import closing

import pytest

from engine.sessions.database import Database
from engine.sessions.errors import NewerSchema, NotASessionStore
from engine.sessions.migrations import SCHEMA_VERSION, migrate, migrations
from engine.sessions.store import SessionStore

TEXT = "INSERT INTO texts (id, session_id, kind, seq, body, created_at) VALUES (?, '1s0000000', ?, 1, ?, 2)"


def schema(path):
    with closing(sqlite3.connect(path)) as raw:
        return sorted(row[0] for row in raw.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))


def version(path):
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute("PRAGMA user_version").fetchone()[0]


def file_at(path, schema_version):
    """A database as an earlier Lift left it, with a session in it."""
    database = Database(path)
    migrate(database, upto=schema_version)
    database.execute(
        "INSERT INTO sessions (num, id, origin, created_at, updated_at) VALUES (1, '1s0000000', 'prompt', 2, 2)"
    )
    database.execute(TEXT, (1, "prompt", "clamp a value"))
    database.execute("INSERT INTO prompts (id, purpose) VALUES (1, 'draft')")
    database.close()


def test_the_version_counts_the_migrations(store):
    assert len(migrations().applied(store._db.connection)) == SCHEMA_VERSION == version(store.path)


@pytest.mark.parametrize("earlier", range(1, SCHEMA_VERSION + 1))
def test_every_earlier_schema_arrives_at_the_same_one_with_its_data(path, tmp_path, earlier):
    with SessionStore(tmp_path / "fresh.db"):
        pass
    file_at(path, earlier)
    assert version(path) == earlier

    with SessionStore(path) as store:
        assert store.sessions.prompts("1s0000000")[0].text == "clamp a value"
        assert [hit.session.id for hit in store.search.page("clamp").items] == ["1s0000000"]
        assert store.damage() == []
    assert schema(path) == schema(tmp_path / "fresh.db")
    assert version(path) == SCHEMA_VERSION


def test_an_empty_file_is_a_new_database(path):
    path.touch()
    with SessionStore(path) as store:
        assert store.listing.page().items == ()


def test_a_newer_file_is_refused_and_left_untouched(path):
    with SessionStore(path) as store:
        store.sessions.create("keep me")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        raw.execute("PRAGMA journal_mode = delete")
    before = path.read_bytes()

    with pytest.raises(NewerSchema) as refused:
        SessionStore(path)
    assert refused.value.found == SCHEMA_VERSION + 1
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_newer_version_that_is_still_in_the_log_is_seen_too(path):
    with SessionStore(path):
        pass
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 5}")
        before, log = path.read_bytes(), path.with_name(path.name + "-wal").read_bytes()
        with pytest.raises(NewerSchema):
            SessionStore(path)
        assert path.read_bytes() == before
        assert path.with_name(path.name + "-wal").read_bytes() == log


def test_another_programs_database_is_refused(path):
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE bookmarks (url)")
    before = path.read_bytes()
    with pytest.raises(NotASessionStore):
        SessionStore(path)
    assert path.read_bytes() == before


def test_a_failing_step_leaves_the_earlier_schema(path, monkeypatch):
    file_at(path, 1)
    before = schema(path)
    ordered = migrations()

    def fail(db):
        db.execute("CREATE TABLE half (x)")
        raise RuntimeError("midway")

    ordered._migrations[-1].fn = fail
    monkeypatch.setattr("engine.sessions.migrations.migrations", lambda: ordered)
    with pytest.raises(RuntimeError):
        SessionStore(path)
    assert schema(path) == before
    assert version(path) == 1


STOPPED = """
import sys, time
from pathlib import Path
from engine.sessions import migrations as m
ordered = m.migrations()
step = ordered._migrations[int(sys.argv[2])]
real = step.fn
def stop(db):
    real(db)
    print("midway", flush=True)
    time.sleep(60)
step.fn = stop
m.migrations = lambda: ordered
from engine.sessions.store import SessionStore
SessionStore(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("step", range(SCHEMA_VERSION))
def test_a_migration_killed_midway_is_done_again(path, python, step):
    process = python(STOPPED, path, step)
    assert process.stdout.readline() == "midway\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert version(path) == 0

    with SessionStore(path) as store:
        assert store.damage() == []
        assert store.sessions.create("after").title == "after"


def test_many_processes_may_open_a_new_file_at_once(path, python):
    code = """
import sys
from pathlib import Path
from engine.sessions.store import SessionStore
sys.stdin.readline()
with SessionStore(Path(sys.argv[1]), busy_timeout_s=30) as store:
    print(store.sessions.create("hello").id)
"""
    processes = [python(code, path) for _ in range(6)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    made = [process.communicate() for process in processes]
    assert all(process.returncode == 0 for process in processes), made
    assert len({output for output, _ in made}) == 6
