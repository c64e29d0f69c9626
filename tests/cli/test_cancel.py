"""Ctrl-C, for real: a signal to a process in the middle of a slow answer."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace

import pytest

from engine.sessions.store import SessionStore, default_db_path
from tests.support.scripts import BODY, DRAFT, HEADER, PROMPT, body, compact, draft


def wait_until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_run_and_keeps_what_came(process, serve, number):
    server = serve(draft(), replace(body(BODY * 40), pause_s=0.05))
    running = process("run", PROMPT, "--endpoint", server.url)
    wait_until(lambda: len(server.requests) == 2 and server.sent_pieces > len(compact(DRAFT)) // 7 + 10)
    running.send_signal(number)
    running.send_signal(number)  # somebody in a hurry
    out, err = running.communicate(timeout=10)
    assert running.returncode == 130
    assert err == ""
    wait_until(lambda: server.aborted)
    with SessionStore(default_db_path()) as store:
        session, *_ = store.listing.all()  # the newest
        (run,) = store.runs.list(session.id)
        kept = store.runs.text(run.id)["implement"]
    assert run.status == "cancelled"
    assert kept.startswith(HEADER)
    assert len(kept) > len(HEADER) + 20
    assert kept.rstrip("\n") in out
    assert f"lift run --resume {session.id}" in out.splitlines()[-1]


def test_json_is_whole_even_when_cancelled(process, serve):
    server = serve(replace(draft(), pause_s=0.1))
    running = process("run", PROMPT, "--endpoint", server.url, "--json")
    wait_until(lambda: server.sent_pieces > 3)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=10)
    document = json.loads(out)
    assert running.returncode == 130
    assert (document["status"], document["error"]["kind"], err) == ("cancelled", "cancelled", "")
