from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from engine.sessions.database import Database
from engine.sessions.errors import (
    NoSuchRecord,
    NotASessionStore,
    StoreCorrupt,
    StoreFull,
    StoreLocked,
    StoreMissingFolder,
)
from engine.sessions.migrations import migrate
from engine.sessions.store import SessionStore, default_db_path


@pytest.fixture
def holder(path):
    """Another program that holds the write lock while the test runs."""
    with SessionStore(path) as store:
        store.sessions.create("before")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def titles(store):
    return [session.title for session in store.listing.all()]


def filled(path):
    with SessionStore(path) as store, store.transaction():
        for number in range(200):
            store.sessions.create(f"session {number} " + "word " * 50)
    return path.read_bytes()


def set_aside_files(path):
    return [file for file in path.parent.iterdir() if ".damaged-" in file.name]


def test_a_locked_database_is_said_to_be_locked_and_can_be_read(path, holder):
    with SessionStore(path, busy_timeout_s=0.05) as store:
        assert titles(store) == ["before"]
        with pytest.raises(StoreLocked, match="locked by another process"):
            store.sessions.create("during")
        holder.execute("COMMIT")
        store.sessions.create("after")
        assert titles(store) == ["after", "before"]


def test_an_old_file_that_is_locked_is_not_migrated_halfway(path):
    database = Database(path)
    migrate(database, upto=1)
    database.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked):
            SessionStore(path, busy_timeout_s=0.05)
    with SessionStore(path) as store:
        assert titles(store) == []


def test_a_missing_folder_is_made_private(tmp_path):
    path = tmp_path / "a" / "b" / "sessions.db"
    with SessionStore(path):
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreMissingFolder, match="mkdir -p"):
        SessionStore(tmp_path / "file" / "sessions.db")
    with pytest.raises(StoreMissingFolder, match="belongs to a folder"):
        SessionStore(tmp_path)


def test_a_folder_that_disappears_while_running_is_an_error_not_a_new_file(path):
    with SessionStore(path) as store:
        store.sessions.create("x")
    with SessionStore(path, read_only=True) as store:
        assert titles(store) == ["x"]
    path.unlink()
    with pytest.raises(NoSuchRecord):
        SessionStore(path, read_only=True)
    assert not path.exists()


