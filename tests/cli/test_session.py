"""``lift session`` as people and scripts use it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from engine.ir.text import parse
from engine.lifecycle.editing import edit_clause
from engine.sessions.store import SessionStore, default_db_path
from tui.commands import session_editor

SPEC = '''def clamp(value: int, low: int, high: int) -> int:
    """Clamp a value between two bounds."""
    ensures(low <= result <= high)
    example(clamp(15, 0, 10) == 10)
    hole("nan", kind="intent", type=str, ask="Should NaN be rejected?", options=["yes", "no"])
'''
CODE = "def clamp(value: int, low: int, high: int) -> int:\n    return max(low, min(value, high))\n"


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setattr("engine.lifecycle.starter.starter_path", lambda: None)
    monkeypatch.setenv("USER", "ada")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def say(lift):
    """Calls ``lift session … --json`` and returns the document."""

    def call(*arguments, code=0):
        returned, out, err = lift("session", *arguments, "--json")
        assert (returned, err) == (code, ""), out + err
        return json.loads(out)

    return call


@pytest.fixture
def session(say, tmp_path):
    (tmp_path / "clamp.py").write_text(SPEC)
    return say("new", "clamp.py", "--tag", "demo")["session"]["id"]


def test_help_names_every_command_without_loading_the_engine():
    program = (
        "import sys; from tui.cli import main; code = main(['session', '--help']); "
        "print([m for m in ('engine', 'rich', 'sqlite_utils') if m in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    for name in ("list", "resolve", "finalize", "export", "undo"):
        assert f"  {name} " in done.stdout


COMMANDS = (
    "list search tags show history diff new import export edit add remove move resolve undo redo select fork "
    "finalize reopen abandon rename tag untag delete undelete purge prune"
)


@pytest.mark.parametrize("command", COMMANDS.split())
def test_every_command_explains_itself_and_its_json(lift, command):
    code, out, err = lift("session", command, "--help")
    assert (code, err) == (0, "")
    assert "--json" in out
    assert "JSON: {" in out


def test_a_life_from_prompt_to_export(lift, say, session, tmp_path):
    shown = say("show", "@")
    assert shown["session"]["id"] == session
    assert shown["draft"]["ir_text"] == SPEC
    assert (shown["draft"]["number"], shown["draft"]["author"]) == (1, "ada")

    refused = say("finalize", "last", code=2)
    assert refused["error"]["kind"] == "session-open"
    assert "nan" in refused["error"]["what"]

    resolved = say("resolve", session[:-1], "nan", "--pick", "1")
    assert (resolved["draft"]["number"], resolved["became_sibling"], resolved["problems"]) == (2, False, [])
    assert {change["kind"] for change in resolved["changes"]} == {"changed", "removed"}
    assert say("undo", "@")["draft"]["number"] == 1
    assert say("redo", "@")["draft"]["number"] == 2
    assert say("edit", "@", "ensures[0].rationale", "in range", "--reason", "clearer")["draft"]["number"] == 3
    assert say("add", "@", "examples", "clamp(1, 0, 3) == 1")["draft"]["ir"]["examples"][1]["result"] == "1"
    assert say("move", "@", "examples[1]", "0")["changes"][0]["kind"] == "moved"
    assert len(say("remove", "@", "examples[1]")["draft"]["ir"]["examples"]) == 1
    assert [c["address_new"] for c in say("diff", "@", "1", "3")["changes"]] == ["intent", "ensures[0]", None]
    told = say("history", "@")["history"]
    assert [entry["reason"] for entry in told if entry["number"] == 3 and entry["kind"] == "spec"] == ["clearer"]

    assert say("finalize", "@")["session"]["state"] == "finalized"
    assert say("edit", "@", "intent", "x", code=2)["error"]["kind"] == "store-not-allowed"
    with SessionStore(default_db_path()) as store:
        store.codes.add(store.heads.current(session), CODE, author="qwen")
    code, out, _ = lift("session", "export", "@", "--as", "py", "-o", "out")
    assert code == 0
    assert "pytest out/test_clamp.py" in out
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "out"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    back = say("import", "out/clamp.py")
    assert parse(back["draft"]["ir_text"]) == parse(say("show", session)["draft"]["ir_text"])
    assert say("show", "@")["code"]["code"] == CODE


def test_exports_are_imported_again(lift, say, session):
    for form, name in (("md", "clamp.md"), ("json", "clamp.json"), ("stub", "stub.py")):
        assert lift("session", "export", session, "--as", form, "-o", name)[0] == 0
        made = say("import", name)
        assert made["session"]["origin"] == "import"
        assert made["draft"]["ir_text"] == SPEC
    code, _, err = lift("session", "export", session, "-o", "clamp.md")
    assert code == 2
    assert "--force" in err
    assert lift("session", "export", session, "-o", "clamp.md", "--force")[0] == 0
    assert lift("session", "export", session, "--as", "stub") == (0, SPEC, "")
    files = say("export", session, "--as", "json")["files"]
    assert (files[0]["path"], json.loads(files[0]["text"])["intent"]["summary"][:5]) == (None, "Clamp")
    assert say("export", session, "--as", "py", code=2)["error"]["kind"] == "session-export"


def test_sessions_begin_with_anything(say, tmp_path, process):
    assert say("new", "clamp a value")["draft"] is None
    assert say("new", "no such file.py")["session"]["title"] == "no such file.py"
    assert say("new", "missing.py", code=2)["error"]["kind"] == "usage"
    (tmp_path / "code.py").write_text(CODE)
    made = say("new", "code.py")
    assert (made["session"]["origin"], made["draft"]["holes"]) == ("code", 1)
    (tmp_path / "notes.txt").write_text("clamp a value\nreally\n")
    assert say("show", say("new", "notes.txt")["session"]["id"])["prompts"][0]["text"] == "clamp a value\nreally"
    assert say("import", "notes.txt", code=2)["error"]["kind"] == "session-import"
    assert say("new", "", code=2)["error"]["kind"] == "usage"
    (tmp_path / "latin.py").write_bytes(b"# \xe9")
    assert "UTF-8" in say("new", "latin.py", code=2)["error"]["what"]
    piped = process("session", "new", "-", "--json")
    out, err = piped.communicate(SPEC)
    assert (piped.returncode, json.loads(out)["session"]["function"]) == (0, "clamp"), err


def test_lists_are_sorted_filtered_and_paged(lift, say, session):
    for number in range(5):
        say(
            "new", f"prompt {number}", "--title", f"title {4 - number}", *(["--tag", "even"] if number % 2 == 0 else [])
        )
    first = say("list", "--limit", "4")
    second = say("list", "--limit", "4", "--after", first["next"])
    ids = [item["id"] for item in first["sessions"] + second["sessions"]]
    assert (len(first["sessions"]), len(set(ids)), second["next"], ids[-1]) == (4, 6, None, session)
    assert [item["title"] for item in say("list", "--sort", "title", "--tag", "even")["sessions"]] == [
        "title 0",
        "title 2",
        "title 4",
    ]
    assert say("list", "--sort", "title", "--reverse")["sessions"][0]["title"] == "title 4"
    assert [item["id"] for item in say("list", "--holes")["sessions"]] == [session]
    assert say("list", "--failing")["sessions"] == []
    say("abandon", session)
    assert [item["id"] for item in say("list", "--state", "abandoned")["sessions"]] == [session]
    assert say("tags") == {"tags": {"demo": 1, "even": 3}}
    assert say("list", "--after", "nonsense", code=2)["error"]["kind"] == "store-cursor"
    code, out, err = lift("session", "list", "--limit", "2")
    assert (code, len(out.splitlines()), out.splitlines()[0].count("\t")) == (0, 2, 9)
    assert "--after" in err


def test_search_highlights(lift, say, session):
    (hit,) = say("search", "nan")["hits"]
    start, end = hit["matches"][0]
    assert (hit["session"]["id"], hit["kind"], hit["snippet"][start:end].lower()) == (session, "spec", "nan")
    assert len(say("search", "clam", "--prefix")["hits"]) == 1
    assert say("search", "clam")["hits"] == say("search", "nan", "--in", "code")["hits"] == []
    _, out, _ = lift("session", "search", "bounds")
    assert "[bounds]" in out


def test_titles_tags_and_forks(say, session):
    assert say("rename", session, "My own")["session"]["title"] == "My own"
    assert say("tag", session, "b", "a")["session"]["tags"] == ["a", "b", "demo"]
    assert say("untag", session, "b", "demo")["session"]["tags"] == ["a"]
    assert say("tag", session, "ok", "two words", code=2)["error"]["kind"] == "store-not-allowed"
    assert say("show", session)["session"]["tags"] == ["a"]
    fork = say("fork", session, "--title", "Forked")["session"]
    assert (fork["origin"], fork["title"]) == ("fork", "Forked")


def test_deleting_says_how_to_undo(lift, say, session):
    code, out, _ = lift("session", "delete", session)
    assert (code, f"lift session undelete {session}" in out) == (0, True)
    assert say("list")["sessions"] == []
    assert [item["id"] for item in say("list", "--deleted")["sessions"]] == [session]
    assert say("undelete", "@")["session"]["id"] == session
    assert say("purge", session, code=2)["error"]["kind"] == "store-not-allowed"
    say("delete", session)
    assert "--yes" in say("purge", session, code=2)["error"]["todo"]
    assert say("purge", session, "--yes") == {"purged": session}
    assert say("show", session, code=2)["error"]["kind"] == "store-unknown"


def test_samples_are_pruned(lift, say, session):
    with SessionStore(default_db_path()) as store:
        store.sessions.create("sample", origin="starter")
    assert lift("session", "prune")[0] == 2
    assert say("prune", "--starter") == {"pruned": 1}
    assert [item["id"] for item in say("list")["sessions"]] == [session]


def test_an_edit_from_an_old_draft_is_told_how_to_choose(lift, say, session):
    say("edit", session, "intent", "Theirs.")
    code, out, _ = lift("session", "edit", session, "intent", "Mine.", "--base", "1")
    assert code == 0
    assert f"lift session diff {session} 2 3" in out
    assert f"lift session select {session} 3" in out
    assert say("edit", session, "intent", "Third.", "--base", "1")["became_sibling"]
    assert say("select", session, "3")["draft"]["ir"]["intent"]["summary"] == "Mine."
    assert "siblings: 3, 4" in lift("session", "show", session)[1]


def test_two_processes_edit_at_once(process, say, session):
    writers = [process("session", "edit", session, "intent", f"by {n}", "--base", "1", "--json") for n in range(2)]
    outputs = [json.loads(writer.communicate()[0]) for writer in writers]
    assert sorted(output["became_sibling"] for output in outputs) == [False, True]
    assert {output["draft"]["ir"]["intent"]["summary"] for output in outputs} == {"by 0", "by 1"}
    assert len(say("show", session)["drafts"]) == 3


def editor(tmp_path, monkeypatch, body):
    """An editor that does to the file what ``body`` (Python, with ``path`` and ``text``) says."""
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys, pathlib\npath = pathlib.Path(sys.argv[1])\ntext = path.read_text()\n"
        f"{body}\npath.write_text(text)\n"
    )
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


def test_the_editor_comes_back_with_the_change(say, session, tmp_path, monkeypatch):
    editor(tmp_path, monkeypatch, "text = text.replace('two bounds', 'its bounds')")
    edited = say("edit", session)
    assert [change["address_new"] for change in edited["changes"]] == ["intent"]
    assert [*tmp_path.glob("lift-*.py")] == []
    assert say("edit", session)["changes"] == []


def test_a_mistake_in_the_editor_keeps_the_text(lift, say, session, tmp_path, monkeypatch):
    editor(tmp_path, monkeypatch, "text = text.replace('ensures(low', 'ensures(low $')")
    code, _, err = lift("session", "edit", session)
    (kept,) = tmp_path.glob(f"lift-{session}-*.py")
    assert code == 2
    assert "line 3, column" in err
    assert f"lift session edit {session} --file {kept} --base 1" in err
    kept.write_text(kept.read_text().replace("low $", "low"))
    assert say("edit", session, "--file", str(kept), "--base", "1")["draft"]["number"] == 1


def test_on_a_terminal_the_editor_is_opened_again(lift, say, session, tmp_path, monkeypatch):
    monkeypatch.setattr(session_editor, "sys", SimpleNamespace(stdin=Terminal(), stdout=Terminal()))
    monkeypatch.setattr("click.confirm", lambda question, **_: question == "Open it again?")
    body = "text = text.replace('$', '') if '$' in text else text.replace('result <=', 'result <= $ 0 +')"
    editor(tmp_path, monkeypatch, body)
    code, out, err = lift("session", "edit", session)
    assert code == 0
    assert "line 3, column" in err
    assert "Saved as draft 2" in out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_first_draft_is_written_in_the_editor(say, tmp_path, monkeypatch):
    session = say("new", "limit a value")["session"]["id"]
    editor(tmp_path, monkeypatch, "text = text.replace('name', 'limit')")
    assert say("edit", session)["draft"]["function"] == "limit"
    empty = say("new", "limit a value")["session"]["id"]
    editor(tmp_path, monkeypatch, "")
    assert "Nothing was written" in say("edit", empty, code=2)["error"]["what"]


def test_a_finalized_session_does_not_open_the_editor(say, tmp_path, monkeypatch, session):
    say("resolve", session, "nan", "--reject")
    say("finalize", session)
    editor(tmp_path, monkeypatch, "raise SystemExit('opened')")
    assert "lift session reopen" in say("edit", session, code=2)["error"]["todo"]


def test_holes_are_listed_and_errors_name_them(lift, say, session):
    assert [hole["identifier"] for hole in say("resolve", session)["holes"]] == ["nan"]
    assert "1 yes; 2 no" in lift("session", "resolve", session)[1]
    assert "nan:" in say("resolve", session, "nam", "--pick", "1", code=2)["error"]["todo"]
    assert say("resolve", session, "nan", code=2)["error"]["kind"] == "usage"


def test_nothing_drives_the_terminal(lift, say):
    say("new", "red \x1b[31malert\x07")
    for command in (["list"], ["show", "@"], ["search", "alert"], ["history", "@"]):
        code, out, err = lift("session", *command)
        assert code == 0
        assert "\x1b" not in out + err
        assert "\x07" not in out + err


def test_text_that_is_not_utf8_is_refused(lift, session):
    code, _, err = lift("session", "rename", session, "bad \udcff")
    assert code == 2
    assert "not UTF-8" in err


def test_an_interrupted_run_is_shown_with_the_command_that_resumes_it(lift, say, session):
    with SessionStore(default_db_path()) as store:
        run = store.runs.start(session, "generate")
        store.runs.enter_stage(run.id, "implement")
        store.runs.append_text(run.id, "implement", "def clamp(")
        store.runs.finish(run.id, "interrupted")
    _, out, _ = lift("session", "show", session)
    assert "def clamp(" in out
    assert f"lift session resume {session}" in out
    assert say("show", session)["runs"][0]["text"] == {"implement": "def clamp("}


def test_people_see_tables_on_a_terminal(lift, say, session, monkeypatch):
    monkeypatch.setattr("tui.commands.session_common.Output.__init__", terminal)
    code, out, _ = lift("session", "list")
    assert code == 0
    assert "updated" in out.splitlines()[0]
    assert session in out


def terminal(self, *, as_json):
    self.as_json, self.terminal = as_json, True


def test_the_session_edited_elsewhere_is_not_lost(session):
    with SessionStore(default_db_path()) as one, SessionStore(default_db_path()) as two:
        base = one.heads.current(session)
        edit_clause(one, session, "intent", "one", base=base)
        assert edit_clause(two, session, "intent", "two", base=base).became_sibling
