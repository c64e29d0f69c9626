"""The endpoints' screen: choosing, testing, starting, stopping, adding, forgetting, and reading the log."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input, Static

from engine.endpoints.local.manager import LocalStatus
from engine.endpoints.local.state import log_path
from engine.endpoints.memory import EndpointMemory
from engine.endpoints.profiles import DEFAULT_LOCAL_MODEL, Profile, Profiles
from engine.endpoints.protocol import Waiting
from tests.support.chat_server import Answer
from tests.support.real_weights import require_weights
from tests.tui.conftest import NARROW, Workbench, scripted, settle
from tui.app import LiftApp
from tui.endpoint_watch import ago, look, near, of_local, remembered
from tui.endpoint_words import waiting_line
from tui.screens.endpoints import EndpointsScreen
from tui.widgets.choices import Choices
from tui.widgets.log_tail import LogTail

HELLO = Answer("Hello there, my dear friend!")


def rows(pilot) -> list[str]:
    choices = pilot.app.screen.query_one(Choices)
    return [str(choices.get_option_at_index(n).prompt) for n in range(choices.option_count)]


def job(pilot) -> str:
    return str(pilot.app.screen.query_one("#job", Static).content)


async def opened(pilot) -> EndpointsScreen:
    await pilot.press("2", "m")
    await settle(pilot)
    assert isinstance(pilot.app.screen, EndpointsScreen)
    return pilot.app.screen


async def go_to(pilot, name: str) -> None:
    place = next(n for n, row in enumerate(rows(pilot)) if f" {name} " in row)
    pilot.app.screen.query_one(Choices).highlighted = place
    await pilot.pause()


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://[::1]:80", True),
        ("http://192.168.1.7", True),
        ("https://you--lift.modal.run", False),
        ("http://8.8.8.8", False),
        ("http://example.org", False),
    ],
)
def test_only_what_is_near_may_be_asked(url, answer):
    assert near(url) is answer


async def test_what_is_far_is_not_asked(own_home):
    far = Profile(name="far", url="https://lift.invalid")
    assert (await look(far, ask=True)).state == "not asked"
    EndpointMemory(far).answered()
    assert (await look(far, ask=True)).state == "warm"


def test_a_deployment_that_scales_to_zero_is_seen_to(own_home):
    gpu = Profile(name="gpu", kind="modal", url="https://ada--lift.modal.run", idle_s=300)
    memory = EndpointMemory(gpu)
    memory.answered()
    answered = memory.last_answer
    assert answered is not None
    assert remembered(gpu, answered + 60).state == "warm"
    assert remembered(gpu, answered + 60).detail == "answered 1 min ago; scales to zero in 4 min"
    assert remembered(gpu, answered + 301).state == "cold"
    assert "scaled to zero" in remembered(gpu, answered + 301).detail


async def test_a_server_that_is_not_there_is_silent(own_home):
    warmth = await look(Profile(name="box", url="http://127.0.0.1:9"), ask=True)
    assert warmth.state == "silent"
    assert "box" in warmth.detail


def test_the_embedded_models_phases_in_words():
    running = LocalStatus(True, "loading", "log", pid=7, model="m", typical_load_s=4.0)
    assert of_local(running).detail == "m, typically 4 s"
    assert of_local(replace(running, phase="silent")).state == "silent"
    assert "working" in of_local(replace(running, phase="ready", started_at=0.0, busy=True)).detail
    assert of_local(LocalStatus(False, "stopped", "log")).state == "cold"


def test_waiting_in_words():
    assert waiting_line(Waiting("fetching", 3.2, 0.4)) == "fetching … 3 s, 40%"
    assert waiting_line(Waiting("loading", 3.2, None, 9.0)) == "loading … 3 s, typically 9 s"
    assert [ago(seconds) for seconds in (-1, 5, 90, 7300, 200_000)] == ["0 s", "5 s", "1 min", "2 h", "2 d"]


async def test_the_current_one_is_marked_and_its_warmth_shown(workbench: Workbench, session_id: str):
    async with scripted() as server, workbench(size=NARROW) as pilot:
        await opened(pilot)
        assert rows(pilot)[0].startswith("  local            cold")
        assert rows(pilot)[1].startswith("* scripted         warm")
        assert server.url in rows(pilot)[1]
        assert "scripted" in str(pilot.app.screen.query_one("#detail", Static).content)


@pytest.mark.covers("endpoints.use")
async def test_switching_is_kept(workbench: Workbench, session_id: str):
    async with scripted(), workbench(size=NARROW) as pilot:
        await opened(pilot)
        await go_to(pilot, "local")
        await pilot.press("enter")
        await settle(pilot)
        assert Profiles().current == "local"
        assert rows(pilot)[0].startswith("*")
        await go_to(pilot, "scripted")
        await pilot.press("u")
        await settle(pilot)
        assert Profiles().current == "scripted"


async def test_using_one_ends_what_the_command_line_said(db, store, session_id: str):
    app = LiftApp(db=db, endpoint="http://127.0.0.1:9")
    async with app.run_test(size=NARROW) as pilot:
        await settle(pilot)
        await opened(pilot)
        assert rows(pilot)[-1].startswith("* http://127.0.0.1:9")
        await go_to(pilot, "local")
        await pilot.press("enter")
        await settle(pilot)
        assert app.endpoint is None
        assert app.profile().name == "local"


@pytest.mark.covers("endpoints.test")
async def test_testing_shows_the_answer_and_its_phases(workbench: Workbench, session_id: str):
    async with scripted(HELLO) as server, workbench(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("t")
        await settle(pilot)
        assert "scripted answers with scripted: 'Hello there, my dear friend!'" in job(pilot)
        assert "decode" in job(pilot)
        assert "grammars: grammar" in job(pilot)
        assert len(server.requests) == 1
        assert EndpointMemory(Profiles().get("scripted")).last_answer is not None
        await pilot.press("y")
        assert "Hello there" in pilot.app.clipboard


async def test_a_test_can_be_stopped(workbench: Workbench, session_id: str):
    async with scripted(replace(HELLO, pause_s=0.2)) as server, workbench(size=NARROW) as pilot:
        screen = await opened(pilot)
        await pilot.press("t")
        while server.sent_pieces < 1:
            await pilot.pause(0.02)
        await pilot.press("t")
        await pilot.pause()
        assert "goes on already" in pilot.app.notices[-1].what
        await pilot.press("escape")
        await settle(pilot)
        assert job(pilot) == "Stopped."
        assert pilot.app.screen is screen
        await pilot.press("escape")
        await settle(pilot)
        assert pilot.app.screen is not screen


async def test_a_test_that_fails_says_what_to_do(workbench: Workbench, session_id: str):
    async with scripted(Answer(status=401)), workbench(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("t")
        await settle(pilot)
        assert "wants a key" in job(pilot)
        assert "wants a key" in pilot.app.failures[-1][1].what


@pytest.mark.covers("endpoints.stop")
async def test_stopping_what_does_not_run(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("x")
        await settle(pilot)
        assert job(pilot) == "The embedded model was not running."


@pytest.mark.covers("endpoints.add", "endpoint-form.give-up")
async def test_adding_checks_what_was_typed(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("a", *"box", "enter", *"nowhere", "enter", "enter", *"BOX_KEY", "enter")
        await settle(pilot)
        assert "cannot be added" in str(pilot.app.screen.query_one("#hint", Static).content)
        assert [profile.name for profile in Profiles()] == ["local"]
        pilot.app.screen.query_one("#url", Input).value = "http://127.0.0.1:9/v1"
        await pilot.press("enter")
        await settle(pilot)
        box = Profiles().get("box")
        assert (box.url, box.key_env, box.model) == ("http://127.0.0.1:9", "BOX_KEY", "")
        assert any("box" in row for row in rows(pilot))
        await pilot.press("a", "escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, EndpointsScreen)


@pytest.mark.covers("endpoints.delete")
async def test_forgetting_wants_a_yes_and_the_embedded_one_stays(workbench: Workbench, session_id: str):
    async with scripted(), workbench(size=NARROW) as pilot:
        await opened(pilot)
        await go_to(pilot, "scripted")
        await pilot.press("D", "n")
        await settle(pilot)
        assert "scripted" in [profile.name for profile in Profiles()]
        await pilot.press("D", "y")
        await settle(pilot)
        assert [profile.name for profile in Profiles()] == ["local"]
        assert len(rows(pilot)) == 1
        await pilot.press("D")
        await settle(pilot)
        assert isinstance(pilot.app.screen, EndpointsScreen)
        assert "stays" in pilot.app.notices[-1].what


async def test_a_broken_file_is_a_message(workbench: Workbench, session_id: str):
    path = Profiles().path
    path.parent.mkdir(parents=True)
    path.write_text("current = ")
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        assert "cannot be read" in job(pilot)
        assert "cannot be read" in pilot.app.failures[-1][1].what


@pytest.mark.covers("endpoints.log", "tail.down", "tail.up", "tail.end")
async def test_the_log_is_followed(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("l")
        await settle(pilot)
        tail = pilot.app.screen.query_one(LogTail)
        assert tail.display
        assert "There is no log yet" in "\n".join(tail.lines)
        log_path().parent.mkdir(parents=True, exist_ok=True)
        log_path().write_text("".join(f"line {number}\n" for number in range(50)))
        while "line 49" not in tail.lines:
            await pilot.pause(0.05)
        with log_path().open("a") as file:
            file.write("a new \x1b[2J line\n")
        while "a new \\x1b[2J line" not in tail.lines:
            await pilot.pause(0.05)
        tail.focus()
        await pilot.pause()
        await pilot.press("home")
        await pilot.pause(0.3)
        top = tail.scroll_y
        await pilot.press("j", "j", "k")
        await pilot.pause(0.3)
        assert tail.scroll_y == top + 1
        await pilot.press("G")
        await pilot.pause(0.3)
        assert tail.scroll_y == tail.max_scroll_y
        await pilot.press("l")
        await settle(pilot)
        assert not tail.display


@pytest.mark.model
@pytest.mark.timeout(600)
@pytest.mark.covers("endpoints.start")
async def test_the_embedded_model_is_started_tested_and_stopped(workbench: Workbench, session_id: str):
    await require_weights(DEFAULT_LOCAL_MODEL)
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("s")
        await settle(pilot)
        assert job(pilot).endswith("is ready.")
        assert rows(pilot)[0].startswith("* local            warm")
        await pilot.press("t")
        await settle(pilot)
        assert "local answers with" in job(pilot)
        await pilot.press("x")
        await settle(pilot)
        assert job(pilot) == "The embedded model is stopped."
        assert rows(pilot)[0].startswith("* local            cold")