READ_ONLY = """
import os, sys
from pathlib import Path
from engine.sessions.errors import StoreReadOnly
from engine.sessions.store import SessionStore
if os.getuid() == 0:
    os.setgid(65534), os.setuid(65534)
path, how = Path(sys.argv[1]), sys.argv[2]
try:
    with SessionStore(path, read_only=how == "read") as store:
        print([session.title for session in store.listing.all()])
        if how == "write":
            store.sessions.create("more")
except StoreReadOnly as error:
    print(str(error).splitlines()[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files mean something else there")
@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "exists", "how", "said"),
    [
        (0o777, 0o444, True, "write", ["['kept']", "Give yourself write access"]),
        (0o555, 0o444, True, "write", ["Give yourself write access"]),
        (0o555, 0o444, False, "write", ["Give yourself write access"]),
        (0o555, 0o444, True, "read", ["['kept']"]),
        (0o777, 0o444, True, "read", ["['kept']"]),
        (0o777, 0o000, True, "read", ["Give yourself write access"]),
    ],
)
def test_a_read_only_file_or_folder(python, folder_mode, file_mode, exists, how, said):
    folder = Path(tempfile.mkdtemp())  # pytest's own folders are closed to other users
    try:
        path = folder / "sessions.db"
        if exists:
            with SessionStore(path) as store:
                store.sessions.create("kept")
            path.chmod(file_mode)
        folder.chmod(folder_mode)
        before = path.read_bytes() if exists else None
        output, errors = python(READ_ONLY, path, how).communicate()
        lines = output.splitlines()
        assert len(lines) == len(said), errors
        assert all(line.startswith(start) for line, start in zip(lines, said, strict=True)), lines
        assert (path.read_bytes() if exists else None) == before
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


def test_a_full_disk_loses_nothing_that_was_saved(store, spec):
    session = store.sessions.create("saved")
    first = store.drafts.add(session.id, spec(), parent=None)
    pages = store._db.scalar("PRAGMA page_count")
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull, match="Free some space"):
        store.sessions.create("too much " * 10_000)
    assert store.drafts.head(session.id) == first
    assert store.damage() == []
    store._db.execute("PRAGMA max_page_count = 1000000")
    store.sessions.create("fits again")
    assert titles(store) == ["fits again", "Clamp a value"]


FULL = """
import resource, sys
from pathlib import Path
from engine.sessions.errors import StoreFull
from engine.sessions.store import SessionStore
path = Path(sys.argv[1])
with SessionStore(path) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    try:
        while True:
            print(store.sessions.create("words " * 500).id, flush=True)
    except StoreFull:
        print("full", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_disk_that_fills_up_while_writing(path, python):
    with SessionStore(path) as store:
        store.sessions.create("first")
    output, errors = python(FULL, path).communicate()
    *acknowledged, last = output.splitlines()
    assert last == "full", errors
    assert acknowledged
    with SessionStore(path) as store:
        assert store.damage() == []
        assert {session.id for session in store.listing.all()} >= set(acknowledged)


@pytest.mark.parametrize("where", ["header", "schema", "end", "all", "short"])
def test_a_damaged_file_is_set_aside_unchanged(path, where):
    damaged = bytearray(filled(path))
    match where:
        case "header":
            damaged[:16] = b"\0" * 16
        case "schema":
            damaged[100:4096] = b"\xff" * 3996
        case "end":
            del damaged[len(damaged) // 2 :]
        case "all":
            damaged[:] = random.Random(1).randbytes(len(damaged))
        case _:
            del damaged[50:]
    path.write_bytes(damaged)

    with pytest.raises(StoreCorrupt, match="set aside") as raised:
        SessionStore(path)
    assert not path.exists()
    assert raised.value.moved_to.read_bytes() == damaged
    assert str(raised.value.moved_to) in str(raised.value)

    with SessionStore(path) as store:
        assert titles(store) == []
    path.write_bytes(damaged)
    with pytest.raises(StoreCorrupt):
        SessionStore(path)
    assert len(set_aside_files(path)) == 2


def test_damage_that_shows_later_is_named_with_the_way_out(path):
    damaged = bytearray(filled(path))
    with closing(sqlite3.connect(path)) as raw:
        roots = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sessions'").fetchone()[0]
    damaged[(roots - 1) * 4096 : roots * 4096] = b"\xff" * 4096
    path.write_bytes(damaged)
    with SessionStore(path) as store, pytest.raises(StoreCorrupt, match=r"sqlite3 .* \.recover") as raised:
        store.listing.page()
    assert raised.value.moved_to is None
    assert path.exists()


def test_an_index_that_lost_its_way_is_found(path):
    filled(path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("INSERT INTO texts_index (rowid, body) VALUES (999999, 'nowhere')")
        raw.commit()
    with SessionStore(path) as store:
        assert "search index" in store.damage()[0]


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("buy milk\n" * 100)
    with pytest.raises(NotASessionStore):
        SessionStore(notes)
    assert notes.read_text().startswith("buy milk")
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_a_closed_store_says_so(path):
    store = SessionStore(path)
    store.close()
    store.close()
    with pytest.raises(Exception, match="closed"):
        store.sessions.create("x")


def test_the_default_place_can_be_moved(monkeypatch, tmp_path):
    monkeypatch.delenv("LIFT_DB", raising=False)
    monkeypatch.setenv("LIFT_DATA_HOME", str(tmp_path))
    assert default_db_path() == tmp_path / "sessions.db"
    monkeypatch.setenv("LIFT_DB", "~/other.db")
    assert default_db_path() == Path(os.path.expanduser("~/other.db"))  # noqa: PTH111


def test_every_error_says_what_to_do(path):
    from engine.sessions import errors

    made = [
        errors.NewerSchema(path, found=9, known=3), errors.NotASessionStore(path, "why"), StoreLocked(path),
        errors.StoreReadOnly(path), StoreFull(path), StoreCorrupt(path, "why"), StoreMissingFolder(path, "why"),
    ]  # fmt: skip
    for error in made:
        assert error.todo, error
        assert str(path) in error.what
    assert len({error.kind for error in made}) == len(made)
