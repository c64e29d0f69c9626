"""What ``lift session`` says when its database cannot be used: one message, an exit code, no traceback."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from engine.sessions.migrations import SCHEMA_VERSION
from engine.sessions.store import SessionStore
from tests.cli.conftest import LIFT, ROOT


@pytest.fixture
def db(tmp_path):
    path = tmp_path / "own" / "sessions.db"
    with SessionStore(path) as store:
        store.sessions.create("kept")
    return path


def failure(lift, db, *command):
    """The error as JSON, after the same command has told it in words."""
    code, out, err = lift("session", *command, "--db", db)
    assert (code, out) == (1, "")
    assert "Traceback" not in err
    assert "defect" not in err
    assert len(err.splitlines()) >= 2
    returned, out, _ = lift("session", *command, "--db", db, "--json")
    assert returned == code
    return json.loads(out)["error"]


def test_a_damaged_file_is_set_aside(lift, db):
    db.write_bytes(b"damaged" * 1000)
    code, _, err = lift("session", "list", "--db", db)
    assert code == 1
    (aside,) = db.parent.glob("*.damaged-*")
    assert str(aside) in err
    assert aside.read_bytes() == b"damaged" * 1000
    assert lift("session", "list", "--db", db) == (0, "", "")


def test_a_newer_file_is_left_alone(lift, db):
    with closing(sqlite3.connect(db)) as raw:
        raw.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    assert failure(lift, db, "new", "x")["kind"] == "store-newer"


def test_somebody_elses_file_is_left_alone(lift, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    assert failure(lift, path, "list")["kind"] == "store-foreign"
    assert path.read_text() == "mine"


def test_a_folder_that_cannot_be(lift, tmp_path):
    (tmp_path / "file").touch()
    error = failure(lift, tmp_path / "file" / "sessions.db", "list")
    assert (error["kind"], "mkdir" in error["todo"]) == ("store-folder", True)


def test_a_locked_database(lift, db, monkeypatch):
    monkeypatch.setattr("engine.sessions.database.BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr(
        SessionStore.__init__, "__kwdefaults__", {**SessionStore.__init__.__kwdefaults__, "busy_timeout_s": 0.05}
    )
    with closing(sqlite3.connect(db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert failure(lift, db, "new", "x")["kind"] == "store-locked"
        assert "kept" in lift("session", "list", "--db", db)[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user to lose the right to write")
def test_a_read_only_file(db, tmp_path):
    with closing(sqlite3.connect(db)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for place, mode in ((db.parent.parent.parent, 0o755), (db.parent.parent, 0o755), (db.parent, 0o555), (db, 0o444)):
        place.chmod(mode)
    # Everything is loaded before the change of user, who may not read this Python's files.
    load = f"from tui.cli import main; main(['session', 'new', 'x', '--db', {str(tmp_path / 'other.db')!r}])"
    program = f"{load}; import os; os.setgid(65534); os.setuid(65534); print(end='', flush=True); {LIFT}"
    command = [sys.executable, "-c", program, "session", "new", "x", "--db", db, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert json.loads(done.stdout[done.stdout.index("{") :])["error"]["kind"] == "store-read-only"


def test_a_full_disk(db):
    program = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({db.stat().st_size + 40_000},) * 2); {LIFT}"
    )
    command = [sys.executable, "-c", program, "session", "new", "-", "--db", db, "--json"]
    done = subprocess.run(command, cwd=ROOT, input="words " * 200_000, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert json.loads(done.stdout)["error"]["kind"] == "store-full"
    with SessionStore(db) as store:
        assert [session.title for session in store.listing.all()] == ["kept"]
        assert store.damage() == []
