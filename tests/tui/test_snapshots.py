"""What stands on the screen, character by character, at the three sizes, with frozen clocks.

After a change that was meant: ``LIFT_UPDATE_SNAPSHOTS=1 pytest tests/tui/test_snapshots.py``, and read the diff.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from engine.ir.models import Provenance
from engine.ir.text import parse
from engine.sessions.store import SessionStore
from engine.stages.events import CheckResult, Span, Usage
from tests.support.scripts import BODY, HEADER, PROMPT, SPEC
from tests.tui.conftest import MEDIUM, NARROW, WIDE, Workbench, settle
from tui.widgets.session_list import SessionList

NOW_S = 1_780_000_000
SNAPSHOTS = Path(__file__).parent / "snapshots"
ASKS = '    hole("nan", kind="signature", type=bool, ask="Should NaN be rejected?", options=["yes", "no"])\n'
CHECKS = (
    CheckResult(kind="parse", name="valid Python", status="passed"),
    CheckResult(kind="signature", name=HEADER, status="passed", clause="signature"),
    CheckResult(
        kind="example",
        name="clamp(15, 0, 10) == 10",
        status="failed",
        detail="expected 10, got 15",
        clause="examples[0]",
        expected="10",
        actual="15",
        line=2,
    ),
    CheckResult(
        kind="ensures", name="low <= result <= high", status="skipped", detail="no example", clause="ensures[0]"
    ),
)
SPANS = (
    Span(stage="draft", name="prefill", start_s=0.1, duration_s=0.9),
    Span(stage="draft", name="decode", start_s=1.0, duration_s=4.0),
    Span(stage="implement", name="prefill", start_s=5.0, duration_s=0.5),
    Span(stage="implement", name="decode", start_s=5.5, duration_s=2.5),
    Span(stage="check", name="check.examples", start_s=8.0, duration_s=0.2),
    Span(stage="save", name="save", start_s=8.2, duration_s=0.05),
)


@pytest.fixture
def recorded(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sessions of long ago; the second has a question, code, a failed check and timings."""
    moment = NOW_S - 7200
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    with SessionStore(db, clock=lambda: moment * 1000) as store:
        store.sessions.create("Sort the words of a sentence.", tags=["text"])
        moment = NOW_S - 180
        session = store.sessions.create(PROMPT, tags=["numbers"])
        ir = parse(SPEC + ASKS)
        for _, clause in ir.clauses():
            clause.provenance = Provenance(source="agent", confidence=0.7, author="scripted")
        ir.ensures[0].provenance = Provenance(source="human", author="ada")
        draft = store.drafts.add(session.id, ir, parent=None, source="agent", author="scripted")
        run = store.runs.start(session.id, endpoint="scripted", model="scripted")
        code = store.codes.add(draft.id, f"{HEADER}\n{BODY}", author="scripted", run_id=run.id)
        store.codes.add_checks(code.id, CHECKS, run_id=run.id)
        store.runs.add_spans(run.id, SPANS)
        store.runs.add_usage(run.id, "draft", Usage(prompt_tokens=600, cached_tokens=570, completion_tokens=64))
        store.runs.add_usage(run.id, "implement", Usage(prompt_tokens=90, cached_tokens=68, completion_tokens=40))
        moment = NOW_S - 171
        store.runs.finish(run.id, "finished", outcome="failed")


def screen_text(pilot) -> str:
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "keys",
    [("1",), ("2",), ("3",), ("4",), ("5",), ("2", "v"), ("o",), ("H",), ("comma",), ("n",)],
    ids=["sessions", "spec", "code", "checks", "timings", "text", "holes", "runs", "settings", "new"],
)
async def test_the_screen(workbench: Workbench, recorded, monkeypatch, request, size, keys):
    monkeypatch.setitem(SessionList.__init__.__kwdefaults__, "clock", lambda: float(NOW_S))
    monkeypatch.setenv("LIFT_CONFIG_HOME", "/nonexistent/lift")
    async with workbench(size=size) as pilot:
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        text = screen_text(pilot)
    file = SNAPSHOTS / f"{request.node.callspec.id}.txt"
    if os.environ.get("LIFT_UPDATE_SNAPSHOTS"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
