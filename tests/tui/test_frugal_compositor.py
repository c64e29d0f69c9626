"""Partial updates: only what has changed is drawn, and what reaches the terminal is what Textual would send."""

from __future__ import annotations

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from tui.frugal_compositor import FrugalCompositor

SIZE = (60, 20)


class Noted(Static):
    """Notes which of its lines are drawn."""

    def __init__(self, name: str) -> None:
        super().__init__("\n".join(f"{name} line {number}" for number in range(10)), id=name)
        self.drawn: list[Region] = []

    def render_lines(self, crop: Region) -> list[Strip]:
        self.drawn.append(crop)
        return super().render_lines(crop)


class FourScreen(Screen[None]):
    """Four widgets in a grid, one of them scrolled, and one that covers the middle."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = FrugalCompositor()

    def compose(self) -> ComposeResult:
        with Container(id="grid"):
            for name in ("first", "second", "third"):
                yield Noted(name)
            with Container():
                yield Noted("scrolled")
        yield Noted("over")


class FourApp(App[None]):
    CSS = """
    FourScreen { layers: below above; }
    #grid { layout: grid; grid-size: 2 2; height: 100%; }
    #grid > * { height: 100%; width: 100%; border: round white; overflow-y: scroll; }
    #over { layer: above; position: absolute; offset: 20 7; width: 20; height: 6; border: solid red; }
    """

    def get_default_screen(self) -> FourScreen:
        return FourScreen()


def sent(app: App[None], update: ChopsUpdate | None) -> str:
    assert update is not None
    return update.render_segments(app.console)


CHANGES = {
    "a line": [Region(3, 2, 8, 1)],
    "two corners": [Region(1, 1, 5, 1), Region(50, 18, 6, 1)],
    "across the borders of widgets": [Region(10, 5, 40, 8)],
    "beneath what covers it": [Region(25, 8, 4, 2), Region(0, 9, 60, 1)],
    "a widget that is cut off": [Region(31, 11, 20, 8)],
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
async def test_the_terminal_gets_what_textual_would_send(changed: list[Region]) -> None:
    app = FourApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        compositor = app.screen._compositor
        compositor._dirty_regions = set(changed)
        frugal = sent(app, compositor.render_partial_update())
        compositor._dirty_regions = set(changed)
        assert frugal == sent(app, Compositor.render_partial_update(compositor))


async def test_what_has_not_changed_is_not_drawn() -> None:
    app = FourApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        noted = list(app.screen.query(Noted))
        for widget in noted:
            widget.drawn.clear()
        app.screen.query_one("#first").refresh(Region(0, 2, 8, 1))
        app.screen.query_one("#scrolled").refresh(Region(15, 3, 8, 1))
        await pilot.pause()
        drawn = {widget.id: [(crop.y, crop.height) for crop in widget.drawn] for widget in noted}
        assert drawn["second"] == drawn["third"] == drawn["over"] == []
        assert [height for _, height in drawn["first"] + drawn["scrolled"]] == [1, 1]
