"""The pane of the checks: verdicts with their evidence, live and stored, and the jumps from them."""

from __future__ import annotations

import pytest

from engine.sessions.store import SessionStore
from engine.stages import events as e
from engine.stages.events import CheckResult
from tests.support.scripts import WRONG_BODY, body
from tests.tui.conftest import NARROW, Workbench, scripted, settle
from tests.tui.test_generate import told
from tui.run_view import RunView
from tui.screens.workbench import WorkbenchScreen
from tui.widgets.checks_pane import CheckList, ChecksPane, as_text, summary
from tui.widgets.code_view import CodeView
from tui.widgets.spec_pane import SpecPane

PASSED = CheckResult(kind="signature", name="def clamp(…)", status="passed", clause="signature")
FAILED = CheckResult(
    kind="example",
    name="clamp(15, 0, 10) == 10",
    status="failed",
    detail="expected 10, got 15",
    clause="examples[0]",
    expected="10",
    actual="15",
    line=2,
)
COUNTER = CheckResult(
    kind="ensures",
    name="low <= result <= high",
    status="failed",
    detail="the result is out of range",
    clause="ensures[0]",
    counterexample="clamp(0, 1, 0)",
)
SKIPPED = CheckResult(kind="loads", name="the module loads", status="skipped", detail="no sandbox")


@pytest.fixture
def checked(store: SessionStore, session_id: str) -> str:
    """The session with code and four verdicts on it."""
    code = store.codes.add(store.drafts.list(session_id)[0].id, "def clamp():\n    return 15\n")
    store.codes.add_checks(code.id, [PASSED, FAILED, SKIPPED, COUNTER])
    return session_id


def pane(pilot) -> ChecksPane:
    return pilot.app.screen.query_one(ChecksPane)


def rows(pilot) -> list[str]:
    return [str(option.prompt) for option in pane(pilot).query_one(CheckList).options]


def head(pilot) -> str:
    return str(pilot.app.screen.query_one("#checks-head").render())


async def test_each_verdict_has_a_sign_a_word_its_clause_and_its_evidence(workbench: Workbench, checked: str) -> None:
    async with workbench() as pilot:
        shown = rows(pilot)
        assert shown[0] == "✓ ok      def clamp(…)  signature"
        assert shown[1].splitlines() == [
            "✗ FAILED  clamp(15, 0, 10) == 10  examples[0]",
            "  expected 10",
            "  actual   15",
            "  line     2 of the code",
        ]
        assert shown[2].splitlines() == ["- skipped the module loads", "  why      no sandbox"]
        assert shown[3].splitlines() == [
            "✗ FAILED  low <= result <= high  ensures[0]",
            "  for      clamp(0, 1, 0)",
            "  why      the result is out of range",
        ]
        assert head(pilot) == "1 passed · 2 failed · 1 skipped"


async def test_the_first_failure_is_under_the_cursor(workbench: Workbench, checked: str) -> None:
    async with workbench() as pilot:
        assert pane(pilot).query_one(CheckList).highlighted == 1


@pytest.mark.covers("checks.next-failure", "checks.previous-failure")
async def test_failures_are_gone_through(workbench: Workbench, checked: str) -> None:
    async with workbench(size=NARROW) as pilot:
        await pilot.press("4")
        await settle(pilot)
        listed = pane(pilot).query_one(CheckList)
        places = []
        for key in ("right", "right", "left", "left"):
            await pilot.press(f"{key}_square_bracket")
            places.append(listed.highlighted)
        assert places == [3, 1, 3, 1]


async def test_without_failures_there_is_nowhere_to_go(
    workbench: Workbench, store: SessionStore, session_id: str
) -> None:
    code = store.codes.add(store.drafts.list(session_id)[0].id, "def clamp(): ...\n")
    store.codes.add_checks(code.id, [PASSED])
    async with workbench() as pilot:
        await pilot.press("4", "right_square_bracket")
        await pilot.pause()
        assert "No check has failed" in told(pilot)


@pytest.mark.covers("checks.down", "checks.up", "checks.last")
async def test_the_cursor_moves(workbench: Workbench, checked: str) -> None:
    async with workbench() as pilot:
        await pilot.press("4", "home")
        listed = pane(pilot).query_one(CheckList)
        for key, at in {"j": 1, "down": 2, "k": 1, "up": 0, "G": 3}.items():
            await pilot.press(key)
            assert listed.highlighted == at


async def test_enter_goes_to_the_clause(workbench: Workbench, checked: str) -> None:
    async with workbench(size=NARROW) as pilot:
        asked: list[str] = []
        screen = pilot.app.screen
        assert isinstance(screen, WorkbenchScreen)
        screen.query_one(SpecPane).go_to = asked.append
        await pilot.press("4", "enter")
        await settle(pilot)
        assert asked == ["examples[0]"]
        assert screen.query_one("#spec").region.area
        await pilot.press("4", "home", "down", "down", "enter")
        await settle(pilot)
        assert asked == ["examples[0]"]
        assert "the code as a whole" in told(pilot)


