"""``lift run`` against a deployment on Modal that sleeps, refuses or dies: what is said, and that it can go on."""

from __future__ import annotations

import json
import signal
import time

import pytest

from engine.endpoints.waking import Waits
from engine.sessions.store import SessionStore, default_db_path
from tests.support.modal_server import TOKEN, load
from tests.support.scripts import PROMPT


@pytest.mark.parametrize("scenario", ["cold_start", "cold_start_web"])
def test_a_run_through_a_cold_start_shows_it_and_succeeds(lift, deployed, scenario):
    deployed(scenario)
    code, out, err = lift("run", PROMPT, "--events")
    events = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    waits = [event for event in events if event["type"] == "stage-waiting"]
    assert any("container" in wait["what"] for wait in waits)
    assert events[-1]["status"] == "passed"


@pytest.mark.parametrize(
    ("scenario", "says"),
    [
        ("stopped", "is stopped"),
        ("foreign_token", "does not let it in"),
        ("failing", "failed while answering"),
        ("dies_mid_stream", "its container died"),
        ("cut_by_proxy", "a proxy or the network"),
    ],
)
def test_every_failure_leaves_a_session_that_goes_on(lift, deployed, scenario, says):
    modal = deployed(scenario)
    code, out, err = lift("run", PROMPT, "--json")
    document = json.loads(out)
    assert (code, document["status"], err) == (3, "unreachable", "")
    assert says in document["error"]["what"]
    assert "Traceback" not in out
    modal.become(load("warm"))
    code, out, _ = lift("run", "--resume", document["session_id"], "--json")
    resumed = json.loads(out)
    assert (code, resumed["status"], resumed["session_id"]) == (0, "passed", document["session_id"])


def test_a_wrong_token_is_told_and_a_right_one_goes_on(lift, deployed, monkeypatch):
    deployed("warm")
    monkeypatch.setenv("MODAL_KEY", "wk-other.ws-other")
    code, out, _ = lift("run", PROMPT, "--json")
    document = json.loads(out)
    assert code == 3
    assert "proxy token" in document["error"]["what"]
    assert "ws-other" not in out
    monkeypatch.setenv("MODAL_KEY", TOKEN)
    assert lift("run", "--resume", document["session_id"], "--json")[0] == 0


def test_ctrl_c_during_a_cold_start_ends_at_once_and_keeps_the_session(process, deployed):
    modal = deployed("never_up")
    running = process("run", PROMPT)
    end = time.monotonic() + 60
    while len(modal.seen) < 2:
        assert time.monotonic() < end, "it never asked"
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (130, "")
    assert "lift run --resume" in out
    with SessionStore(default_db_path()) as store:
        session, *_ = store.listing.all()
        (run,) = store.runs.list(session.id)
    assert run.status == "cancelled"


def test_a_container_that_never_comes_up_says_where_to_look(lift, deployed, monkeypatch):
    deployed("never_up")
    quick = Waits(up_s=0.2, pause_s=0.05, tick_s=0.05)
    monkeypatch.setattr("engine.endpoints.client.Timeouts.waits", property(lambda _: quick))
    code, out, _ = lift("run", PROMPT)
    assert code == 3
    assert "lift modal logs" in out
