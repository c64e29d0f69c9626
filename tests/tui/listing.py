"""Looking at the list of sessions, and pressing its keys."""

from __future__ import annotations

from textual.widgets import OptionList

from tests.tui.conftest import settle
from tui.screens.ask import Answer
from tui.screens.workbench import WorkbenchScreen
from tui.widgets.facts import Facts
from tui.widgets.session_list import SessionList
from tui.widgets.sessions_pane import SessionsPane


def bench(pilot) -> WorkbenchScreen:
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, WorkbenchScreen)
    return screen


def pane(pilot) -> SessionsPane:
    return bench(pilot).query_one(SessionsPane)


def rows(pilot) -> SessionList:
    return pane(pilot).sessions


def drawn(pilot) -> list[str]:
    """The lines of the list as they stand on the screen."""
    return [rows(pilot).render_line(y).text.rstrip() for y in range(rows(pilot).size.height)]


def titles(pilot) -> list[str]:
    """The titles in sight, from the top."""
    known = rows(pilot)._records
    return [known[number].title for number in rows(pilot).order if number in known]


def summary(pilot) -> str:
    return pane(pilot).query_one("#summary", Facts).text


def opened(pilot) -> str:
    view = bench(pilot).view
    assert view is not None
    return view.session.title


def under_cursor(pilot) -> str:
    session = rows(pilot).current
    assert session is not None
    return session.title


async def press(pilot, *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)
    while any(node.message_queue_size for node in (pilot.app, *pilot.app.screen_stack, pane(pilot))):
        await settle(pilot)  # what a worker posted is still on its way up to the screen


async def go(pilot, title: str) -> None:
    """Put the cursor on a session, and the focus on the list."""
    await press(pilot, "1", "home")
    while under_cursor(pilot) != title:
        await press(pilot, "j")


async def type_text(pilot, text: str) -> None:
    pilot.app.screen.query_one(Answer).text = text
    await settle(pilot)


async def choose(pilot, words: str) -> None:
    """Go to the filter that reads like ``words`` and choose it."""
    options = pilot.app.screen.query_one(OptionList)
    for number in range(options.option_count):
        if words in str(options.get_option_at_index(number).prompt):
            options.highlighted = number
            await press(pilot, "enter")
            return
    raise AssertionError(f"there is no filter {words}")
