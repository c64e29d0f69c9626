"""The user's key-map: what is heeded, what is refused and said, and the screen that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from engine.errors import SettingsError
from tests.tui.conftest import NARROW, Workbench, settle
from tui.app import LiftApp
from tui.help_text import keys_markdown
from tui.keymap import check_keymap, key_problem, keymap_path, read_keymap, shown_keys, write_keys
from tui.known_bindings import known_bindings
from tui.screens.help import HelpScreen
from tui.screens.keymap import KeymapScreen
from tui.widgets.choices import Choices

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(own_home):
    return keymap_path()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_both_ways_to_write_an_id(path):
    write(path, '"app.help" = "ctrl+t"\n[app]\nlog = ["ctrl+l", "Z"]\n')
    keymap = read_keymap(path)
    assert keymap.problems == ()
    assert keymap.keys == {"app.help": "ctrl+t", "app.log": "ctrl+l,Z"}


def test_characters_have_names(path):
    assert check_keymap({"app.help": "ctrl+t,?"}, known_bindings()).keys == {"app.help": "ctrl+t,question_mark"}
    assert shown_keys("question_mark,ctrl+p,enter,slash") == "? ctrl+p enter /"


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"app.halp": "h"}, "did you mean app.help?"),
        ({"nothing.like.it": "h"}, "There is no binding"),
        ({"app.help": 3}, "keys are text"),
        ({"app.help": ""}, "is no key"),
        ({"app.help": "ctrl+h"}, "backspace"),
        ({"app.help": "f1"}, "function keys"),
        ({"app.help": "hyperspace"}, "is no key"),
        ({"app.help": "fn+x"}, "is no key"),
        ({"app.help": "m"}, "is the key of app.endpoints already"),
        ({"app.help": "1"}, "is the key of pane.sessions already"),
        ({"app.quit-always": "x"}, "always a way out"),
        ({"app.help": "ctrl+q"}, "is the key of app.quit-always already"),
    ],
)
def test_what_cannot_be_is_said_and_left_out(wanted, says):
    keymap = check_keymap(wanted | {"app.log": "Z"}, known_bindings())
    assert keymap.keys == {"app.log": "Z"}
    assert len(keymap.problems) == 1
    assert says in keymap.problems[0]


def test_keys_can_be_swapped():
    keymap = check_keymap({"app.endpoints": "comma", "app.settings": "m"}, known_bindings())
    assert keymap.problems == ()
    assert len(keymap.keys) == 2


@pytest.mark.parametrize("text", ["app.help = ", "\x00"])
def test_a_broken_file_is_a_message(path, text):
    write(path, text)
    keymap = read_keymap(path)
    assert keymap.keys == {}
    assert "cannot be read" in keymap.problems[0]
    with pytest.raises(SettingsError):
        write_keys(path, "app.help", "h")
    assert path.read_text() == text


def test_comments_survive(path):
    write(path, '# mine\n[app]\nhelp = "Q"  # why not\nlog = "Z"\n')
    write_keys(path, "app.help", "ctrl+t")
    assert read_keymap(path).keys == {"app.help": "ctrl+t", "app.log": "Z"}
    assert "# mine" in path.read_text()
    write_keys(path, "app.log", None)
    write_keys(path, "app.help", None)
    assert read_keymap(path).keys == {}


def test_odd_keys_are_told_from_good_ones():
    assert [
        key for key in ("x", "X", "ctrl+t", "alt+x", "pagedown", "slash", "left", "space", "é") if key_problem(key)
    ] == []


async def test_the_map_is_heeded(workbench: Workbench, path):
    write(path, '"app.help" = "ctrl+t"\n"app.nothing" = "x"\n')
    async with workbench() as pilot:
        app = pilot.app
        assert isinstance(app, LiftApp)
        assert any("app.nothing" in notice.todo for notice in app.notices)
        await pilot.press("2", "ctrl+t")
        await settle(pilot)
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape", "question_mark")
        await settle(pilot)
        assert not isinstance(app.screen, HelpScreen)


@pytest.mark.covers("help.keymap", "keymap.change", "keymap.default", "ask.accept")
async def test_keys_are_changed_on_the_screen(workbench: Workbench, path):
    async with workbench(size=NARROW) as pilot:
        app = pilot.app
        await pilot.press("2", "question_mark", "K")
        await settle(pilot)
        assert isinstance(app.screen, KeymapScreen)
        rows = app.screen.query_one(Choices)
        rows.highlighted = rows.get_option_index("app/log")
        await pilot.press("e", "end", "backspace", "m")
        await settle(pilot)
        assert "is the key of app.endpoints" in str(app.screen.query_one("#hint", Static).content)
        await pilot.press("backspace", "Z", "enter")
        await settle(pilot)
        assert read_keymap(path).keys == {"app.log": "Z"}
        assert "Z" in str(rows.get_option("app/log").prompt)
        assert "default L" in str(rows.get_option("app/log").prompt)
        await pilot.press("escape", "escape", "Z")
        await settle(pilot)
        assert type(app.screen).__name__ == "LogScreen"
        await pilot.press("escape", "question_mark", "K")
        await settle(pilot)
        rows = app.screen.query_one(Choices)
        rows.highlighted = rows.get_option_index("app/log")
        await pilot.press("d")
        await settle(pilot)
        assert read_keymap(path).keys == {}
        await pilot.press("escape", "escape", "L")
        await settle(pilot)
        assert type(app.screen).__name__ == "LogScreen"


@pytest.mark.covers("choices.down", "choices.up", "choices.last", "page.close", "ask.give-up", "ask.new-line")
async def test_moving_and_giving_up(workbench: Workbench, path):
    async with workbench(size=NARROW) as pilot:
        await pilot.press("2", "question_mark", "K")
        await settle(pilot)
        rows = pilot.app.screen.query_one(Choices)
        await pilot.press("j", "j", "k")
        assert rows.highlighted == 1
        await pilot.press("G")
        assert rows.highlighted == rows.option_count - 1
        await pilot.press("home", "enter", "x", "ctrl+j", "escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, KeymapScreen)
        assert not path.exists()
        await pilot.press("q", "q")
        await settle(pilot)
        assert len(pilot.app.screen_stack) == 1


def test_the_document_of_the_keys_is_true():
    assert (ROOT / "docs/keys.md").read_text() == keys_markdown(known_bindings())
