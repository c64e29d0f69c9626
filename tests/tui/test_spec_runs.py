"""What the specification pane shows while the model writes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from engine.sessions.store import SessionStore
from engine.stages.jobs import RunRequest
from tests.support.scripts import DRAFT, PROMPT, body, compact, draft
from tests.tui.conftest import Workbench, scripted, settle
from tests.tui.test_spec_clauses import keys, pane
from tui.app import LiftApp
from tui.run_view import RunView
from tui.widgets.clause_editor import ClauseField


@pytest.fixture
def new_id(store: SessionStore) -> str:
    return store.sessions.create(PROMPT).id


def start(pilot, session_id: str) -> None:
    app = pilot.app
    assert isinstance(app, LiftApp)

    def request(store: SessionStore) -> RunRequest:
        return RunRequest(profile=app.profile(), kind="generate", prompt=PROMPT, session_id=session_id)

    assert app.start_run(request)


def frame(session_id: str, text: str) -> RunView:
    return RunView(session_id=session_id, kind="generate", stage="draft", spec_text=text)


async def test_the_specification_grows_and_its_clauses_follow(workbench: Workbench, store: SessionStore, new_id: str):
    shown: list[str] = []
    async with scripted(draft(), body()), workbench() as pilot:
        spec = pane(pilot)
        grow = spec.show_stream
        spec.show_stream = lambda session_id, text: (shown.append(text), grow(session_id, text))[1]  # type: ignore[method-assign]
        start(pilot, new_id)
        await settle(pilot)
        assert spec.streamed is None
        assert [line.row.address for line in spec.clauses.lines][:2] == ["intent", "signature"]
        assert spec.showing() == "clauses"
    assert shown
    assert all(len(a) <= len(b) for a, b in pairwise(shown))


async def test_frames_are_appended_and_the_end_stays_in_view(workbench: Workbench, new_id: str):
    async with workbench() as pilot:
        spec = pane(pilot)
        text = "def clamp(value: int) -> int:\n" + '    """Clamp."""\n' + "    ensures(result > 0)\n" * 60
        for end in range(100, len(text), 137):
            spec.show_run(frame(new_id, text[:end]))
            await pilot.pause()
        assert spec.showing() == "stream"
        assert spec.stream is not None
        assert spec.stream.text == text[: list(range(100, len(text), 137))[-1]]
        assert spec.stream.scroll_offset.y == spec.stream.max_scroll_y > 0
        spec.show_run(frame("another", "def other"))
        assert "other" not in spec.stream.text


async def test_a_run_leaves_what_is_typed_alone(workbench: Workbench, session_id: str):
    async with workbench() as pilot:
        await keys(pilot, "2", "e", "x")
        pane(pilot).show_run(frame(session_id, "def clamp"))
        await settle(pilot)
        assert pane(pilot).showing() == "clauses"
        assert pilot.app.screen.query_one(ClauseField).text.endswith("x")


async def test_an_answer_that_broke_off_is_still_shown(workbench: Workbench, store: SessionStore, new_id: str):
    most = replace(draft(), cut_after=7 * (len(compact(DRAFT)) // 7 - 10))  # the server sends 7 characters at a time
    async with scripted(most), workbench() as pilot:
        start(pilot, new_id)
        await settle(pilot)
        spec = pane(pilot)
        assert store.drafts.head(new_id) is None
        assert spec.showing() == "stream"
        assert spec.stream is not None
        assert spec.stream.text.startswith("def clamp(value: int, low: int, high: int) -> int:")
        assert "how far the model came" in str(spec.query_one("#spec-note").render())
    async with workbench() as pilot:  # reopened
        assert pane(pilot).showing() == "stream"
        await keys(pilot, "2", "v")
        text = pane(pilot).text_view
        assert text is not None
        assert text.typing
