"""The list of sessions: moving, finding, changing, beginning; against a real store."""

from __future__ import annotations

import json

import pytest
from textual.widgets import OptionList, Static

from bench.store import fill
from engine.ir.text import parse
from engine.sessions.store import SessionStore
from engine.stages.events import CheckResult
from tests.support.scripts import BODY, PROMPT, SPEC, body, draft
from tests.tui.conftest import MEDIUM, NARROW, WIDE, Workbench, scripted, settle
from tui.app import LiftApp
from tui.screens.ask import Answer, AskScreen
from tui.screens.filters import FilterScreen
from tui.screens.new_session import NewSessionScreen
from tui.screens.tags import TagsScreen
from tui.screens.workbench import WorkbenchScreen
from tui.widgets.session_list import SessionList
from tui.widgets.sessions_pane import SessionsPane

TITLES = ("alpha", "beta", "gamma", "delta", "epsilon")


@pytest.fixture
def ids(store: SessionStore) -> list[str]:
    """Five sessions, the last one the newest."""
    return [store.sessions.create(f"{title} prompt", title=title).id for title in TITLES]


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
    return str(pane(pilot).query_one("#summary", Static).content)


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


# Moving and opening ------------------------------------------------------------------------------


@pytest.mark.covers("sessions.up", "sessions.down", "sessions.first", "sessions.last")
async def test_the_session_on_which_the_cursor_rests_is_opened(workbench: Workbench, ids):
    async with workbench() as pilot:
        await press(pilot, "1")
        assert titles(pilot) == ["epsilon", "delta", "gamma", "beta", "alpha"]
        assert (under_cursor(pilot), opened(pilot)) == ("epsilon", "epsilon")
        for key, title in (("j", "delta"), ("down", "gamma"), ("k", "delta"), ("up", "epsilon"), ("up", "epsilon"),
                           ("G", "alpha"), ("home", "epsilon"), ("end", "alpha"), ("j", "alpha")):  # fmt: skip
            await press(pilot, key)
            assert (under_cursor(pilot), opened(pilot)) == (title, title), key


async def test_the_cursor_passes_sessions_without_opening_them(workbench: Workbench, ids, monkeypatch):
    picked = []
    original = WorkbenchScreen.on_session_picked
    monkeypatch.setattr(
        WorkbenchScreen,
        "on_session_picked",
        lambda self, message: picked.append(message.session_id) or original(self, message),
    )
    async with workbench() as pilot:
        await press(pilot, "1")
        await press(pilot, "j", "j", "j")
    assert picked == [ids[1]]


@pytest.mark.covers("sessions.open")
@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW])
async def test_enter_opens_and_goes_to_the_specification(workbench: Workbench, ids, size):
    async with workbench(size=size) as pilot:
        await press(pilot, "1")
        await pilot.press("j", "enter")  # before the cursor has rested
        await settle(pilot)
        assert opened(pilot) == "delta"
        assert bench(pilot).query_one("#spec").has_class("-active")
        await press(pilot, "1")
        assert rows(pilot).has_focus


async def test_a_click_moves_the_cursor_and_a_second_one_opens(workbench: Workbench, ids):
    async with workbench(size=NARROW) as pilot:
        await pilot.click(SessionList, offset=(10, 2))
        await settle(pilot)
        assert opened(pilot) == "gamma"
        await pilot.click(SessionList, offset=(10, 3), times=2)
        await settle(pilot)
        assert opened(pilot) == "beta"
        assert bench(pilot).query_one("#spec").has_class("-active")


async def test_the_cursor_begins_on_the_session_of_the_last_sitting(workbench: Workbench, ids):
    async with workbench() as pilot:
        assert isinstance(pilot.app, LiftApp)
        pilot.app.memory.set("session", ids[1])
    async with workbench() as pilot:
        assert (under_cursor(pilot), opened(pilot)) == ("beta", "beta")


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW])
async def test_a_row_tells_all_that_matters(workbench: Workbench, store: SessionStore, size):
    session = store.sessions.create("x", title="A title of some length" + " and more" * 8, tags=["red"])
    spec = parse(SPEC + '    hole("h", kind="assertion", type=bool, ask="Which?")\n')
    version = store.drafts.add(session.id, spec, parent=None)
    code = store.codes.add(version.id, "x = 1")
    store.codes.add_checks(code.id, [CheckResult(kind="k", name=str(n), status=s)
                                     for n, s in enumerate(("passed", "passed", "failed"))])  # fmt: skip
    run = store.runs.start(session.id, model="m")
    store.runs.finish(run.id, "interrupted")
    store.sessions.set_state(session.id, "abandoned")
    store.sessions.create("other", title="other")
    async with workbench(size=size) as pilot:
        await press(pilot, "1", "end")
        lines = drawn(pilot)
        first = next(place for place, line in enumerate(lines) if "A title of some length" in line)
        row = " ".join(lines[first : first + (1 if size == NARROW else 2)])
        for part in ("◌", "A title of some length", "?1", "✓2", "✗1", "#red", "‖", "now"):
            assert part in row, part
        width = rows(pilot).scrollable_content_region.width
        assert all(rows(pilot).render_line(y).cell_length == width for y in range(len(lines)))


