"""Settings: the file, the screen, and what runs make of them."""

from __future__ import annotations

import stat
from dataclasses import replace

import pytest
from textual.widgets import Static

from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import Sampling
from engine.errors import SettingsError
from engine.stages.jobs import RunRequest
from tests.tui.conftest import NARROW, Workbench, settle
from tui.app import LiftApp
from tui.screens.endpoints import EndpointsScreen
from tui.screens.keymap import KeymapScreen
from tui.screens.settings import ROWS, SettingsScreen, parse_value
from tui.settings import Settings, read_settings, settings_path, write_setting
from tui.widgets.choices import Choices


@pytest.fixture
def path(own_home):
    return settings_path()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_without_a_file_the_defaults_hold(path):
    assert read_settings(path) == Settings()
    assert Settings().temperature == 0
    assert not Settings().unsafe


def test_what_is_written_is_read(path):
    for name, value in (("theme", "lift-16"), ("temperature", 0.7), ("seed", 3), ("max_tokens", 99), ("unsafe", True)):
        write_setting(path, name, value)
    write_setting(path, "author", "Ada")
    write_setting(path, "models.local", "other")
    assert read_settings(path) == Settings("lift-16", 0.7, 3, 99, "Ada", True, {"local": "other"})


def test_comments_survive_and_the_default_takes_the_line_out(path):
    write(path, '# mine\nauthor = "Ada"  # me\ntemperature = 1.0\n')
    write_setting(path, "temperature", 0.0)
    write_setting(path, "seed", 5)
    assert path.read_text() == '# mine\nauthor = "Ada"  # me\nseed = 5\n'
    write_setting(path, "seed", None)
    assert "seed" not in path.read_text()


