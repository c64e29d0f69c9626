"""The embedded model streams into the workbench, on a real terminal."""

from __future__ import annotations

import re

import pytest

from engine.sessions.store import SessionStore
from tests.functional.test_workbench import shows
from tests.support.real_weights import require_weights

PROMPT = "Return the larger of two integers."
ENDED = "generate: (passed|a clause in doubt|a check failed)"
PATIENCE_S = 300.0


@pytest.mark.model
@pytest.mark.timeout(600)
async def test_a_prompt_becomes_checked_code_in_the_workbench(workbench, db):
    await require_weights("qwen2.5-coder-1.5b")
    terminal = workbench(size=(200, 50))
    terminal.read(until=shows("Sessions"))
    terminal.send("n").read(until=shows("What should"))
    terminal.send(PROMPT).read(until=shows(PROMPT)).send("\r")
    terminal.read(until=shows("def ", "example("), silence_s=PATIENCE_S)
    terminal.read(until=lambda t: re.search(ENDED, t.shown), silence_s=PATIENCE_S)
    terminal.send("q").read()
    with SessionStore(db) as store:
        session = store.listing.page(limit=1).items[0]
        run = store.runs.list(session.id)[-1]
        assert run.status == "finished"
        assert store.codes.list(session.id)
        names = {(span.stage, span.name) for span in store.runs.spans(run.id)}
        assert {("draft", "decode"), ("implement", "decode")} <= names
