"""``lift endpoint`` and ``lift doctor``."""

from __future__ import annotations

import json
import sys

import pytest

from engine.endpoints.profiles import Profiles
from tests.support.chat_server import Answer


def test_add_list_use_remove(lift):
    code, out, _ = lift("endpoint", "add", "lab", "http://h:1/v1", "--model", "m", "--key-env", "LAB_KEY")
    assert (code, out) == (0, "Added lab. `lift endpoint test lab` tries it.\n")
    _, out, _ = lift("endpoint", "list")
    local, lab = out.splitlines()
    assert local.startswith("* local ")
    assert lab.split() == ["lab", "http://h:1", "m", "key:", "$LAB_KEY"]
    code, out, _ = lift("endpoint", "use", "lab")
    assert (code, out) == (0, "lab is the current endpoint now.\n")
    _, out, _ = lift("endpoint", "list", "--json")
    rows = json.loads(out)
    assert [(row["name"], row["current"]) for row in rows] == [("local", False), ("lab", True)]
    code, out, _ = lift("endpoint", "remove", "lab")
    assert (code, out) == (0, "Forgot lab.\n")
    assert [profile.name for profile in Profiles()] == ["local"]


def test_add_and_use_at_once(lift):
    lift("endpoint", "add", "lab", "http://h:1", "--use")
    assert Profiles().current == "lab"


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "lab", "h:1"],
        ["add", "lab", "http://user:secret@h"],
        ["add", "local", "http://h"],
        ["add", "a b", "http://h"],
        ["add", "lab", "http://h", "--flavor", "other"],
        ["use", "lab"],
        ["remove", "lab"],
        ["test", "lab"],
    ],
)
def test_what_cannot_be(lift, arguments):
    code, out, err = lift("endpoint", *arguments)
    assert (code, out) == (2, "")
    assert err
    assert "Traceback" not in err
    assert "secret" not in err
    assert not Profiles().path.exists()


def test_a_key_without_a_keyring_is_told(lift, monkeypatch):
    monkeypatch.setattr("click.prompt", lambda *_, **__: "sk-secret")
    code, _, err = lift("endpoint", "add", "lab", "http://h:1", "--store-key")
    assert code == 2
    assert "--key-env" in err
    assert "sk-secret" not in err + Profiles().path.read_text()


def test_test_says_how_long_each_part_took(lift, serve):
    code, out, err = lift("endpoint", "test", serve(Answer("Hello there.")).url)
    assert (code, err) == (0, "")
    assert "answers with scripted: 'Hello there.'" in out
    assert all(phase in out for phase in ("connect", "queue", "prefill", "decode"))
    assert "grammars: grammar; continues an answer: yes" in out


def test_test_of_a_server_that_refuses(lift, serve):
    code, out, err = lift("endpoint", "test", serve(key="sk").url)
    assert (code, out) == (3, "")
    assert "wants a key" in err


def test_a_broken_profile_file_is_told(lift):
    path = Profiles().path
    path.parent.mkdir(parents=True)
    path.write_text("current = ")
    for command in (["endpoint", "list"], ["run", "x"]):
        code, _, err = lift(*command)
        assert code == 2
        assert "endpoints.toml cannot be read" in err


def findings(lift):
    code, out, err = lift("doctor", "--json")
    assert err == ""
    return code, {finding["name"]: finding for finding in json.loads(out)}


def test_doctor_looks_at_everything(lift, serve):
    lift("endpoint", "add", "lab", serve().url)
    code, found = findings(lift)
    assert list(found) == [
        *("python", "terminal", "database", "sandbox", "type checker", "local model", "endpoint lab", "modal")
    ]
    assert found["type checker"]["ok"]
    assert all(finding.keys() == {"name", "ok", "detail", "todo", "required"} for finding in found.values())
    assert all(finding["ok"] or finding["todo"] for finding in found.values())
    assert found["endpoint lab"]["ok"]
    assert code == (0 if found["sandbox"]["ok"] else 1)


def test_doctor_minds_the_endpoint_that_is_used(lift, serve):
    url = serve(key="sk").url
    lift("endpoint", "add", "lab", url)
    code, found = findings(lift)
    assert not found["endpoint lab"]["ok"]
    assert code == (0 if found["sandbox"]["ok"] else 1)
    lift("endpoint", "use", "lab")
    assert findings(lift)[0] == 1


def test_doctor_misses_the_type_checker_without_which_lift_still_works(lift, monkeypatch):
    monkeypatch.setitem(sys.modules, "ty", None)
    code, found = findings(lift)
    assert "not installed" in found["type checker"]["detail"]
    assert "reinstalled" in found["type checker"]["todo"]
    assert code == (0 if found["sandbox"]["ok"] else 1)


def test_doctor_survives_what_it_finds(lift, tmp_path, monkeypatch):
    path = Profiles().path
    path.parent.mkdir(parents=True)
    path.write_text("current = ")
    (tmp_path / "no.db").write_text("this is no database, whatever its name says " * 50)
    monkeypatch.setenv("LIFT_DB", str(tmp_path / "no.db"))
    code, found = findings(lift)
    assert code == 1
    assert not found["database"]["ok"]
    assert "cannot be read" in found["endpoints"]["detail"]
    code, out, _ = lift("doctor")
    assert code == 1
    assert "TO DO" in out
    assert "\x1b" not in out
