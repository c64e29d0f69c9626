from __future__ import annotations

import random
import signal
import time

import pytest

from engine.sessions.store import SessionStore

WRITER = """
import sys
from pathlib import Path
from engine.ir.models import IR, Intent, Signature
from engine.sessions.store import SessionStore
with SessionStore(Path(sys.argv[1])) as store:
    print("ready", flush=True)
    while True:
        session = store.sessions.create("crash")
        run = store.runs.start(session.id, "generate")
        head = None
        for number in range(5):
            store.runs.append_text(run.id, "draft", f"{number} ")
            print("streamed", run.id, number, flush=True)
            ir = IR(intent=Intent(summary=f"draft {number}"), signature=Signature(name="f"))
            head = store.drafts.add(session.id, ir, parent=head).id
            print("draft", session.id, head, flush=True)
        store.codes.add(head, "x = 1", run_id=run.id)
        store.sessions.set_state(session.id, "finalized")
        print("finalized", session.id, 0, flush=True)
"""


@pytest.mark.parametrize("seed", range(6))
def test_what_was_acknowledged_survives_sigkill(path, python, seed):
    process = python(WRITER, path)
    assert process.stdout.readline() == "ready\n"
    time.sleep(random.Random(seed).uniform(0.005, 0.4))
    process.send_signal(signal.SIGKILL)
    output, _ = process.communicate()
    acknowledged = [line.split() for line in output.splitlines() if line.endswith(tuple("0123456789"))]

    with SessionStore(path) as store:
        assert store.damage() == []
        streams = {}
        for kind, name, detail in acknowledged:
            match kind:
                case "draft":
                    assert store.drafts.get(int(detail)).session_id == name
                case "finalized":
                    assert store.sessions.get(name).state == "finalized"
                case "streamed":
                    streams[int(name)] = int(detail)
        for run_id, last in streams.items():
            assert store.runs.text(run_id)["draft"].startswith("".join(f"{n} " for n in range(last + 1)))
            assert store.runs.get(run_id).status == "interrupted"