async def test_long_wide_and_hostile_titles_stay_in_their_row(workbench: Workbench, store: SessionStore):
    store.sessions.create("x", title="日本語" * 30)
    store.sessions.create("x", title="[bold red]not markup[/] \x1b[31m\u202e" + "y" * 60)
    async with workbench(size=NARROW) as pilot:
        text = "\n".join(drawn(pilot))
        assert "[bold red]not markup[/]" in text
        assert "\x1b" not in text
        assert "\\u202e" in text
        width = rows(pilot).scrollable_content_region.width
        assert all(rows(pilot).render_line(y).cell_length == width for y in range(2))


async def test_an_empty_database_says_which_key_begins_a_session(workbench: Workbench, store: SessionStore):
    async with workbench() as pilot:
        assert "Press n to begin one." in " ".join(drawn(pilot))
        assert summary(pilot).startswith("0 sessions")
        await press(pilot, "1", "j", "enter", "D", "e", "t", "c", "A", "u")  # nothing to do, and nothing breaks
        assert store.stats().sessions == 0


async def test_y_copies_id_and_title(workbench: Workbench, ids):
    async with workbench() as pilot:
        await press(pilot, "1")
        assert pane(pilot).copy_text() == f"{ids[-1]}  epsilon"


# Many sessions -----------------------------------------------------------------------------------


@pytest.mark.covers("sessions.page-up", "sessions.page-down")
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_any_place_of_a_long_list_is_one_step_away(workbench: Workbench, db, size):
    fill(db, 1_500)
    async with workbench(size=size) as pilot:
        await press(pilot, "1")
        table = rows(pilot)
        order = list(table.order)
        with SessionStore(db) as store:
            assert order == [session.num for session in store.listing.all()]
        height = table._row.height
        assert table.virtual_size.height == 1_500 * height
        for key in ("pagedown", "pagedown", "end", "pageup", "home", "pagedown", "G"):
            await press(pilot, key)
            first = table.scroll_offset.y // height
            assert first * height <= table.cursor * height < table.scroll_offset.y + table.size.height
            line = drawn(pilot)[(table.cursor - first) * height]
            known = table.current
            assert known is not None
            assert known.num == order[table.cursor]
            assert known.title[:20] in line
            assert "…" not in {line.strip() for line in drawn(pilot)}  # every row in sight has been read
        assert table.cursor == 1_499
        assert len(table._records) < 1_500


async def test_records_that_are_out_of_sight_are_let_go(workbench: Workbench, db, monkeypatch):
    monkeypatch.setattr("tui.widgets.session_list.KEPT", 200)
    fill(db, 1_000)
    async with workbench(size=NARROW) as pilot:
        await press(pilot, "1")
        for _ in range(20):
            await press(pilot, "pagedown")
        assert len(rows(pilot)._records) <= 200
        assert rows(pilot).current is not None


# Changes by others ---------------------------------------------------------------------------------


async def test_what_others_write_shows_without_moving_anything(workbench: Workbench, db, store: SessionStore):
    fill(db, 300)
    async with workbench(size=NARROW) as pilot:
        await press(pilot, "1", "pagedown", "pagedown", "pagedown")
        table = rows(pilot)
        number, above = table.number, table.cursor - table.scroll_offset.y
        assert number is not None
        before = drawn(pilot)
        with SessionStore(db) as other:
            other.sessions.create("written elsewhere", title="written elsewhere")
        pane(pilot).refresh_list()
        await settle(pilot)
        assert table.number == number
        assert table.cursor - table.scroll_offset.y == above
        assert drawn(pilot) == before
        assert summary(pilot).startswith("301 sessions")
        await press(pilot, "home")
        assert titles(pilot)[0] == "written elsewhere"


