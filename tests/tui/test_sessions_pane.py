"""The list of sessions: moving, many of them, changes by others, orders and filters; against a real store."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList, Static

from bench.store import fill
from engine.ir.text import parse
from engine.sessions.store import SessionStore
from engine.stages.events import CheckResult
from tests.support.scripts import SPEC
from tests.tui.conftest import MEDIUM, NARROW, WIDE, Workbench, settle
from tests.tui.listing import (
    bench,
    choose,
    drawn,
    opened,
    pane,
    press,
    rows,
    summary,
    titles,
    under_cursor,
)
from tui.app import LiftApp
from tui.screens.filters import FilterScreen
from tui.screens.workbench import WorkbenchScreen
from tui.widgets.session_list import SessionList

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
