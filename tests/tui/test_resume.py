"""Going on after an interruption, and the strip that offers it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.endpoints.profiles import Profiles
from engine.ir.text import parse
from engine.sessions.store import SessionStore
from engine.stages.draft_wire import from_ir
from tests.support.chat_server import Answer
from tests.support.scripts import HEADER, PROMPT, SPEC, body, compact, draft
from tests.tui.conftest import MEDIUM, NARROW, Workbench, scripted, settle
from tui.screens.proposal import ProposalScreen
from tui.widgets.notices import Notices

ROOT = Path(__file__).parents[2]
KILLED = """
import sys, time
from pathlib import Path
from engine.sessions.store import SessionStore
store = SessionStore(Path(sys.argv[1]))
session_id, kind, stage, text = sys.argv[2:]
run = store.runs.start(session_id, kind, endpoint="scripted", model="scripted")
store.runs.enter_stage(run.id, stage)
store.runs.append_text(run.id, stage, text)
print("streaming", flush=True)
time.sleep(60)
"""


@pytest.fixture
def kill(db: Path, monkeypatch):
    """Leaves a run behind whose process was killed in the middle of a stage."""
    monkeypatch.setattr("engine.lifecycle.starter.starter_path", lambda: None)

    def run(session_id: str, kind: str, stage: str, text: str) -> None:
        command = [sys.executable, "-c", KILLED, str(db), session_id, kind, stage, text]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "streaming\n"
        process.send_signal(signal.SIGKILL)
        process.communicate()

    return run


def strip(pilot) -> str:
    notices = pilot.app.screen_stack[0].query_one(Notices)
    return str(notices.content) if notices.display else ""


async def press(pilot, *keys: str) -> None:
    pilot.app.screen.set_focus(None)
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


@pytest.mark.covers("session.resume")
async def test_a_draft_that_a_kill_cut_off_is_offered_and_done_again(workbench: Workbench, store: SessionStore, kill):
    session = store.sessions.create(PROMPT)
    kill(session.id, "generate", "draft", '{"summary":"Cla')
    async with scripted(draft(), body()), workbench(size=NARROW) as pilot:
        assert strip(pilot).startswith("R  to go on: the last run was cut off while drafting the specification")
        view = pilot.app.screen.view
        assert view.partial == {"draft": '{"summary":"Cla'}
        await press(pilot, "R")
        assert strip(pilot) == ""
    last = store.runs.list(session.id)[-1]
    assert (last.kind, last.status, last.outcome) == ("generate", "finished", "passed")
    assert [asked.text for asked in store.sessions.prompts(session.id)] == [PROMPT]


async def test_code_that_was_cut_off_begins_at_the_code(workbench: Workbench, store, session_id, kill):
    kill(session_id, "implement", "implement", HEADER)
    async with scripted(body()) as server, workbench(size=MEDIUM) as pilot:
        assert "while writing the code; what it had written" in strip(pilot)
        await press(pilot, "R")
        assert len(server.requests) == 1
    assert store.runs.list(session_id)[-1].status == "finished"
    assert len(store.drafts.list(session_id)) == 1


async def test_a_refinement_goes_on_to_its_proposal(workbench: Workbench, store, session_id, monkeypatch):
    refined = Answer(compact(from_ir(parse(SPEC)) | {"ensures": ["low <= result"]}))
    async with scripted(Answer(status=500, body="{}"), refined), workbench(size=NARROW) as pilot:
        await press(pilot, "r", *"looser", "enter")
        assert strip(pilot).startswith("R  to try again: the last run failed while changing the specification")
        await press(pilot, "R")
        assert isinstance(pilot.app.screen, ProposalScreen)
    assert [asked.text for asked in store.sessions.prompts(session_id)][1:] == ["looser"]


async def test_nothing_to_resume_is_told(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        assert strip(pilot) == ""
        await press(pilot, "R")
        assert "nothing to resume" in next(note.message for note in pilot.app._notifications)
    assert store.runs.list(session_id) == []


async def test_a_run_goes_on_at_the_current_endpoint_when_its_own_is_gone(
    workbench: Workbench, store, session_id, kill
):
    kill(session_id, "implement", "implement", HEADER)
    async with scripted(body()) as server, workbench(size=NARROW) as pilot:
        profiles = Profiles()
        profiles.add("other", url=server.url, model="scripted", flavor="llama.cpp")
        profiles.use("other")
        profiles.remove("scripted")
        await press(pilot, "R")
        said = [note.message for note in pilot.app._notifications]
        assert "! The run's endpoint scripted is not there any more; going on with other." in said
    last = store.runs.list(session_id)[-1]
    assert (last.endpoint, last.status) == ("other", "finished")


async def test_the_strip_takes_two_lines_at_most(workbench: Workbench, store, session_id, kill):
    base = store.drafts.head(session_id)
    store.proposals.add(session_id, parse(SPEC.replace("15", "25")), base=base.id, reason="[b]another[/]\nexample")
    kill(session_id, "implement", "implement", HEADER)
    store.sessions.set_state(session_id, "abandoned")
    async with workbench(size=NARROW) as pilot:
        first, second = strip(pilot).splitlines()
        assert first.startswith("R  ")
        assert second.startswith("p  to review 1 proposed change: “[b]another[/] example”")
        assert pilot.app.screen.query_one(Notices).region.height == 2