async def test_the_poll_finds_what_another_process_writes(workbench: Workbench, db, ids):
    async with workbench() as pilot:
        await press(pilot, "1")
        with SessionStore(db) as other:
            other.sessions.rename(ids[0], "renamed elsewhere")
        for _ in range(2):
            bench(pilot)._look_for_changes()
            await settle(pilot)
        assert titles(pilot)[0] == "renamed elsewhere"
        assert under_cursor(pilot) == "epsilon"
        assert any("renamed elsewhere" in line for line in drawn(pilot))


async def test_a_refresh_that_changes_nothing_draws_nothing(workbench: Workbench, ids, monkeypatch):
    async with workbench() as pilot:
        await press(pilot, "1")
        asked = []
        monkeypatch.setattr(SessionList, "refresh", lambda self, *args, **kwargs: asked.append(args) or self)
        pane(pilot).refresh_list()
        await settle(pilot)
        assert asked == []


# Sorting and filtering -----------------------------------------------------------------------------


@pytest.mark.covers("sessions.sort")
async def test_s_goes_through_the_orders_and_the_choice_is_kept(workbench: Workbench, store: SessionStore, ids):
    store.sessions.rename(ids[2], "gamma")  # changed last, created in the middle
    async with workbench() as pilot:
        await press(pilot, "1")
        found = []
        for _ in range(3):
            found.append((summary(pilot), titles(pilot)))
            await press(pilot, "s")
        assert found == [
            ("5 sessions · last changed first", ["gamma", "epsilon", "delta", "beta", "alpha"]),
            ("5 sessions · newest first", ["epsilon", "delta", "gamma", "beta", "alpha"]),
            ("5 sessions · by title", ["alpha", "beta", "delta", "epsilon", "gamma"]),
        ]
        assert under_cursor(pilot) == "gamma"
        await press(pilot, "s")
    async with workbench() as pilot:
        assert "newest first" in summary(pilot)


async def choose(pilot, words: str) -> None:
    """Go to the filter that reads like ``words`` and choose it."""
    options = pilot.app.screen.query_one(OptionList)
    for number in range(options.option_count):
        if words in str(options.get_option_at_index(number).prompt):
            options.highlighted = number
            await press(pilot, "enter")
            return
    raise AssertionError(f"there is no filter {words}")


@pytest.mark.covers("sessions.filter", "filters.toggle", "filters.clear", "filters.close")
async def test_filters_hold_together_and_show_at_once(workbench: Workbench, store: SessionStore, ids):
    for place in (0, 1, 3):
        store.sessions.tag(ids[place], "red")
    store.sessions.set_state(ids[1], "finalized")
    store.sessions.set_state(ids[2], "finalized")
    store.runs.finish(store.runs.start(ids[1], model="small").id, "finished")
    store.sessions.delete(ids[4])
    async with workbench() as pilot:
        await press(pilot, "1", "f")
        assert isinstance(pilot.app.screen, FilterScreen)
        await choose(pilot, "red (3)")
        assert sorted(titles(pilot)) == ["alpha", "beta", "delta"] or set(rows(pilot).order) == {1, 2, 4}
        await choose(pilot, "finalized")
        assert str(pilot.app.screen.query_one("#count", Static).content) == "1 session fits."
        assert any("[x] ◆ finalized" in str(option.prompt) for option in pilot.app.screen.query_one(OptionList).options)
        await press(pilot, "escape")
        assert under_cursor(pilot) == "beta"
        assert summary(pilot) == "1 session · last changed first · finalized · #red"
        await press(pilot, "f")
        await choose(pilot, "small (1)")
        assert len(rows(pilot).order) == 1
        await choose(pilot, "a check fails")
        await press(pilot, "escape")
        assert "Press f to change the filters." in " ".join(drawn(pilot))
        await press(pilot, "f", "x")
        await choose(pilot, "the deleted sessions")
        await press(pilot, "escape")
        assert under_cursor(pilot) == "epsilon"
        await press(pilot, "f")
        await choose(pilot, "the deleted sessions")  # a second time lifts it
        await press(pilot, "escape")
        assert summary(pilot) == "4 sessions · last changed first"


