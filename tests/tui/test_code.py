"""The pane of the code: streaming, versions, comparisons, the cursor; and the colours behind it."""

from __future__ import annotations

import pytest

from engine.sessions.store import SessionStore
from engine.stages import events as e
from tests.support.chat_server import Answer
from tests.support.scripts import BODY, HEADER, WRONG_BODY, body
from tests.tui.conftest import NARROW, Workbench, scripted, settle
from tests.tui.test_generate import told, until
from tui.app import LiftApp
from tui.code_versions import versions
from tui.highlight import Highlighter
from tui.run_feed import Piece
from tui.run_view import RunView
from tui.widgets.code_pane import CodePane
from tui.widgets.code_view import CodeView

ONE = "def clamp(value: int) -> int:\n    return value\n"
TWO = "def clamp(value: int) -> int:\n    low = 0\n    return max(low, value)\n"
LONG = "def f() -> int:\n" + "".join(f"    x{n} = {n}\n" for n in range(100))


@pytest.fixture
def coded(store: SessionStore, session_id: str) -> str:
    """The session with two versions of its code."""
    draft = store.drafts.list(session_id)[0]
    for text in (ONE, TWO):
        store.codes.add(draft.id, text, author="model")
    return session_id


def code(pilot) -> CodeView:
    return pilot.app.screen.query_one(CodeView)


def pane(pilot) -> CodePane:
    return pilot.app.screen.query_one(CodePane)


def head(pilot) -> str:
    return str(pilot.app.screen.query_one("#code-head").render())


# Colours -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 3, 7, 40])
def test_text_in_pieces_gets_the_colours_of_the_whole(step: int) -> None:
    whole = (
        f'{HEADER}\n    """Ein Satz\n    mit ü."""\n{BODY}    # end\n    return f"{{value!r}} ä" or [None, True, 1.5]\n'
    )
    grown = Highlighter()
    for at in range(0, len(whole), step):
        grown.append(whole[at : at + step])
    assert grown.lines == Highlighter(whole).lines
    assert grown.text == whole


def test_colours_know_their_parts() -> None:
    lines = Highlighter('def ä(x: int) -> str:\n    return "ü" + f(1)  # done\n').lines
    found = [[(line.text[start:end], part) for start, end, part in line.stretches] for line in lines]
    assert found[0] == [("def", "keyword"), ("ä", "function"), ("int", "type"), ("str", "type")]
    assert found[1] == [("return", "keyword"), ('"ü"', "string"), ("1", "number"), ("# done", "comment")]


def test_appending_tells_the_first_line_that_changed() -> None:
    grown = Highlighter("a = 1\nb = 2\n")
    assert grown.append("c = 3") == 2
    assert grown.append("4\n") == 2
    assert grown.append("") == len(grown.lines)


# What is shown -----------------------------------------------------------------------------------


async def test_without_a_session_the_key_for_one_is_named(workbench: Workbench) -> None:
    async with workbench() as pilot:
        assert "press n" in head(pilot)


async def test_without_code_the_key_for_it_is_named(workbench: Workbench, session_id: str) -> None:
    async with workbench() as pilot:
        assert "press g" in head(pilot)
        assert pane(pilot).copy_text() == ""


@pytest.mark.covers("code.older", "code.newer")
async def test_versions_are_leafed_through(workbench: Workbench, coded: str) -> None:
    async with workbench(size=NARROW) as pilot:
        await pilot.press("3")
        await settle(pilot)
        assert pane(pilot).copy_text() == TWO
        assert "version 2 of 2" in head(pilot)
        await pilot.press("left_square_bracket")
        assert code(pilot).text == ONE.rstrip()
        assert "version 1 of 2" in head(pilot)
        await pilot.press("left_square_bracket")
        assert "oldest version" in told(pilot)
        assert pane(pilot).copy_text() == ONE
        await pilot.press("right_square_bracket")
        assert pane(pilot).copy_text() == TWO
        await pilot.press("right_square_bracket")
        assert "newest version" in told(pilot)