def test_the_file_is_private(path):
    write_setting(path, "seed", 5)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("theme = ", "cannot be read"),
        ("colour = 1", "no setting 'colour'"),
        ("temperature = 3", "from 0 to 2"),
        ("temperature = true", "from 0 to 2"),
        ("max_tokens = 0", "from 1 to 32768"),
        ("seed = 1.5", "whole number"),
        ('unsafe = "yes"', "true or false"),
        ("models = 3", "table"),
        ('author = "a\\nb"', "short text"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_is_named_and_kept(path, text, says):
    write(path, "")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = path.read_bytes()
    with pytest.raises(SettingsError, match=says) as caught:
        read_settings(path)
    assert str(path) in str(caught.value)
    with pytest.raises(SettingsError):
        write_setting(path, "seed", 1)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_a_message(path, own_home):
    write(path, "")
    blocked = path / "settings.toml"
    with pytest.raises(SettingsError):
        write_setting(blocked, "seed", 1)


def test_every_field_has_a_row_or_is_one():
    shown = {row.name for row in ROWS}
    assert {name for name in Settings.__dataclass_fields__ if name != "models"} <= shown


def test_what_was_typed_gets_the_right_type():
    assert parse_value("temperature", " 0.5 ") == 0.5
    assert parse_value("seed", "7") == 7
    assert parse_value("author", "7") == "7"
    assert parse_value("seed", "x") == "x"


async def test_a_broken_file_is_a_message_and_the_defaults_hold(workbench: Workbench, path):
    write(path, "temperature = 9")
    async with workbench() as pilot:
        assert isinstance(pilot.app, LiftApp)
        assert pilot.app.settings == Settings()
        assert "temperature" in pilot.app.failures[0][1].what


async def opened(pilot) -> SettingsScreen:
    await pilot.press("2", "comma")
    await settle(pilot)
    assert isinstance(pilot.app.screen, SettingsScreen)
    return pilot.app.screen


async def go_to(pilot, name: str) -> None:
    pilot.app.screen.query_one(Choices).highlighted = [row.name for row in ROWS].index(name)
    await pilot.pause()


def shown(screen: SettingsScreen) -> str:
    rows = screen.query_one(Choices)
    return "\n".join(str(rows.get_option_at_index(n).prompt) for n in range(rows.option_count))


@pytest.mark.covers("app.settings", "settings.change", "settings.default")
async def test_a_number_is_asked_for_checked_and_kept(workbench: Workbench, path):
    async with workbench(size=NARROW) as pilot:
        screen = await opened(pilot)
        await go_to(pilot, "temperature")
        await pilot.press("e", "backspace", "backspace", "backspace", "3", "enter")
        await settle(pilot)
        assert "from 0 to 2" in str(pilot.app.screen.query_one("#hint", Static).content)
        await pilot.press("backspace", "0", ".", "5", "enter")
        await settle(pilot)
        assert pilot.app.settings.temperature == 0.5
        assert "0.5" in shown(screen)
        assert read_settings(path).temperature == 0.5
        await pilot.press("d")
        await settle(pilot)
        assert pilot.app.settings.temperature == 0
        assert read_settings(path) == Settings()


@pytest.mark.covers("pick.give-up")
async def test_a_theme_is_tried_while_choosing_and_kept_when_chosen(workbench: Workbench, path):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        before = pilot.app.theme
        await go_to(pilot, "theme")
        await pilot.press("enter", "home")
        await settle(pilot)
        assert pilot.app.theme == "lift-dark"
        await pilot.press("escape")
        await settle(pilot)
        assert pilot.app.theme == before
        await pilot.press("enter", "home", "j", "enter")
        await settle(pilot)
        assert pilot.app.theme == "lift-light"
        assert read_settings(path).theme == "lift-light"
    async with workbench() as pilot:
        assert pilot.app.theme == "lift-light"


@pytest.mark.covers("confirm.yes", "confirm.no")
async def test_unsafe_runs_want_a_yes(workbench: Workbench, path):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        await go_to(pilot, "unsafe")
        await pilot.press("enter", "n")
        await settle(pilot)
        assert not pilot.app.settings.unsafe
        await pilot.press("enter", "y")
        await settle(pilot)
        assert pilot.app.settings.unsafe
        assert read_settings(path).unsafe
        await pilot.press("enter")
        await settle(pilot)
        assert not read_settings(path).unsafe


async def test_an_embedded_model_is_chosen_for_its_endpoint(workbench: Workbench, path):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        await go_to(pilot, "model")
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("end", "enter")
        await settle(pilot)
        chosen = pilot.app.settings.models
        assert list(chosen) == ["local"]
        assert read_settings(path).models == chosen
        await pilot.press("d")
        await settle(pilot)
        assert read_settings(path).models == {}


async def test_the_author_is_the_name_that_edits_carry(workbench: Workbench):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        await go_to(pilot, "author")
        await pilot.press("enter", *"Grace", "enter")
        await settle(pilot)
        assert pilot.app.desk.author == "Grace"
        await pilot.press("d")
        await settle(pilot)
        assert pilot.app.desk.author == "ada"


async def test_rows_that_are_screens_of_their_own(workbench: Workbench):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        for name, kind in (("endpoint", EndpointsScreen), ("keys", KeymapScreen)):
            await go_to(pilot, name)
            await pilot.press("enter")
            await settle(pilot)
            assert isinstance(pilot.app.screen, kind)
            await pilot.press("escape")
            await settle(pilot)
        assert isinstance(pilot.app.screen, SettingsScreen)


def test_runs_heed_the_settings(own_home):
    app = LiftApp(db=own_home / "x.db")
    app.settings = Settings(temperature=0.5, seed=4, max_tokens=77, unsafe=True, models={"box": "big"})
    request = RunRequest("x", Profile(name="box", url="http://127.0.0.1:1"))
    run = app.sampled(request)
    assert run.sampling == Sampling(temperature=0.5, seed=4, max_tokens=77)
    assert run.model == "big"
    assert run.unsafe
    assert app.sampled(replace(request, model="own")).model == "own"
    assert app.sampled(RunRequest("x", Profile(name="other", url="http://127.0.0.1:1"))).model is None


def test_a_repeated_run_keeps_its_model_and_sampling(own_home):
    app = LiftApp(db=own_home / "x.db")
    app.settings = Settings(temperature=0.5, seed=4, max_tokens=77, models={"box": "big"})
    before = RunRequest("x", Profile(name="box", url="http://127.0.0.1:1"), model="m", sampling=Sampling(1.0, 9))
    run = app.sampled(before, again=True)
    assert run.sampling == Sampling(1.0, 9, 77)
    assert run.model == "m"
