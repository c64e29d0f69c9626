"""g and escape: starting a run from the keyboard, and stopping it so that what there is stays."""

from __future__ import annotations

import pytest

from engine.ir.text import parse
from engine.sessions.store import SessionStore
from tests.support.chat_server import Answer
from tests.support.scripts import BODY, DRAFT, HEADER, PROMPT, SPEC, body, compact, draft
from tests.tui.conftest import NARROW, WIDE, Workbench, scripted, settle
from tui.app import LiftApp
from tui.screens.workbench import WorkbenchScreen
from tui.widgets.code_pane import CodePane
from tui.widgets.code_view import CodeView
from tui.widgets.timings_pane import TimingsPane


async def until(pilot, done, limit: int = 500) -> None:
    """Wait for ``done()``; fails rather than waiting for ever."""
    for _ in range(limit):
        await pilot.pause(0.02)
        if done():
            return
    pytest.fail("it never came to that")


def told(pilot) -> str:
    return "\n".join(f"{note.title} {note.message}" for note in pilot.app._notifications)


@pytest.mark.covers("run.generate")
async def test_with_a_draft_g_writes_code_and_checks_it(workbench: Workbench, store: SessionStore, session_id: str):
    async with scripted(body()) as server, workbench() as pilot:
        await pilot.press("g")
        await settle(pilot)
        assert len(server.requests) == 1
        code = store.codes.list(session_id)[0]
        assert code.code == f"{HEADER}\n{BODY}"
        assert {check.status for check in store.codes.checks(code.id)} == {"passed", "skipped"}
        assert pilot.app.screen.query_one(CodePane).copy_text() == code.code


async def test_without_a_draft_g_begins_with_the_prompt(workbench: Workbench, store: SessionStore):
    session = store.sessions.create(PROMPT)
    async with scripted(draft(), body()) as server, workbench() as pilot:
        await pilot.press("g")
        await settle(pilot)
        assert len(server.requests) == 2
        head = store.drafts.head(session.id)
        assert head is not None
        assert head.ir.signature.name == "clamp"
        assert store.runs.list(session.id)[0].kind == "generate"
        assert len(store.codes.list(session.id)) == 1


async def test_g_takes_the_draft_that_is_shown(workbench: Workbench, store: SessionStore, session_id: str):
    first = store.drafts.list(session_id)[0]
    other = parse(SPEC.replace("clamp", "confine"))
    store.drafts.add(session_id, other, parent=first.id)
    async with scripted(body()), workbench() as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, WorkbenchScreen)
        screen.open_session(session_id, 1)
        await settle(pilot)
        await pilot.press("g")
        await settle(pilot)
        assert [code.draft_id for code in store.codes.list(session_id)] == [first.id]


async def test_without_a_session_g_names_the_key_for_a_new_one(workbench: Workbench, store: SessionStore):
    async with workbench() as pilot:
        await pilot.press("g")
        await settle(pilot)
        assert "Press n" in told(pilot)
        assert isinstance(pilot.app, LiftApp)
        assert not pilot.app.busy


async def test_with_nothing_to_generate_from_g_says_so(workbench: Workbench, store: SessionStore):
    session = store.sessions.create("", origin="code")
    async with workbench() as pilot:
        await pilot.press("g")
        await settle(pilot)
        assert "neither a specification nor a prompt" in told(pilot)
        assert "n to begin" in told(pilot)
    assert store.runs.list(session.id) == []


async def test_only_one_run_at_a_time(workbench: Workbench, session_id: str):
    async with scripted(Answer(BODY, piece=1, pause_s=0.02)) as server, workbench() as pilot:
        await pilot.press("g")
        await until(pilot, lambda: server.sent_pieces > 1)
        await pilot.press("g")
        await pilot.pause()
        assert "A run is going on" in told(pilot)
        assert len(server.requests) == 1
        await pilot.press("escape")
        await settle(pilot)


@pytest.mark.covers("app.cancel")
async def test_escape_stops_a_slow_stream_and_keeps_what_came(
    workbench: Workbench, store: SessionStore, session_id: str
):
    async with scripted(Answer(BODY * 50, piece=3, pause_s=0.05)) as server, workbench() as pilot:
        await pilot.press("g")
        await until(pilot, lambda: "if low" in pilot.app.screen.query_one(CodeView).text)
        await pilot.press("escape")
        await settle(pilot)
        assert server.aborted == 1
        run = store.runs.list(session_id)[-1]
        assert (run.status, run.outcome) == ("cancelled", "cancelled")
        kept = store.runs.text(run.id)["implement"]
        assert kept.startswith(f"{HEADER}\n    if low")
        pane = pilot.app.screen.query_one(CodePane)
        assert pane.copy_text() == kept
        assert "as far as a stopped run came" in str(pane.query_one("#code-head").render())
        assert "stopped" in pilot.app.screen.query_one(TimingsPane).copy_text()


async def test_escape_stops_a_draft_and_keeps_it(workbench: Workbench, store: SessionStore):
    session = store.sessions.create(PROMPT)
    async with scripted(Answer(compact(DRAFT), piece=3, pause_s=0.05)) as server, workbench() as pilot:
        await pilot.press("g")
        await until(pilot, lambda: server.sent_pieces > 10)
        await pilot.press("escape")
        await settle(pilot)
        assert server.aborted == 1
        run = store.runs.list(session.id)[-1]
        assert run.status == "cancelled"
        assert compact(DRAFT).startswith(store.runs.text(run.id)["draft"][:20])


async def test_escape_stops_an_endpoint_that_never_begins(workbench: Workbench, store: SessionStore, session_id: str):
    async with scripted(Answer(BODY, before_first_s=60)) as server, workbench() as pilot:
        await pilot.press("g")
        await until(pilot, lambda: bool(server.requests))
        await pilot.press("escape")
        await settle(pilot)
        assert server.aborted == 1
        assert store.runs.list(session_id)[-1].status == "cancelled"


async def test_escape_stops_a_stream_that_fell_silent(workbench: Workbench, store: SessionStore, session_id: str):
    async with scripted(Answer(BODY, piece=4, silent_after=8)), workbench() as pilot:
        await pilot.press("g")
        await until(pilot, lambda: BODY[:8] in pilot.app.screen.query_one(CodeView).text)
        await pilot.press("escape")
        await settle(pilot)
        run = store.runs.list(session_id)[-1]
        assert run.status == "cancelled"
        assert store.runs.text(run.id)["implement"] == f"{HEADER}\n{BODY[:8]}"


@pytest.mark.parametrize(
    ("size", "shown"), [(NARROW, ["code"]), (WIDE, ["sessions", "spec", "code", "checks", "timings"])]
)
async def test_what_is_written_comes_to_the_front_where_it_would_be_hidden(
    workbench: Workbench, session_id: str, size, shown
):
    async with scripted(body()), workbench(size=size) as pilot:
        await pilot.press("1", "g")
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, WorkbenchScreen)
        assert [pane.id for pane in screen.panes if pane.region.area] == shown


async def test_a_failed_run_says_what_to_do_and_keeps_the_code_before(
    workbench: Workbench, store: SessionStore, session_id: str
):
    async with scripted(body(), Answer(status=401)), workbench() as pilot:
        await pilot.press("g")
        await settle(pilot)
        await pilot.press("g")
        await settle(pilot)
        assert "wants a key" in told(pilot)
        assert pilot.app.screen.query_one(CodePane).copy_text() == f"{HEADER}\n{BODY}"
        assert store.runs.list(session_id)[-1].outcome == "unreachable"