@pytest.mark.covers("code.compare")
@pytest.mark.parametrize("key", ["x", "equals_sign"])
async def test_a_version_is_compared_with_the_one_before(workbench: Workbench, coded: str, key: str) -> None:
    async with workbench() as pilot:
        await pilot.press("3", key)
        rows = [(row.mark, row.number, row.line.text) for row in code(pilot).rows]
        assert rows == [
            ("", 1, "def clamp(value: int) -> int:"),
            ("-", None, "    return value"),
            ("+", 2, "    low = 0"),
            ("+", 3, "    return max(low, value)"),
        ]
        assert "compared with version 1" in head(pilot)
        assert pane(pilot).copy_text() == TWO
        await pilot.press(key)
        assert code(pilot).text == TWO.rstrip()
        await pilot.press("left_square_bracket", key)
        assert "no older version" in told(pilot)


async def test_code_for_another_draft_says_so(workbench: Workbench, store: SessionStore, coded: str) -> None:
    from engine.ir.text import parse
    from tests.support.scripts import SPEC

    first = store.drafts.list(coded)[0]
    store.drafts.add(coded, parse(SPEC.replace("Clamp", "Limit")), parent=first.id)
    async with workbench() as pilot:
        assert "written for draft 1, not for draft 2: g writes it anew" in head(pilot)


async def test_repairs_are_told_as_attempts(workbench: Workbench, store: SessionStore, session_id: str) -> None:
    draft = store.drafts.list(session_id)[0]
    run = store.runs.start(session_id)
    first = store.codes.add(draft.id, ONE, run_id=run.id)
    second = store.codes.add_repair(first.id, TWO, attempt=1, reason="examples[0] failed", run_id=run.id)
    store.codes.choose(run.id, second.id, reason="all checks pass")
    store.runs.finish(run.id, "finished", outcome="passed")
    async with workbench() as pilot:
        assert "attempt 2 of 2" in head(pilot)
        assert "repairs: examples[0] failed" in head(pilot)
        assert "chosen" in head(pilot)


async def test_partial_code_of_an_interrupted_run_is_shown_as_such(
    workbench: Workbench, store: SessionStore, coded: str
) -> None:
    run = store.runs.start(coded, "implement")
    store.runs.append_text(run.id, "implement", f"{HEADER}\n    if low >")
    store.runs.finish(run.id, "interrupted")
    async with workbench() as pilot:
        assert pane(pilot).copy_text() == f"{HEADER}\n    if low >"
        assert "as far as a stopped run came" in head(pilot)
        await pilot.press("3", "left_square_bracket")
        assert pane(pilot).copy_text() == TWO


async def test_control_characters_of_a_model_are_made_visible(
    workbench: Workbench, store: SessionStore, session_id: str
) -> None:
    text = 'def f() -> str:\n    return "\x1b[31m\u202e"\n'
    store.codes.add(store.drafts.list(session_id)[0].id, text)
    async with workbench() as pilot:
        assert code(pilot).rows[1].line.text == '    return "\\x1b[31m\\u202e"'
        assert pane(pilot).copy_text() == text


async def test_a_real_repair_is_a_version_of_its_own(
    workbench: Workbench, store: SessionStore, session_id: str
) -> None:
    async with scripted(body(WRONG_BODY), body()), workbench() as pilot:
        await pilot.press("3", "g")
        await settle(pilot)
        first, second = store.codes.list(session_id)
        assert (second.repairs_id, second.attempt) == (first.id, 1)
        assert pane(pilot).copy_text() == second.code
        assert "attempt 2 of 2" in head(pilot)
        assert "repairs: " in head(pilot)
        await pilot.press("x")
        assert [row.line.text for row in code(pilot).rows if row.mark == "-"] == ["    return value"]


# Streaming ---------------------------------------------------------------------------------------


