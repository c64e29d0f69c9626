"""``lift run``: its exit codes, and each of its forms of output."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace

import pytest

from engine.sessions.store import SessionStore, default_db_path
from engine.stages.events import EventAdapter
from tests.support.chat_server import Answer
from tests.support.scripts import BODY, DRAFT, HEADER, PROMPT, SPEC, VAGUE_PROMPT, WRONG_BODY, body, compact, draft

KEYS = {
    "session_id",
    "status",
    "prompt",
    "ir",
    "ir_text",
    "code",
    "checks",
    "attempt",
    "repairs",
    "doubts",
    "spans",
    "usage",
    "model",
    "endpoint",
    "cost_usd",
    "error",
}
ESC = "\x1b[31m\x9b0m\r\x07\u202e"


def controls(text):
    """What a terminal would obey instead of showing it."""
    return {character for character in text if character != "\n" and unicodedata.category(character) in ("Cc", "Cf")}


def runs(session_id):
    with SessionStore(default_db_path()) as store:
        return [(run, store.runs.text(run.id)) for run in store.runs.list(session_id)]


@pytest.mark.parametrize(
    ("answers", "status", "code"),
    [
        ([draft(), body()], "passed", 0),
        ([draft(), body(WRONG_BODY)], "failed", 1),
        ([Answer(status=500)], "unreachable", 3),
        ([replace(draft(), cut_after=14)], "unreachable", 3),
        ([Answer("not a draft")], "broken", 4),
        ([replace(draft(), text=compact(DRAFT)[:30], finish="length")], "broken", 4),
    ],
)
def test_the_exit_code_says_how_it_ended(lift, serve, answers, status, code):
    exit_code, out, err = lift("run", PROMPT, "--endpoint", serve(*answers).url, "--json")
    assert (exit_code, json.loads(out)["status"], err) == (code, status, "")


def test_json_is_one_document_with_the_documented_keys(lift, serve):
    server = serve(draft(), body())
    _, out, _ = lift("run", PROMPT, "--endpoint", server.url, "--json")
    document = json.loads(out)
    assert document.keys() == KEYS
    assert document["prompt"] == PROMPT
    assert document["code"] == f"{HEADER}\n{BODY}"
    assert document["ir"]["signature"]["name"] == "clamp"
    assert document["ir_text"].startswith(HEADER)
    assert (document["model"], document["endpoint"]) == ("scripted", server.url)
    assert document["usage"].keys() == {"prompt_tokens", "cached_tokens", "completion_tokens"}
    assert document["usage"]["cached_tokens"] == 8
    assert document["cost_usd"] == 0
    assert document["error"] is None
    assert all({"kind", "name", "status", "detail"} <= check.keys() for check in document["checks"])
    assert all(span.keys() == {"stage", "name", "start_s", "duration_s"} for span in document["spans"])
    assert {span["stage"] for span in document["spans"]} == {"draft", "implement", "check", "save"}


def test_json_of_a_failure_has_the_same_keys(lift, serve):
    exit_code, out, _ = lift("run", PROMPT, "--endpoint", serve(Answer(status=401)).url, "--json")
    document = json.loads(out)
    assert exit_code == 3
    assert document.keys() == KEYS
    assert document["ir"] is document["code"] is None
    assert document["error"].keys() == {"kind", "what", "todo"}


def test_json_of_a_specification_shows_it(lift, serve, tmp_path):
    (tmp_path / "clamp.py").write_text(SPEC)
    exit_code, out, _ = lift("run", tmp_path / "clamp.py", "--endpoint", serve(body()).url, "--json")
    document = json.loads(out)
    assert exit_code == 0
    assert document["ir_text"] == SPEC
    assert document["ir"]["signature"]["name"] == "clamp"
    assert document["prompt"] == "Clamp a value between two bounds."


def test_events_are_lines_that_can_be_read(lift, serve):
    exit_code, out, _ = lift("run", PROMPT, "--endpoint", serve(draft(), body()).url, "--events")
    events = [EventAdapter.validate_json(line) for line in out.splitlines()]
    assert exit_code == 0
    assert (events[0].type, events[-1].type) == ("run-started", "run-finished")
    said = "".join(e.text for e in events if e.type == "text-delta" and e.stage == "draft")
    assert said == compact(DRAFT)


def test_plain_output_says_everything_once(lift, serve):
    code_with_imports = body("    low = math.floor(low)\n" + BODY)
    exit_code, out, err = lift("run", PROMPT, "--endpoint", serve(draft(), code_with_imports).url)
    assert (exit_code, err) == (0, "")
    lines = out.splitlines()
    for line in ["import math", *BODY.splitlines(), "    low = math.floor(low)", f"prompt   {PROMPT}"]:
        assert lines.count(line) == 1, line
    assert lines.count(HEADER) == 2  # of the specification and of the code
    assert [line for line in lines if line.startswith("---")] == [
        "--- draft",
        "--- implement",
        "--- check",
        "--- timings (seconds)",
    ]
    assert "ok      clamp(15, 0, 10) == 10" in lines
    assert "```" not in out
    assert "Saved as session " in lines[-1]


def test_a_repair_is_told_with_its_evidence(lift, serve):
    wrong = body("    return max(low, min(value, high))\n")
    exit_code, out, _ = lift("run", PROMPT, "--endpoint", serve(draft(), wrong, wrong, body(), wrong).url)
    lines = out.splitlines()
    assert exit_code == 0
    asked = next(line for line in lines if line.startswith("repair 1: "))
    assert asked.startswith("repair 1: ValueError if low > high: `clamp(")
    assert asked.endswith("asking for up to 5 candidates")
    assert "chosen: repair 1, every check passes" in lines
    assert lines.count("    return max(low, min(value, high))") == 2


def test_json_has_every_version_and_ends_with_the_chosen_one(lift, serve):
    wrong = body("    return max(low, min(value, high))\n")
    _, out, _ = lift("run", PROMPT, "--endpoint", serve(draft(), wrong, wrong, body(), wrong).url, "--json")
    document = json.loads(out)
    assert (document["status"], document["attempt"], document["code"]) == ("passed", 1, f"{HEADER}\n{BODY}")
    assert {check["status"] for check in document["checks"]} <= {"passed", "skipped"}
    (repair,) = document["repairs"]
    assert (repair["of"], repair["candidates"], repair["clauses"]) == (0, 5, ["raises[0]"])
    assert (repair["code"], repair["checks"]) == (document["code"], document["checks"])


def test_plain_output_of_a_specification_begins_with_it(lift, serve, tmp_path):
    (tmp_path / "clamp.py").write_text(SPEC)
    _, out, _ = lift("run", tmp_path / "clamp.py", "--endpoint", serve(body()).url)
    assert SPEC in out


def test_plain_output_of_a_failure_shows_what_came(lift, serve):
    server = serve(draft(), replace(body(), cut_after=42))
    exit_code, out, _ = lift("run", PROMPT, "--endpoint", server.url)
    assert exit_code == 3
    assert f"{HEADER}\n{BODY[:42]}".rstrip("\n") in out
    assert "broke off the stream" in out
    assert re.search(r"lift run --resume \w+$", out.strip())


@pytest.mark.parametrize(
    ("how", "line"),
    [  # the first fails, and so shows repairs as well
        ([], f'    low = len("{ESC[1:4]}") or low\n'),
        (["--json"], f'    low = low if "{ESC[1:4]}" else high\n'),
        (["--events"], f'    low = low if "{ESC[1:4]}" else high\n'),
    ],
    ids=["plain", "json", "events"],
)
def test_no_control_character_reaches_the_output(lift, serve, how, line):
    answers = [draft(ask=[[f"Clamp{ESC}?", f"r{ESC}", "s"]]), body(f"{line}{BODY}")]
    _, out, err = lift("run", f"{VAGUE_PROMPT} {ESC}", "--endpoint", serve(*answers).url, *how)
    assert controls(out + err) == set()
    if not how:
        assert r"\x1b[31m" in out


def test_a_servers_own_words_are_printed_safely(lift, serve):
    server = serve(Answer(status=500, body=json.dumps({"error": {"message": f"on fire {ESC}"}})))
    _, out, _ = lift("run", PROMPT, "--endpoint", server.url)
    assert "on fire" in out
    assert controls(out) == set()


def test_a_narrow_encoding_loses_nothing_that_matters(process, serve):
    server = serve(draft(), body())
    prompt = "Clamp → «Grenzen». Raise a ValueError if low is above high."
    narrow = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    out, err = process("run", prompt, "--endpoint", server.url, "--json", env=narrow).communicate(timeout=60)
    assert json.loads(out)["ir"]["intent"]["summary"] == "Clamp → «Grenzen»."
    assert err == ""


def test_options_reach_the_server_and_the_store(lift, serve, tmp_path):
    server = serve(draft(), body())
    db = tmp_path / "elsewhere" / "my.db"
    options = ["--seed", 7, "--temperature", 0.25, "--max-tokens", 99, "--model", "mine", "--db", db]
    exit_code, out, _ = lift("run", PROMPT, "--endpoint", server.url, "--json", *options)
    assert exit_code == 0
    for request in server.requests:
        assert (request["seed"], request["temperature"], request["max_tokens"]) == (7, 0.25, 99)
        assert request["model"] == "mine"
    with SessionStore(db) as store:
        assert store.runs.list(json.loads(out)["session_id"])[0].seed == 7
    assert not default_db_path().exists()


def test_a_prompt_from_standard_input(process, serve):
    server = serve(draft(), body())
    out, _ = process("run", "-", "--endpoint", server.url, "--json").communicate("\ufeff  Clämp it.\n", timeout=60)
    assert json.loads(out)["prompt"] == "Clämp it."


def test_standard_input_that_is_no_text(process):
    running = process("run", "-")
    running.stdin.buffer.write(b"\xff\xfe\x00")
    _, err = running.communicate(timeout=60)
    assert running.returncode == 2
    assert "not UTF-8" in err


def test_arguments_that_are_no_text(process):
    running = process("run", b"caf\xe9".decode("utf-8", "surrogateescape"))
    _, err = running.communicate(timeout=60)
    assert running.returncode == 2
    assert "not UTF-8" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [[], [""], ["  "], ["x", "--json", "--events"], ["x", "--resume", "abc"]])
def test_what_cannot_be_asked(lift, arguments):
    exit_code, out, err = lift("run", *arguments)
    assert (exit_code, out) == (2, "")
    assert len(err.splitlines()) == 2


@pytest.mark.parametrize(
    "arguments", [["--temperature", "3"], ["--max-tokens", "0"], ["--seed", "x"], ["--nonsense"], ["a", "b"]]
)
def test_wrong_options(lift, arguments):
    exit_code, out, err = lift("run", *arguments)
    assert (exit_code, out) == (2, "")
    assert "Usage" in err


def test_an_unknown_endpoint(lift):
    exit_code, _, err = lift("run", "x", "--endpoint", "lab")
    assert exit_code == 2
    assert "Known endpoints: local" in err


def test_a_missing_key_is_wrong_usage(lift, serve, monkeypatch):
    monkeypatch.delenv("LAB_KEY", raising=False)
    lift("endpoint", "add", "lab", serve().url, "--key-env", "LAB_KEY")
    exit_code, out, _ = lift("run", PROMPT, "--endpoint", "lab")
    assert exit_code == 2
    assert "export LAB_KEY=" in out


def test_a_specification_with_errors_lists_them_all(lift, tmp_path):
    spec = tmp_path / "wrong.py"
    spec.write_text(
        "def f(x: strng, x: int) -> int:\n"
        '    """Do it."""\n'
        "    ensures(result > y)\n"
        "    raises(ValueEror)\n"
        "    example(g(1) == 2)\n"
    )
    exit_code, out, err = lift("run", spec)
    assert (exit_code, out) == (2, "")
    found = dict(re.findall(rf"{re.escape(str(spec))}:(\d+):\d+: (.+)", err))
    if len(found) > 1:
        assert {"1", "3", "4", "5"} <= found.keys()
        assert re.search(rf"{re.escape(str(spec))}:3:22: `y` is not known here", err)
    assert "Traceback" not in err


def test_a_specification_that_does_not_parse_says_where(lift, tmp_path):
    spec = tmp_path / "wrong.py"
    spec.write_text("def f(x: int -> int:\n    pass\n")
    exit_code, _, err = lift("run", spec)
    assert exit_code == 2
    assert re.search(r"line 1, column \d+", err)


def test_a_specification_that_is_not_there(lift, tmp_path):
    exit_code, _, err = lift("run", tmp_path / "none.py")
    assert exit_code == 2
    assert "cannot be read" in err


def test_a_session_goes_on_where_it_stopped(lift, serve):
    server = serve(draft(), replace(body(), cut_after=28), body())
    _, out, _ = lift("run", PROMPT, "--endpoint", server.url, "--json")
    session = json.loads(out)["session_id"]
    exit_code, out, _ = lift("run", "--resume", session[:12], "--endpoint", server.url, "--json")
    again = json.loads(out)
    assert (exit_code, again["session_id"], again["prompt"]) == (0, session, PROMPT)
    assert again["ir"]["signature"]["name"] == "clamp"
    assert len(server.requests) == 3
    assert [run.outcome for run, _ in runs(session)] == ["unreachable", "passed"]


def test_an_unknown_session(lift):
    exit_code, _, err = lift("run", "--resume", "01ARZ3")
    assert exit_code == 2
    assert "No session id starts with" in err


def test_a_reader_that_leaves_is_no_error(process, serve):
    server = serve(replace(draft(), pause_s=0.02), body())
    running = process("run", PROMPT, "--endpoint", server.url, "--events")
    running.stdout.readline()
    running.stdout.close()
    running.stdout = None
    _, err = running.communicate(timeout=60)
    assert running.returncode == 141
    assert err == ""
    with SessionStore(default_db_path()) as store:
        session, *_ = store.listing.all()  # the newest
        assert store.runs.list(session.id)[0].status == "interrupted"
