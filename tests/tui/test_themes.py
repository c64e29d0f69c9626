"""The themes: enough contrast on everything that is drawn, and nothing lost without colours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from rich.segment import Segment
from textual.color import Color
from textual.pilot import Pilot

from tests.tui.conftest import MEDIUM, Workbench, settle
from tui.app import LiftApp
from tui.screens.ask import AskScreen, ConfirmScreen

LEAST = {"lift-dark": 4.5, "lift-light": 4.5, "lift-contrast": 7.0}
"""Contrast ratios of WCAG 2.2: 1.4.3 (AA) and 1.4.6 (AAA), for text of normal size."""


def luminance(color: Color) -> float:
    """Relative luminance, from 0 to 1, as WCAG 2.2 defines it."""
    parts = (channel / 255 for channel in color.rgb)
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def ratio(one: Color, other: Color) -> float:
    """Contrast ratio, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def segments(app) -> Iterator[Segment]:
    """All segments that are drawn now; what shines through below a modal screen is not to be read."""
    whole = app.size.region
    regions = [child.region for child in app.screen.children] if app.screen.is_modal else [whole]
    strips = app.screen._compositor.render_strips(app.size)
    for region in (region.intersection(whole) for region in regions):
        for strip in strips[region.y : region.bottom]:
            yield from strip.crop(region.x, region.right)


async def scenes(pilot: Pilot[int]) -> AsyncIterator[str]:
    """One screen after the other, each with content."""
    app = pilot.app
    assert isinstance(app, LiftApp)
    for pane in "12345":
        await pilot.press(pane)
        await settle(pilot)
        yield f"pane {pane}"
    app.notify("It did not work. Try again.", title="A failure", severity="error")
    app.notify("Something to know.", severity="warning")
    while len(app.screen.query("Toast")) < 2:
        await pilot.pause(0.05)
    await settle(pilot)
    yield "toasts"
    app.clear_notifications()
    for name in ("endpoints", "settings", "help", "keymap", "log"):
        app.action_page(name)
        await settle(pilot)
        yield name
        if name == "help":
            await pilot.press("slash", "c", "o")
            await settle(pilot)
            yield "search in help"
            await pilot.press("escape")
        await pilot.press("escape")
    for screen in (
        AskScreen("What should change?", text="x" * 30, check=lambda _: "That is wrong."),
        ConfirmScreen("Sure?"),
    ):
        app.push_screen(screen)
        await settle(pilot)
        await pilot.press("shift+left")
        yield type(screen).__name__
        await pilot.press("escape")
    await pilot.press("m", "a")
    await settle(pilot)
    yield "form"
    await pilot.press("escape", "escape", "ctrl+p")
    await settle(pilot)
    await pilot.pause(0.3)
    yield "palette"


@pytest.mark.parametrize("theme", LEAST)
async def test_text_stands_out(workbench: Workbench, session_id: str, theme: str):
    poor: dict[str, str] = {}
    drawn = 0
    async with workbench(size=MEDIUM, notifications=True) as pilot:
        pilot.app.theme = theme
        await settle(pilot)
        async for scene in scenes(pilot):
            for text, style, _ in segments(pilot.app):
                if style is None or not any(character.isalnum() for character in text):
                    continue
                assert style.color is not None, f"{scene}: {text!r} has no colour"
                assert style.bgcolor is not None, f"{scene}: {text!r} has no background"
                fore, back = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
                if style.reverse:
                    fore, back = back, fore
                drawn += 1
                if ratio(fore, back) < LEAST[theme]:
                    poor[f"{scene}: {fore.hex} on {back.hex}"] = text.strip()
    assert drawn > 300
    assert poor == {}


async def test_with_16_colours_the_background_is_the_terminals_own(workbench: Workbench, session_id: str):
    async with workbench(size=MEDIUM, notifications=True) as pilot:
        pilot.app.theme = "lift-16"
        await settle(pilot)
        async for scene in scenes(pilot):
            for text, style, _ in segments(pilot.app):
                for color in () if style is None else (style.color, style.bgcolor):
                    assert color is None or color.type.name in ("DEFAULT", "STANDARD"), f"{scene}: {text!r} is {color}"
                if style is not None and style.bgcolor is not None and not style.bgcolor.is_default:
                    assert style.bgcolor.name in ("cyan", "bright_black", "blue"), (
                        f"{scene}: {text!r} on {style.bgcolor}"
                    )


async def test_no_color_draws_no_colour_and_loses_nothing(
    workbench: Workbench, session_id: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_COLOR", "1")
    async with workbench(size=MEDIUM, notifications=True) as pilot:
        app = pilot.app
        assert isinstance(app, LiftApp)
        app.change_setting("theme", "lift-dark")
        await settle(pilot)
        assert app.theme == "lift-16"
        async for scene in scenes(pilot):
            for text, style, _ in segments(app):
                coloured = style is not None and any(
                    c is not None and not c.is_default for c in (style.color, style.bgcolor)
                )
                assert not coloured, f"{scene}: {text!r}"
        await pilot.press("escape", "comma")
        await settle(pilot)
        reversed_text = "".join(text for text, style, _ in segments(app) if style is not None and style.reverse)
        assert "Theme" in reversed_text, "the row that the cursor is on has to stand out"