async def test_code_streams_into_place(workbench: Workbench, session_id: str) -> None:
    async with scripted(Answer(BODY + "```", piece=2, pause_s=0.05)), workbench() as pilot:
        whole = f"{HEADER}\n{BODY}"
        seen: dict[str, str] = {}

        def at_its_end() -> bool:
            seen.setdefault(code(pilot).text, head(pilot))
            return code(pilot).text.strip() == whole.strip()

        await pilot.press("g")
        await until(pilot, at_its_end)
        await settle(pilot)
        assert pane(pilot).copy_text() == whole
        partial = [text for text in seen if text and text != whole]
        assert partial
        assert all(whole.startswith(text) for text in partial)
        assert all("being written" in seen[text] for text in partial)
        assert "being written" not in head(pilot)


async def feed(pilot, run: RunView, *items: object) -> None:
    """One frame of a run that is not there, as the app would hand it on."""
    run.feed(items)
    pilot.app.screen.show_run(run)
    await pilot.pause()


@pytest.fixture
def streaming() -> RunView:
    run = RunView()
    run.feed([e.StageStarted(stage="implement", at_s=0.0)])
    return run


async def test_a_frame_redraws_only_the_lines_that_changed(
    workbench: Workbench, session_id: str, streaming: RunView
) -> None:
    async with workbench() as pilot:
        await feed(pilot, streaming, Piece("implement", f"{HEADER}\n    a = 1\n    b", 1))
        await settle(pilot)
        drawn: list[int] = []
        view = code(pilot)
        original = view.render_line
        view.render_line = lambda y: (drawn.append(y), original(y))[1]
        await feed(pilot, streaming, Piece("implement", " = 2", 1))
        await settle(pilot)
        assert set(drawn) == {2}
        drawn.clear()
        await feed(pilot, streaming, Piece("implement", "\n    c = 3", 1))
        await settle(pilot)
        assert set(drawn) <= {2, 3}


async def test_the_end_is_followed_until_the_user_scrolls_up(
    workbench: Workbench, session_id: str, streaming: RunView
) -> None:
    async with workbench(size=NARROW) as pilot:
        await pilot.press("3")
        await settle(pilot)
        lines = LONG.splitlines(keepends=True)
        for at in range(0, 60, 2):
            await feed(pilot, streaming, Piece("implement", "".join(lines[at : at + 2]), 2))
        view = code(pilot)
        bottom = view.scroll_offset.y + view.size.height
        assert view.scroll_offset.y > 0
        assert view.scroll_offset.y < len(view.rows) <= bottom
        await pilot.press("end", "pageup", "pageup", "pageup")
        place = view.scroll_offset.y
        await feed(pilot, streaming, Piece("implement", "".join(lines[60:]), 40))
        assert view.scroll_offset.y == place
        await pilot.press("G")
        assert view.cursor == len(view.rows) - 1
        await feed(pilot, streaming, Piece("implement", "    last = 1\n" * 30, 30))
        assert view.scroll_offset.y + view.size.height >= len(view.rows)


async def test_the_view_moves_rarely_while_it_follows(
    workbench: Workbench, session_id: str, streaming: RunView
) -> None:
    async with workbench(size=NARROW) as pilot:
        await pilot.press("3")
        await settle(pilot)
        view = code(pilot)
        places: set[int] = set()
        for line in LONG.splitlines(keepends=True):
            await feed(pilot, streaming, Piece("implement", line, 8))
            places.add(view.scroll_offset.y)
        assert len(places) <= 1 + 100 // (view.size.height // 3)


async def test_a_run_of_another_session_leaves_the_code_alone(
    workbench: Workbench, coded: str, streaming: RunView
) -> None:
    async with workbench() as pilot:
        streaming.session_id = "another"
        await feed(pilot, streaming, Piece("implement", LONG, 9))
        assert pane(pilot).copy_text() == TWO