@pytest.mark.covers(
    "filters.up", "filters.down", "filters.first", "filters.last", "filters.page-up", "filters.page-down"
)
async def test_the_filters_are_reached_from_the_keyboard(workbench: Workbench, store: SessionStore):
    for number in range(60):
        store.sessions.create("x", tags=[f"tag{number}"])
    async with workbench(size=NARROW) as pilot:
        await press(pilot, "1", "f")
        options = pilot.app.screen.query_one(OptionList)
        first = options.highlighted
        assert first == 1  # a heading is not chosen
        for key, moves in (("j", 1), ("down", 1), ("k", -1), ("up", -1)):
            before = options.highlighted or 0
            await press(pilot, key)
            assert (options.highlighted or 0) - before == moves, key
        await press(pilot, "pagedown")
        assert (options.highlighted or 0) > 5
        await press(pilot, "pageup")
        assert options.highlighted == first
        await press(pilot, "G")
        assert options.highlighted == options.option_count - 1
        await press(pilot, "home")
        assert options.highlighted == first
        region = pilot.app.screen.query_one("#filters").region
        assert region.bottom <= 24


# Search --------------------------------------------------------------------------------------------


@pytest.mark.covers("sessions.search", "sessions.leave-search")
async def test_search_finds_while_typing_and_escape_gives_the_list_back(workbench: Workbench, ids):
    async with workbench() as pilot:
        await press(pilot, "2", "slash")
        assert pane(pilot).field.has_focus
        await press(pilot, "g", "a", "m")
        assert [pane(pilot).sessions.number] == list(rows(pilot).order)
        assert under_cursor(pilot) == "gamma"
        assert summary(pilot) == "1 found · in all sessions"
        assert opened(pilot) == "epsilon"  # nothing opens while typing
        await press(pilot, "q")  # a letter, in here
        assert "Nothing found for “gamq”" in " ".join(drawn(pilot))
        await press(pilot, "escape")
        assert len(rows(pilot).order) == 5
        assert rows(pilot).has_focus
        assert not pane(pilot).field.display
        assert under_cursor(pilot) == "epsilon"


async def test_enter_in_a_search_opens_and_the_hits_stay_until_escape(workbench: Workbench, ids):
    async with workbench() as pilot:
        await press(pilot, "slash", *"prompt", "down", "down")
        assert opened(pilot) == under_cursor(pilot) == "gamma"
        await press(pilot, "down", "enter")
        assert opened(pilot) == "beta"
        assert bench(pilot).query_one("#spec").has_class("-active")
        await press(pilot, "1")
        assert len(rows(pilot).order) == 5
        assert summary(pilot).startswith("5 found")
        await press(pilot, "escape")
        assert summary(pilot).startswith("5 sessions")
        assert under_cursor(pilot) == "beta"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_matched_words_are_marked_and_in_sight(workbench: Workbench, store: SessionStore, size):
    store.sessions.create("some words before it, many of them indeed, and then: needle, and more after it", title="t")
    async with workbench(size=size) as pilot:
        await press(pilot, "slash", *"need")
        line = next(line for line in drawn(pilot) if "needle" in line)
        y = drawn(pilot).index(line)
        marked = [segment.text for segment in rows(pilot).render_line(y) if segment.style and segment.style.underline]
        assert marked == ["needle"]


async def test_more_hits_come_when_the_last_one_is_in_sight(workbench: Workbench, store: SessionStore):
    with store.transaction():
        for number in range(130):
            store.sessions.create(f"common word {number}")
    async with workbench(size=NARROW) as pilot:
        await press(pilot, "slash", *"common")
        assert summary(pilot).startswith("50+ found")
        await press(pilot, "enter", "1")
        for _ in range(3):
            await press(pilot, "end")
        assert summary(pilot).startswith("130 found")
        assert sorted(rows(pilot).order) == list(range(1, 131))


