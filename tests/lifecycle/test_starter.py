from __future__ import annotations

import pytest

from engine.errors import UsageError
from engine.lifecycle import starter
from engine.lifecycle.files import write_files
from engine.sessions.store import SessionStore, default_db_path


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """A starter database with one session in it, in place of the real one."""
    path = tmp_path / "checkout" / "sessions.db"
    with SessionStore(path) as store:
        store.sessions.create("a sample", origin="starter")
    monkeypatch.setattr(starter, "starter_path", lambda: path)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    yield path
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def titles(store):
    return [session.title for session in store.listing.all()]


def test_the_first_start_begins_with_the_samples(sample):
    with starter.open_store() as store:
        assert store.path == default_db_path()
        assert titles(store) == ["a sample"]
        store.sessions.create("mine")
    with starter.open_store() as store:
        assert titles(store) == ["mine", "a sample"]
        assert store.sessions.prune("starter") == 1
    with starter.open_store() as store:
        assert titles(store) == ["mine"]
    assert default_db_path().stat().st_mode & 0o777 == 0o600
    assert [file.name for file in default_db_path().parent.iterdir() if file.name.startswith(".")] == []


def test_a_database_of_ones_own_has_no_samples(sample, tmp_path, monkeypatch):
    with starter.open_store(tmp_path / "own.db") as store:
        assert titles(store) == []
    monkeypatch.setenv("LIFT_DB", str(tmp_path / "other.db"))
    with starter.open_store() as store:
        assert store.path == tmp_path / "other.db"
        assert titles(store) == []
    monkeypatch.delenv("LIFT_DB")
    assert not default_db_path().parent.exists()


def test_no_samples_beside_a_damaged_database(sample):
    path = default_db_path()
    path.parent.mkdir(parents=True)
    path.with_name("sessions.db.damaged-1").touch()
    assert not starter.install(path)


def test_without_a_starter_the_database_is_empty(monkeypatch):
    monkeypatch.setattr(starter, "starter_path", lambda: None)
    with starter.open_store() as store:
        assert titles(store) == []


def test_the_one_who_comes_second_keeps_what_is_there(sample):
    path = default_db_path()
    assert starter.install(path)
    with SessionStore(path) as store:
        store.sessions.create("mine")
    assert not starter._copy(sample, path)
    with SessionStore(path) as store:
        assert titles(store) == ["mine", "a sample"]


def test_the_starter_of_a_checkout_is_the_tracked_file():
    found = starter.starter_path()
    assert found is None or found.name == "sessions.db"


def test_files_are_written_whole_or_not_at_all(tmp_path):
    one, two = tmp_path / "one", tmp_path / "deep" / "two"
    write_files([(one, "1"), (two, "é\r\n")])
    assert (one.read_bytes(), two.read_bytes()) == (b"1", "é\r\n".encode())
    with pytest.raises(UsageError, match="exists already"):
        write_files([(tmp_path / "three", "3"), (one, "2")])
    assert (one.read_text(), (tmp_path / "three").exists()) == ("1", False)
    write_files([(one, "2")], overwrite=True)
    assert one.read_text() == "2"
    with pytest.raises(UsageError, match="cannot be written"):
        write_files([(one / "below", "x")])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["deep", "one"]