def test_versions_of_a_run_that_goes_on() -> None:
    run = RunView()
    run.feed(
        [
            e.StageStarted(stage="implement", at_s=0.0),
            e.CodeFinished(code=ONE),
            e.StageStarted(stage="repair", at_s=1.0),
            e.RepairStarted(attempt=1, of=0, reason="examples[0] failed"),
            Piece("repair", "def clamp(", 1),
        ]
    )
    found = versions(None, run)
    assert [(version.kind, version.attempt, version.attempts) for version in found] == [
        ("stored", 0, 1),
        ("streaming", 1, 1),
    ]
    assert found[1].reason == "examples[0] failed"


# Moving ------------------------------------------------------------------------------------------


@pytest.mark.covers(
    "code.down", "code.up", "code.page-down", "code.page-up", "code.first", "code.last", "code.right", "code.left"
)
async def test_the_cursor_moves(workbench: Workbench, store: SessionStore, session_id: str) -> None:
    store.codes.add(store.drafts.list(session_id)[0].id, LONG + "    y = " + "1 + " * 60 + "1\n")
    async with workbench(size=NARROW) as pilot:
        await pilot.press("3")
        await settle(pilot)
        view = code(pilot)
        assert view.has_focus
        moves = {"j": 1, "down": 2, "k": 1, "up": 0, "G": len(view.rows) - 1, "home": 0, "end": len(view.rows) - 1}
        for key, row in moves.items():
            await pilot.press(key)
            assert view.cursor == row
            assert view.scroll_offset.y <= row < view.scroll_offset.y + view.size.height
        await pilot.press("home", "pagedown")
        assert view.cursor == view.size.height - 1
        await pilot.press("pageup")
        assert view.cursor == 0
        await pilot.press("right")
        assert view.scroll_offset.x == 8
        await pilot.press("left")
        assert view.scroll_offset.x == 0


@pytest.mark.covers("code.select-down", "code.select-up")
async def test_selected_lines_are_what_is_copied(workbench: Workbench, coded: str) -> None:
    async with workbench() as pilot:
        await pilot.press("3", "home", "j", "shift+down")
        assert pane(pilot).copy_text() == "    low = 0\n    return max(low, value)\n"
        await pilot.press("shift+up")
        assert pane(pilot).copy_text() == "    low = 0\n"
        await pilot.press("k")
        assert pane(pilot).copy_text() == TWO


async def test_go_to_shows_the_line_of_the_checked_code(workbench: Workbench, coded: str) -> None:
    async with workbench(size=NARROW) as pilot:
        await pilot.press("3", "left_square_bracket")
        await settle(pilot)
        pane(pilot).go_to(3)
        await pilot.pause()
        assert code(pilot).text == TWO.rstrip()
        assert code(pilot).cursor == 2
        pane(pilot).go_to(99)
        await pilot.pause()
        assert "no line 99" in told(pilot)


async def test_the_mouse_selects_code_without_line_numbers(workbench: Workbench, coded: str) -> None:
    from textual.geometry import Offset
    from textual.selection import Selection

    async with workbench() as pilot:
        view = code(pilot)
        gutter = view.number_cells
        assert view.get_selection(Selection(Offset(gutter + 4, 0), Offset(gutter + 7, 1))) == (
            "clamp(value: int) -> int:\n    low",
            "\n",
        )


async def test_reading_the_session_again_keeps_the_place(workbench: Workbench, store: SessionStore, coded: str) -> None:
    async with workbench() as pilot:
        await pilot.press("3", "j", "j")
        assert isinstance(pilot.app, LiftApp)
        pilot.app.screen.open_session(coded)
        await settle(pilot)
        assert code(pilot).cursor == 2


async def test_the_final_code_replaces_the_stream_without_a_jump(workbench: Workbench, session_id: str) -> None:
    async with scripted(body()), workbench() as pilot:
        await pilot.press("3", "g")
        await settle(pilot)
        view = code(pilot)
        assert view.text == f"{HEADER}\n{BODY}".rstrip()
        assert view.virtual_size.height == len(view.rows)