async def test_a_late_answer_to_an_older_search_is_dropped(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await press(pilot, "slash", *"gamma")
        late = pane(pilot).Found("g", store.search.page("alpha"), "new")
        pane(pilot).post_message(late)
        await settle(pilot)
        assert under_cursor(pilot) == "gamma"


async def test_an_emptied_search_shows_the_whole_list(workbench: Workbench, ids):
    async with workbench() as pilot:
        await press(pilot, "slash", "g", "backspace")
        assert len(rows(pilot).order) == 5


async def test_what_is_deleted_leaves_the_hits(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await press(pilot, "slash", *"prompt", "enter", "1")
        title = under_cursor(pilot)
        assert title == opened(pilot)
        await press(pilot, "D")
        assert summary(pilot).startswith("4 found")
        assert title != under_cursor(pilot) == opened(pilot)
        await press(pilot, "u")
        assert title == under_cursor(pilot) == opened(pilot)
        assert summary(pilot).startswith("5 sessions")


# Changing ------------------------------------------------------------------------------------------


@pytest.mark.covers("sessions.rename", "sessions.undo")
async def test_rename_and_undo(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await go(pilot, "beta")
        await press(pilot, "e")
        assert isinstance(pilot.app.screen, AskScreen)
        await type_text(pilot, "better")
        await press(pilot, "enter")
        assert store.sessions.get(ids[1]).title == "better"
        assert under_cursor(pilot) == opened(pilot) == "better"
        await press(pilot, "u")
        assert store.sessions.get(ids[1]).title == "beta"
        assert under_cursor(pilot) == opened(pilot) == "beta"


@pytest.mark.covers("sessions.tags", "tags.complete")
async def test_tags_are_set_with_completion_and_undone(workbench: Workbench, store: SessionStore, ids):
    store.sessions.tag(ids[0], "numbers")
    store.sessions.tag(ids[1], "old")
    async with workbench() as pilot:
        await go(pilot, "beta")
        await press(pilot, "t")
        assert isinstance(pilot.app.screen, TagsScreen)
        assert "numbers" in str(pilot.app.screen.query_one("#offer", Static).content)
        await press(pilot, "backspace", "backspace", "backspace", "backspace", *"num", "tab")
        assert pilot.app.screen.query_one(Answer).text == "numbers "
        await press(pilot, *"new", "enter")
        assert store.sessions.get(ids[1]).tags == ("new", "numbers")
        await press(pilot, "u")
        assert store.sessions.get(ids[1]).tags == ("old",)


async def test_a_tag_that_is_none_is_given_back(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await go(pilot, "beta")
        await press(pilot, "t", *"good b?d", "enter")
        assert store.sessions.get(ids[1]).tags == ()  # all or none
        assert isinstance(pilot.app, LiftApp)
        assert "cannot be a tag" in pilot.app.failures[-1][1].what
        assert pilot.app.screen.query_one(Answer).text.strip() == "good b?d"
        await press(pilot, "escape")


@pytest.mark.covers("sessions.delete")
async def test_delete_opens_the_next_session_and_undo_brings_it_back(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await go(pilot, "beta")
        await press(pilot, "D")
        assert store.sessions.get(ids[1]).deleted_at is not None
        assert under_cursor(pilot) == opened(pilot) == "alpha"
        await press(pilot, "D")
        assert under_cursor(pilot) == opened(pilot) == "gamma"
        await press(pilot, "u")
        assert under_cursor(pilot) == opened(pilot) == "alpha"
        await press(pilot, "u")
        assert under_cursor(pilot) == opened(pilot) == "beta"
        assert store.stats().deleted == 0


async def test_deleting_the_last_session_leaves_none_open(workbench: Workbench, store: SessionStore):
    session = store.sessions.create("x", title="only")
    async with workbench() as pilot:
        await press(pilot, "1", "D")
        assert bench(pilot).view is None
        assert "Press n to begin one." in " ".join(drawn(pilot))
        await press(pilot, "u")
        assert opened(pilot) == "only"
        assert store.sessions.get(session.id).deleted_at is None


async def test_a_deleted_session_comes_back_from_the_deleted_ones(workbench: Workbench, store: SessionStore, ids):
    store.sessions.delete(ids[0])
    async with workbench() as pilot:
        await press(pilot, "1", "f")
        await choose(pilot, "the deleted sessions")
        await press(pilot, "escape", "D")
        assert store.sessions.get(ids[0]).deleted_at is None


@pytest.mark.covers("sessions.fork")
async def test_fork_opens_the_new_session_and_undo_takes_it_away(workbench: Workbench, store: SessionStore, session_id):
    async with workbench() as pilot:
        await press(pilot, "1", "c")
        view = bench(pilot).view
        assert view is not None
        assert view.session.id != session_id
        assert view.session.forked_from == store.drafts.head(session_id).id  # type: ignore[union-attr]
        assert rows(pilot).number == view.session.num
        await press(pilot, "u")
        assert store.sessions.get(view.session.id).deleted_at is not None
        assert bench(pilot).view.session.id == session_id  # type: ignore[union-attr]


async def test_a_session_without_a_specification_cannot_be_forked(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await press(pilot, "1", "c")
        assert isinstance(pilot.app, LiftApp)
        assert len(pilot.app.failures) == 1
        assert store.stats().sessions == 5


@pytest.mark.covers("sessions.abandon")
async def test_abandon_reopen_and_undo(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await go(pilot, "beta")
        for key, state in (("A", "abandoned"), ("A", "draft"), ("u", "abandoned"), ("u", "draft"), ("u", "draft")):
            await press(pilot, key)
            assert store.sessions.get(ids[1]).state == state
            assert bench(pilot).view.session.state == state  # type: ignore[union-attr]


async def test_a_change_of_a_session_that_is_gone_fails_with_a_message(workbench: Workbench, store: SessionStore, ids):
    async with workbench() as pilot:
        await go(pilot, "beta")
        store.sessions.delete(ids[1])
        store.sessions.purge(ids[1])
        await press(pilot, "D")
        assert isinstance(pilot.app, LiftApp)
        assert ids[1] in pilot.app.failures[-1][1].what


# New sessions --------------------------------------------------------------------------------------


@pytest.mark.covers("session.new")
async def test_a_prompt_becomes_a_session_that_is_generated(workbench: Workbench, store: SessionStore, ids):
    async with scripted(draft(), body()), workbench() as pilot:
        await press(pilot, "2", "n")
        assert isinstance(pilot.app.screen, NewSessionScreen)
        await type_text(pilot, f"{PROMPT}\nBoth bounds count.")
        await press(pilot, "enter")
        view = bench(pilot).view
        assert view is not None
        assert view.prompt == f"{PROMPT}\nBoth bounds count."
        assert view.code is not None
        assert BODY.strip() in view.code.code
        assert rows(pilot).number == view.session.num
        assert bench(pilot).query_one("#spec").has_class("-active")
        assert isinstance(pilot.app, LiftApp)
        assert pilot.app.memory.get("new_session") == ""


async def test_a_pasted_specification_becomes_a_session_and_its_code_is_written(workbench: Workbench):
    async with scripted(body()), workbench() as pilot:
        await press(pilot, "n")
        await type_text(pilot, SPEC)
        await press(pilot, "enter")
        view = bench(pilot).view
        assert view is not None
        assert view.session.origin == "spec"
        assert view.session.checks_failed == 0
        assert view.code is not None


async def test_pasted_code_becomes_a_session_without_a_run(workbench: Workbench):
    async with workbench() as pilot:
        await press(pilot, "n")
        await type_text(pilot, "def double(x: int) -> int:\n    return 2 * x\n")
        await press(pilot, "enter")
        view = bench(pilot).view
        assert view is not None
        assert (view.session.origin, view.session.function, view.runs) == ("code", "double", ())
        assert view.code is not None


async def test_a_specification_with_a_mistake_is_given_back(workbench: Workbench, store: SessionStore):
    wrong = SPEC.replace("ensures(", "ensures((")
    async with workbench() as pilot:
        await press(pilot, "n")
        await type_text(pilot, wrong)
        await press(pilot, "enter")
        assert isinstance(pilot.app, LiftApp)
        assert len(pilot.app.failures) == 1
        assert isinstance(pilot.app.screen, NewSessionScreen)
        assert pilot.app.screen.query_one(Answer).text == wrong.strip()
        assert store.stats().sessions == 0
        await press(pilot, "escape")


async def test_a_prompt_survives_escape_and_the_end_of_the_program(workbench: Workbench, own_home, store: SessionStore):
    async with workbench() as pilot:
        await press(pilot, "n", *"half")  # and the terminal dies
        kept = json.loads((own_home / "lift-state" / "workbench.json").read_text(encoding="utf-8"))
        while "new_session" not in kept:  # written by a thread of its own
            await pilot.pause(0.01)
            kept = json.loads((own_home / "lift-state" / "workbench.json").read_text(encoding="utf-8"))
        assert kept["new_session"] == "half"
    async with workbench() as pilot:
        await press(pilot, "n")
        assert pilot.app.screen.query_one(Answer).text == "half"
        await press(pilot, *" a", "escape", "n")
        assert pilot.app.screen.query_one(Answer).text == "half a"
        await press(pilot, "escape")
    assert store.stats().sessions == 0


async def test_a_prompt_is_saved_even_when_no_endpoint_answers(workbench: Workbench, store: SessionStore):
    async with scripted() as server:
        pass  # the endpoint is configured, and gone
    assert server.url
    async with workbench() as pilot:
        await press(pilot, "n", *"Do it.", "enter")
        view = bench(pilot).view
        assert view is not None
        assert view.prompt == "Do it."
        assert isinstance(pilot.app, LiftApp)
        assert pilot.app.failures
