"""Help: about what has the focus, with the user's own keys, and a list of all that can be searched."""

from __future__ import annotations

import pytest

from tests.tui.conftest import MEDIUM, NARROW, Workbench, settle
from tui.help_text import Row, Section, all_sections, chain_sections
from tui.keymap import keymap_path
from tui.known_bindings import known_bindings
from tui.screens.help import HelpScreen
from tui.widgets.pane import Pane


def test_rows_are_found_by_any_of_their_words():
    row = Row("ctrl+t", "Test", "Ask it for a few tokens.")
    assert row.fits("tokens ask")
    assert row.fits("CTRL+T")
    assert not row.fits("tokens nothing")
    section = Section("A", "text", (row, Row("x", "Stop", "End it.")))
    assert section.matching(" ") is section
    assert section.matching("tokens") == Section("A", "", (row,))
    assert section.matching("nothing") is None


def test_the_list_of_all_has_every_binding_with_the_users_keys():
    known = known_bindings()
    sections = list(all_sections(known, {"app.help": "ctrl+t"}))
    rows = [row for section in sections for row in section.rows]
    assert len(rows) == len({each.id for each in known})
    assert sections[0].title == "Everywhere"
    assert any(row.keys == "ctrl+t" and row.label == "Help" for row in sections[0].rows)


async def test_a_key_is_explained_where_it_is_heard_first(workbench: Workbench, session_id: str):
    async with workbench() as pilot:
        await pilot.press("1")
        await settle(pilot)
        assert pilot.app.focused is not None
        sections = list(chain_sections(pilot.app.focused.ancestors_with_self, {}))
        undo = [section.title for section in sections for row in section.rows if row.keys == "u"]
        assert undo == ["Sessions"]
        assert sections[0].title == "Session list", "a part without a name of its own is called what it is"


@pytest.mark.parametrize("key", list("12345"))
async def test_it_begins_with_what_has_the_focus(workbench: Workbench, session_id: str, key: str):
    async with workbench(size=MEDIUM) as pilot:
        await pilot.press(key)
        await settle(pilot)
        pane = next(node for node in pilot.app.focused.ancestors_with_self if isinstance(node, Pane))
        await pilot.press("question_mark")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HelpScreen)
        text = pilot.app.screen.copy_text()
        assert " ".join((pane.HELP or "").split()) in text
        assert text.index(pane.NAME) < text.index("Workbench") < text.index("All keys") < text.index("Everywhere")


@pytest.mark.covers("help.filter")
async def test_it_can_be_searched_and_escape_leaves_the_search_first(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await pilot.press("2", "question_mark")
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, HelpScreen)
        whole = screen.copy_text()
        await pilot.press("slash", *"clipboard", "enter")
        await settle(pilot)
        found = screen.copy_text()
        assert "Copy what the focused pane shows to the clipboard." in found
        assert len(found) < len(whole) / 5
        await pilot.press("slash", *"zzzz")
        await settle(pilot)
        assert "No key does that." in "".join(str(each.render()) for each in screen.query(".help--text"))
        await pilot.press("escape")
        await settle(pilot)
        assert pilot.app.screen is screen
        assert screen.copy_text() == whole
        await pilot.press("escape")
        await settle(pilot)
        assert pilot.app.screen is not screen


async def test_it_names_the_users_keys(workbench: Workbench, session_id: str):
    path = keymap_path()
    path.parent.mkdir(parents=True)
    path.write_text('"app.log" = "ctrl+t"\n')
    async with workbench(size=NARROW) as pilot:
        await pilot.press("2", "question_mark")
        await settle(pilot)
        rows = [line.split("\t") for line in pilot.app.screen.copy_text().splitlines() if "\t" in line]
        assert {row[0] for row in rows if row[1] == "Log" and "sitting" in row[2]} == {"ctrl+t"}


async def test_on_another_screen_it_is_about_that(workbench: Workbench, session_id: str):
    async with workbench(size=NARROW) as pilot:
        await pilot.press("2", "m", "question_mark")
        await settle(pilot)
        text = pilot.app.screen.copy_text()
        assert text.index("scales to zero") < text.index("All keys")
        assert "Specification" not in text[: text.index("All keys")]