@pytest.mark.covers("checks.code")
async def test_c_goes_to_the_line_of_code(workbench: Workbench, checked: str) -> None:
    async with workbench(size=NARROW) as pilot:
        await pilot.press("4", "c")
        await settle(pilot)
        code = pilot.app.screen.query_one(CodeView)
        assert code.region.area
        assert code.cursor == 1
        await pilot.press("4", "G", "c")
        await settle(pilot)
        assert "not about one line" in told(pilot)


async def test_the_verdicts_are_copied_as_text(workbench: Workbench, checked: str) -> None:
    async with workbench() as pilot:
        assert pane(pilot).copy_text().splitlines() == [
            "1 passed · 2 failed · 1 skipped",
            "ok      def clamp(…)  [signature]",
            "FAILED  clamp(15, 0, 10) == 10  [examples[0]]",
            "        expected 10",
            "        actual   15",
            "        line     2 of the code",
            "skipped the module loads",
            "        why      no sandbox",
            "FAILED  low <= result <= high  [ensures[0]]",
            "        for      clamp(0, 1, 0)",
            "        why      the result is out of range",
        ]


async def test_a_real_run_fills_them_in(workbench: Workbench, store: SessionStore, session_id: str) -> None:
    async with scripted(body(WRONG_BODY)), workbench() as pilot:
        await pilot.press("g")
        await settle(pilot)
        stored = store.codes.checks(store.codes.list(session_id)[0].id)
        assert len(rows(pilot)) == len(stored)
        assert head(pilot) == " · ".join(summary(stored))
        failed = next(row for row in rows(pilot) if "clamp(15, 0, 10) == 10" in row)
        assert "FAILED" in failed
        assert "15" in failed.splitlines()[-1] + failed.splitlines()[1]


async def test_a_second_opinion_is_the_last_of_them(workbench: Workbench, store: SessionStore, session_id: str) -> None:
    async with scripted(body(), body(), opinion=True), workbench() as pilot:
        await pilot.press("g")
        await settle(pilot)
        assert "another implementation does the same" in rows(pilot)[-1]
        assert "generated calls" in rows(pilot)[-1]
        assert store.runs.list(session_id)[-1].outcome == "passed"


async def test_verdicts_come_in_one_by_one(workbench: Workbench, session_id: str) -> None:
    async with workbench() as pilot:
        run = RunView()
        listed = pane(pilot).query_one(CheckList)
        run.feed([e.StageStarted(stage="implement", at_s=0), e.CodeFinished(code="x = 1\n")])
        run.feed([e.StageStarted(stage="check", at_s=1), e.CheckFinished(result=PASSED)])
        pane(pilot).show_run(run)
        assert head(pilot) == "1 passed · checking …"
        first = listed.options[0]
        run.feed([e.CheckFinished(result=FAILED)])
        pane(pilot).show_run(run)
        assert head(pilot) == "1 passed · 1 failed · checking …"
        assert listed.options[0] is first  # added to, not written anew
        run.feed([e.RepairStarted(attempt=1, of=0, reason="it failed")])
        run.feed([e.CodeFinished(code="x = 2\n", attempt=1), e.CheckFinished(result=PASSED, attempt=1)])
        pane(pilot).show_run(run)
        assert len(rows(pilot)) == 1
        assert "of attempt 2" in head(pilot)


async def test_verdicts_on_code_of_another_draft_say_so(
    workbench: Workbench, store: SessionStore, checked: str
) -> None:
    from engine.ir.text import parse
    from tests.support.scripts import SPEC

    first = store.drafts.list(checked)[0]
    store.drafts.add(checked, parse(SPEC.replace("Clamp", "Limit")), parent=first.id)
    async with workbench() as pilot:
        assert "of code for another draft: g checks anew" in head(pilot)


@pytest.mark.parametrize(("made", "words"), [(False, "press n"), (True, "press g")])
async def test_empty_states_name_a_key(workbench: Workbench, store: SessionStore, made: bool, words: str) -> None:
    if made:
        store.sessions.create("Clamp a value.")
    async with workbench() as pilot:
        assert words in head(pilot)
        assert pane(pilot).copy_text() == ""


def test_evidence_that_the_detail_repeats_is_told_once() -> None:
    assert as_text(FAILED).count("15") == 2  # in the call, and as what came back
    loads = CheckResult(kind="loads", name="the module loads", status="failed", detail="boom", actual="boom")
    assert as_text(loads).count("boom") == 1
