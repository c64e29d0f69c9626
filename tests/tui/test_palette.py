"""The command palette: every action of every pane, from anywhere."""

from __future__ import annotations

import pytest
from textual.command import CommandPalette
from textual.widgets import Input

from tests.tui.conftest import NARROW, Workbench, settle
from tui.app import LiftApp
from tui.keymap import keymap_path
from tui.known_bindings import own_bindings
from tui.palette import commands
from tui.screens.endpoints import EndpointsScreen
from tui.screens.help import HelpScreen
from tui.settings import read_settings, settings_path


async def choose(pilot, text: str) -> None:
    """Open the palette, look for ``text``, take the first hit."""
    await pilot.press("ctrl+p")
    await settle(pilot)
    assert isinstance(pilot.app.screen, CommandPalette)
    pilot.app.screen.query_one(Input).value = text
    while not pilot.app.screen.query_one("CommandList").option_count:
        await pilot.pause(0.05)
    await settle(pilot)
    await pilot.press("down", "enter")
    await settle(pilot)


@pytest.mark.covers("app.palette")
async def test_an_action_is_done_from_the_palette(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await choose(pilot, "Endpoints")
        assert isinstance(pilot.app.screen, EndpointsScreen)


async def test_every_action_of_every_pane_is_there_with_its_help(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        found = {(command.name.rpartition(": ")[2], command.help) for command in commands(pilot.app.screen)}
        nodes = [pilot.app, pilot.app.screen, *pilot.app.screen.panes]
        wanted = {
            (binding.description, binding.tooltip)
            for node in nodes
            for kind in type(node).__mro__
            if kind.__module__.startswith("tui.")
            for binding in own_bindings(kind)
        }
        disabled = {
            (binding.description, binding.tooltip)
            for node in nodes
            for _, binding in node._bindings
            if pilot.app._check_action_state(binding.action, node) is False
        }
        assert wanted - disabled <= found
        assert len(wanted) > 30


async def test_it_goes_to_the_pane_first(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await pilot.press("5")
        await settle(pilot)
        command = next(each for each in commands(pilot.app.screen) if each.name.startswith("Sessions: "))
        command.run()
        await settle(pilot)
        workbench_screen = pilot.app.screen_stack[0]
        assert workbench_screen.query_one("#sessions").has_class("-active")


async def test_a_theme_is_chosen_and_kept(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        assert isinstance(pilot.app, LiftApp)
        await choose(pilot, "Theme: lift-contrast")
        assert pilot.app.theme == "lift-contrast"
        assert read_settings(settings_path()).theme == "lift-contrast"


async def test_the_users_keys_are_shown(workbench: Workbench, session_id: str):
    path = keymap_path()
    path.parent.mkdir(parents=True)
    path.write_text('"app.log" = "ctrl+t"\n')
    async with workbench(size=NARROW) as pilot:
        assert "Log  ctrl+t" in [command.line for command in commands(pilot.app.screen)]


async def test_over_a_dialog_there_is_only_what_the_dialog_can_do(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await pilot.press("2", "m", "a")
        await settle(pilot)
        names = [command.name for command in commands(pilot.app.screen) if not command.name.startswith("Theme: ")]
        assert names == ["Cancel"]


async def test_help_is_found_by_what_it_does(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await choose(pilot, "list its keys")
        assert isinstance(pilot.app.screen, HelpScreen)
