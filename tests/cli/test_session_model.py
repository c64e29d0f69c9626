"""``lift session generate|assist|refine|accept|reject|resume`` as people and scripts use them."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

from engine.ir.models import Provenance
from engine.ir.text import parse
from engine.sessions.store import SessionStore, default_db_path
from engine.stages.draft_wire import from_ir
from engine.stages.events import EventAdapter
from tests.cli.conftest import LIFT, ROOT
from tests.support.chat_server import Answer
from tests.support.scripts import BODY, HEADER, PROMPT, SPEC, WRONG_BODY, body, compact, draft
from tests.support.terminal import Terminal

HOLE = '    hole("nan", ask="What about NaN?")\n'
BASE = parse(SPEC + HOLE)
WISH = "raise ValueError if low is above high"
REFINED = from_ir(BASE) | {
    "raises": [{"exception": "ValueError", "condition": "low > high"}],
    "ensures": ["low <= result <= high", "result in (value, low, high)"],
    "returns": "float",
}
OPTIONS = Answer(compact({"options": ["reject it", "return low"]}))


@pytest.fixture(autouse=True)
def home(monkeypatch):
    monkeypatch.setattr("engine.lifecycle.starter.starter_path", lambda: None)
    monkeypatch.setenv("USER", "ada")


@pytest.fixture
def session():
    """A session whose signature a person wrote, and the model the rest."""
    with SessionStore(default_db_path()) as store:
        session = store.sessions.create(PROMPT)
        ir = BASE.model_copy(deep=True)
        for _, clause in ir.clauses():
            clause.provenance = Provenance(source="agent")
        ir.signature.provenance = Provenance(source="human")
        store.drafts.add(session.id, ir, parent=None)
    return session.id


@pytest.fixture
def say(lift):
    """Calls ``lift session … --json`` and returns the document."""

    def call(*arguments, code=0):
        returned, out, err = lift("session", *arguments, "--json")
        assert (returned, err) == (code, ""), out + err
        return json.loads(out)

    return call


def refined(serve, **changes):
    return serve(Answer(compact(REFINED | changes))).url


def test_code_is_written_for_the_draft_that_is_named(say, session, serve):
    say("edit", session, "intent.summary", "Clamp it.")
    document = say("generate", session, "--draft", 1, "--endpoint", serve(body()).url)
    assert (document["status"], document["code"]) == ("passed", f"{HEADER}\n{BODY}")
    assert document["session_id"] == session
    with SessionStore(default_db_path()) as store:
        (code,) = store.codes.list(session)
        assert store.drafts.get(code.draft_id).seq == 1
    assert say("generate", session, "--endpoint", serve(body(WRONG_BODY)).url, code=1)["status"] == "failed"


def test_a_new_session_is_generated_from_its_prompt(lift, say, serve):
    session = say("new", PROMPT)["session"]["id"]
    code, out, _ = lift("session", "generate", session, "--endpoint", serve(draft(), body()).url)
    assert code == 0
    assert "--- draft" in out
    assert "Done and checked." in out


def test_options_are_proposed_numbered_and_can_be_picked(lift, say, session, serve):
    code, out, _ = lift("session", "assist", session, "nan", "--endpoint", serve(OPTIONS).url)
    assert code == 0
    assert "  1. reject it\n  2. return low\n" in out
    assert f"lift session resolve {session} nan --pick N" in out
    assert out.count("def clamp") == 1, "the specification is shown once, as it was"
    picked = say("resolve", session, "nan", "--pick", 2)
    assert "What about NaN? Return low." in picked["draft"]["ir_text"]


def test_an_assist_in_json(say, session, serve):
    document = say("assist", session, "nan", "--endpoint", serve(OPTIONS).url)
    assert document["options"] == {"hole": "nan", "options": ["reject it", "return low"]}
    assert document["ir"]["holes"][0]["options"] == ["reject it", "return low"]
    failed = say("assist", session, "other", "--endpoint", "http://127.0.0.1:9", code=2)
    assert failed["error"]["kind"] == "session-hole"


def test_a_refinement_waits_and_says_how_to_decide(lift, say, session, serve):
    code, out, _ = lift("session", "refine", session, WISH, "--endpoint", refined(serve))
    assert code == 0
    for line in (
        "  1 ~ signature",
        "      - def clamp -> int",
        "      + def clamp -> float",
        "    ! a person wrote this; name its number to accept it",
        "  2 + ensures(result in (value, low, high))",
        "  3 + raises(ValueError, low > high)",
        "Kept as proposal 2; the current draft is as it was.",
        f"lift session accept {session}",
        f"lift session reject {session}",
        "--override-human also takes 1",
    ):
        assert line in out
    assert say("show", session)["draft"]["number"] == 1
    assert f"  draft 2: {WISH}\n" in lift("session", "show", session)[1]
    code, out, _ = lift("session", "accept", session)
    assert code == 0
    assert "Accepted 2, 3: draft 3" in out
    assert "Left out, because a person wrote it: 1." in out
    shown = say("show", session)
    assert shown["draft"]["number"] == 3
    assert "-> int:" in shown["draft"]["ir_text"]
    assert "raises(ValueError, low > high)" in shown["draft"]["ir_text"]


@pytest.mark.parametrize(
    ("accept", "taken", "left"),
    [(["all"], [2, 3], [1]), (["1,3"], [1, 3], [2]), (["all", "--override-human"], [1, 2, 3], [])],
)
def test_a_refinement_can_be_decided_at_once(say, session, serve, accept, taken, left):
    document = say("refine", session, WISH, "--endpoint", refined(serve), "--accept", *accept)
    assert (document["decision"]["accepted"], document["decision"]["left_out"]) == (taken, left)
    assert [change["number"] for change in document["proposal"]["changes"]] == [1, 2, 3]
    assert [change["human"] for change in document["proposal"]["changes"]] == [True, False, False]
    draft = document["decision"]["draft"]
    assert (draft["source"], draft["reason"], draft["author"]) == ("refinement", WISH, "ada")
    assert say("show", session)["draft"]["number"] == draft["number"]


def test_none_is_a_rejection_and_the_head_stays(say, session, serve):
    document = say("refine", session, WISH, "--endpoint", refined(serve), "--accept", "none")
    assert document["decision"] == {"session_id": session, "verdict": "rejected", "proposal": 2}
    assert say("show", session)["draft"]["number"] == 1
    assert say("accept", session, code=2)["error"]["kind"] == "session-proposal"
    assert say("accept", session, "--proposal", 2, "--only", "3")["accepted"] == [3]


def test_without_a_decision_the_document_says_so(say, session, serve):
    assert say("refine", session, WISH, "--endpoint", refined(serve))["decision"] is None
    assert say("reject", session, "--reason", "no") == {"session_id": session, "verdict": "rejected", "proposal": 2}
    entry = say("history", session)["history"][-1]
    assert (entry["kind"], entry["reason"], entry["author"]) == ("reject", "no", "ada")


@pytest.mark.parametrize(("accept", "code"), [("9", 2), ("some", 2)])
def test_a_choice_that_is_none_is_told_and_nothing_is_changed(say, session, serve, accept, code):
    document = say("refine", session, WISH, "--endpoint", refined(serve), "--accept", accept, code=code)
    error = document.get("error") or document["decision"]["error"]
    assert "numbered from 1 to 3" in error["todo"] or "1,3" in error["todo"]
    assert say("show", session)["draft"]["number"] == 1


def test_nothing_to_change_is_told(lift, session, serve):
    url = serve(Answer(compact(from_ir(BASE)))).url
    code, out, _ = lift("session", "refine", session, WISH, "--endpoint", url)
    assert code == 0
    assert "Nothing would change" in out


def test_a_refinement_as_events(lift, session, serve):
    command = ("session", "refine", session, WISH, "--endpoint", refined(serve), "--events", "--accept", "2")
    code, out, err = lift(*command)
    assert (code, err) == (0, "")
    events = [EventAdapter.validate_json(line) for line in out.splitlines()]
    assert "refinement-proposed" in [event.type for event in events]
    assert events[-1].type == "run-finished"
    with SessionStore(default_db_path()) as store:
        assert store.drafts.head(session).seq == 3


def test_two_forms_of_output_exclude_each_other(lift, session):
    for command in (["generate", session], ["refine", session, WISH], ["assist", session, "nan"]):
        code, out, _ = lift("session", *command, "--json", "--events")
        assert code == 2
        assert "exclude" in out


def test_an_endpoint_that_fails_leaves_something_to_resume(lift, say, session, serve):
    gone = serve(replace(Answer(compact(REFINED)), cut_after=21)).url
    code, out, _ = lift("session", "refine", session, WISH, "--endpoint", gone)
    assert code == 3
    assert f"lift session resume {session}" in out
    document = say("resume", session, "--endpoint", refined(serve))
    assert len(document["proposal"]["changes"]) == 3
    prompts = say("show", session)["prompts"]
    assert [prompt["text"] for prompt in prompts] == [PROMPT, WISH], "what was asked for is stored once"
    assert say("resume", session, code=2)["error"]["kind"] == "session-resume"


def test_an_interrupted_check_goes_on_without_the_model(say, session):
    from engine.sessions.recorder import Recorder
    from engine.stages.events import CodeFinished, StageStarted

    with SessionStore(default_db_path()) as store, Recorder(store) as recorder:
        recorder.begin(endpoint="local", model="m", kind="implement", session_id=session)
        recorder.record(CodeFinished(code=f"{HEADER}\n{BODY}"))
        recorder.record(StageStarted(stage="check", at_s=0))
    document = say("resume", session)
    assert document["status"] == "passed"
    assert {span["stage"] for span in document["spans"]} == {"check", "save"}
    shown = say("show", session)
    assert shown["code"]["number"] == 1
    assert shown["checks"]


def on_terminal(*arguments):
    command = [sys.executable, "-c", LIFT, "session", *arguments]
    return Terminal(command, env={"LIFT_DB": str(default_db_path())}, cwd=ROOT)


def test_on_a_terminal_one_is_asked(session, serve):
    shown = on_terminal("refine", session, WISH, "--endpoint", refined(serve))
    try:
        shown.read(until=lambda t: t.text.count("[later]:") == 1)
        shown.send("7\r")
        shown.read(until=lambda t: t.text.count("[later]:") == 2)
        shown.send("3\r")
        shown.read()
        assert shown.process.wait(30) == 0
    finally:
        shown.end()
    text = shown.text
    assert "Proposal" in text
    assert "The changes are numbered from 1 to 3." in text
    assert "  3 + raises(ValueError, low > high)" in text
    assert "Accepted 3: draft 3" in text


def test_options_on_a_terminal(session, serve):
    url = serve(replace(OPTIONS, pause_s=0.02)).url
    shown = on_terminal("assist", session, "nan", "--endpoint", url)
    try:
        shown.read()
        assert shown.process.wait(30) == 0
    finally:
        shown.end()
    assert shown.text.count("  1. reject it") == 1
    assert "  2. return low" in shown.text
