"""The kill harness: a few kills lose nothing, and a loss would be told."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import crash
from bench.crash_writers import SPEC, edits
from engine.lifecycle.creating import create
from engine.lifecycle.material import read
from engine.sessions.store import SessionStore

ROOT = Path(__file__).parents[2]


def test_twenty_kills_lose_nothing():
    command = [sys.executable, "-m", "bench.crash", "--kills", "20", "--seed", "11"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.fullmatch(r"20 kills, (\d+) acknowledged edits, 0 lost", done.stdout.splitlines()[-1])
    assert found
    assert int(found[1]) > 20


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "draft", "draft": 999, "text": "x"},
        {"kind": "draft", "draft": 1, "text": "another text"},
        {"kind": "text", "run": 1, "pieces": 4},
        {"kind": "finished", "run": 1},
        {"kind": "export", "folder": "exports", "name": "clamp.json", "version": 1},
    ],
)
def test_what_was_said_and_is_not_there_is_told(path, said):
    with SessionStore(path) as store:
        session = create(store, read(SPEC, "spec")).id
        run = store.runs.start(session)
        store.runs.append_text(run.id, "draft", "0 1 ")
    (told,) = [fault for fault in crash._examine(path.parent, [said]) if "lost" in fault]
    assert str(said["kind"]) in told


def test_half_a_file_is_told(path):
    with SessionStore(path):
        (path.parent / "exports").mkdir()
        (path.parent / "exports" / "clamp.json").write_text(json.dumps({"intent": {}}))
    assert "half an export" in crash._examine(path.parent, [])[0]


def test_a_lost_database_is_told(path):
    assert crash._examine(path.parent, [{"kind": "draft"}]) == ["the database is gone"]
    path.write_bytes(b"SQLite format 3\0" + b"\1" * 5000)
    assert "does not open" in crash._examine(path.parent, [{"kind": "draft"}])[0]


def test_a_writer_that_dies_by_itself_is_told(tmp_path, capfd):
    def broken(folder, say):
        raise RuntimeError("broken")

    assert crash.kill_one(broken, tmp_path, 1, 0).fault
    assert "RuntimeError: broken" in capfd.readouterr().err
    assert crash.kill_one(edits, tmp_path, 1, 0).fault == ""
