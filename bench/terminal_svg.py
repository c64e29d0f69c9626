"""An animated SVG of what a terminal showed: no script, no font and nothing fetched, so that it plays as an image.

Each different row of cells is drawn once; a frame only says which rows it has, and one CSS animation moves from frame
to frame, as termtosvg and svg-term did, which nobody has maintained since 2020. Who asks their system for less motion
sees the last frame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

import pyte
from pyte.screens import Char
from rich.cells import cell_len

FONT_PX, CELL_PX, LINE_PX, ASCENT_PX = 14, 8.4, 17, 13
"""Size of the font, width of a cell, height of a line, and of it above the base line, in pixels.

Most monospaced fonts are 0.6 em wide.
"""

MARGIN_PX, CORNER_PX = 10, 8
FOREGROUND, BACKGROUND = "#d8dee9", "#16181d"
"""What a terminal's own colours are drawn as."""

ANSI = {
    "black": "#2e3440", "red": "#d16d76", "green": "#98c379", "brown": "#e5c07b", "blue": "#61afef",
    "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#d8dee9",
    "brightblack": "#7f8694", "brightred": "#e06c75", "brightgreen": "#a3d08a", "brightbrown": "#f0d08f",
    "brightblue": "#7cc0ff", "brightmagenta": "#d794ea", "brightcyan": "#6fd0dc", "brightwhite": "#ffffff",
}  # fmt: skip
"""The sixteen colours, by pyte's names."""

FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"


@dataclass(frozen=True)
class Run:
    """Neighbouring cells of one look: where they begin (a column), their text, and how they are drawn."""

    column: int
    text: str
    foreground: str
    background: str
    bold: bool
    italic: bool
    underlined: bool


Row = tuple[Run, ...]


@dataclass(frozen=True)
class Frame:
    """What the terminal shows from ``at_s`` on, in seconds since the beginning."""

    at_s: float
    rows: tuple[Row, ...]


def read_rows(screen: pyte.Screen) -> tuple[Row, ...]:
    """What a screen shows just now."""
    return tuple(tuple(_runs(screen, line)) for line in range(screen.lines))


def render(frames: Sequence[Frame], *, columns: int, duration_s: float, title: str) -> str:
    """The SVG.

    Args:
        frames: at least one, in the order of their times; the first one shows from the beginning.
        columns: width of the terminal, in cells.
        duration_s: when the last frame has been shown for long enough and all begins again.
        title: for screen readers.
    """
    lines = len(frames[0].rows)
    width, height = round(columns * CELL_PX) + 2 * MARGIN_PX, lines * LINE_PX + 2 * MARGIN_PX
    numbers = {row: number for number, row in enumerate(dict.fromkeys(row for each in frames for row in each.rows))}
    steps = "".join(
        f"{100 * each.at_s / duration_s:.3f}%{{transform:translateY({-place * height}px)}}"
        for place, each in enumerate(frames)
    )
    last = -(len(frames) - 1) * height
    background, colours = _prevailing(frames), {}
    drawn = [f'<g id="r{number}">{"".join(_drawn(row, background, colours))}</g>' for row, number in numbers.items()]
    style = (
        f"text{{font:{FONT_PX}px {FONTS}}}"
        ".b{font-weight:bold}.i{font-style:italic}.u{text-decoration:underline}"
        + "".join(f".{name}{{fill:{colour}}}" for colour, name in colours.items())
        + f".film{{animation:film {duration_s:.2f}s step-end infinite}}@keyframes film{{{steps}}}"
        f"@media (prefers-reduced-motion:reduce){{.film{{animation:none;transform:translateY({last}px)}}}}"
    )
    label = quoteattr(title)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" '
            f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-label={label}>',
            f"<style>{style}</style>",
            "<defs>",
            *drawn,
            "</defs>",
            f'<rect width="{width}" height="{height}" rx="{CORNER_PX}" fill="{background}"/>',
            f'<svg x="{MARGIN_PX}" y="{MARGIN_PX}" width="{width - 2 * MARGIN_PX}" height="{height - 2 * MARGIN_PX}">',
            '<g class="film">',
            *(_placed(each, place * height, numbers) for place, each in enumerate(frames)),
            "</g></svg></svg>\n",
        ]
    )


def _placed(frame: Frame, top: int, numbers: dict[Row, int]) -> str:
    """The rows of a frame, each where it belongs."""
    return "".join(
        f'<use href="#r{numbers[row]}" y="{top + line * LINE_PX + ASCENT_PX}"/>'
        for line, row in enumerate(frame.rows)
        if row
    )


def _prevailing(frames: Sequence[Frame]) -> str:
    """The background that most cells have."""
    cells: Counter[str] = Counter()
    for run in (run for frame in frames for row in frame.rows for run in row):
        cells[run.background] += cell_len(run.text)
    return cells.most_common(1)[0][0]


def _drawn(row: Row, background: str, colours: dict[str, str]) -> Iterator[str]:
    """The elements of a row, on its base line.

    Args:
        row: the row.
        background: what is behind it already.
        colours: classes by colour; gets those that are missing.
    """

    def named(colour: str) -> str:
        return colours.setdefault(colour, f"c{len(colours)}")

    for colour, runs in groupby(row, key=lambda run: run.background):
        if colour != background:
            cells = list(runs)
            width = (cells[-1].column - cells[0].column + cell_len(cells[-1].text)) * CELL_PX
            # A little larger than its cells: neighbours that only touch show a seam where the image is scaled.
            yield (
                f'<rect x="{cells[0].column * CELL_PX:g}" y="-{ASCENT_PX}" width="{width + 0.3:g}" '
                f'height="{LINE_PX}.3" class="{named(colour)}"/>'
            )
    for run in row:
        text = run.text.rstrip()
        if text:
            looks = {"b": run.bold, "i": run.italic, "u": run.underlined}
            names = " ".join([named(run.foreground), *(name for name, on in looks.items() if on)])
            at = f' x="{run.column * CELL_PX:g}"' if run.column else ""
            length = f"{cell_len(text) * CELL_PX:g}"
            yield f'<text{at} class="{names}" textLength="{length}">{escape(text)}</text>'


def _runs(screen: pyte.Screen, line: int) -> Iterator[Run]:
    cells = [(column, screen.buffer[line][column]) for column in range(screen.columns)]
    for look, group in groupby(cells, key=lambda cell: _look(cell[1])):
        members = list(group)
        text = "".join(cell.data for _, cell in members)  # behind a wide character is an empty cell
        yield Run(members[0][0], text, *look)


def _look(cell: Char) -> tuple[str, str, bool, bool, bool]:
    foreground, background = _colour(cell.fg, FOREGROUND), _colour(cell.bg, BACKGROUND)
    if cell.reverse:
        foreground, background = background, foreground
    return foreground, background, cell.bold, cell.italics, cell.underscore


def _colour(name: str, default: str) -> str:
    return default if name == "default" else ANSI.get(name) or f"#{name}"
