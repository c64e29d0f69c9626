"""The hole deck while it is being closed."""

from __future__ import annotations

from engine.ir.text import parse
from tests.support.scripts import SPEC
from tests.tui.conftest import NARROW, Workbench
from tests.tui.test_holes import HOLES, deck, open_holes, opened, press


async def test_an_answer_is_saved_though_the_card_is_being_taken_away(workbench: Workbench, store, monkeypatch):
    session = store.sessions.create("Clamp a value between low and high.")
    store.drafts.add(session.id, parse(SPEC + HOLES), parent=None, source="agent")
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        shown, save = deck(pilot), deck(pilot).save

        async def closing(work):
            await shown.card.query_one("#state").remove()
            return await save(work)

        monkeypatch.setattr(shown, "save", closing)
        await press(pilot, "1")
    assert open_holes(store, session.id) == ["value", "bound"]
