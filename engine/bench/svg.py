"""Waterfalls and histograms as SVG, in colours that can be read on white and on black alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from engine.bench.records import Baseline, Record

_INK = "#7a7f85"
"""Contrasts with white and with GitHub's dark background about alike, 4 to 1."""

_FILL = {
    "draft": "#3b8fc4",
    "implement": "#b0639e",
    "check": "#4a9d5b",
    "repair": "#c9762e",
    "compare": "#8a6bd1",
    "save": "#9a8a2f",
}
_OTHER = "#7f8fa6"
_WIDTH, _LEFT, _RIGHT, _ROW = 760, 170, 70, 20
_SHOWN_S = 0.005
"""Spans shorter than this are left out: they would be no wider than the line that marks them."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one kind, for a histogram."""

    name: str
    values: Sequence[float]
    colour: str


LIFT, COLD = _FILL["draft"], _FILL["implement"]
BASELINE: dict[Baseline, str] = {"raw": _FILL["repair"], "plain": _FILL["check"]}


def waterfall(record: Record, title: str) -> str:
    """The spans of one run on one time axis."""
    spans = [span for span in record.spans if span.duration_s >= _SHOWN_S]
    total = max([record.seconds, *(span.start_s + span.duration_s for span in spans)])
    room = _WIDTH - _LEFT - _RIGHT
    parts: list[str] = []
    stage = ""
    for row, span in enumerate(spans):
        y = 44 + row * _ROW
        x = _LEFT + room * span.start_s / total
        width = max(room * span.duration_s / total, 1.5)
        if span.stage != stage:
            stage = span.stage
            parts.append(_text(8, y + 12, stage, weight="bold"))
        parts.append(_text(90, y + 12, span.name.removeprefix("check.")))
        colour = _FILL.get(span.stage, _OTHER)
        parts.append(f'<rect x="{x:.1f}" y="{y + 2}" width="{width:.1f}" height="13" rx="2" fill="{colour}"/>')
        parts.append(_text(_WIDTH - 8, y + 12, f"{span.duration_s:.2f} s", anchor="end"))
    height = 44 + len(spans) * _ROW + 30
    parts += _axis(0.0, total, height - 26, 40)
    return _document(height, title, parts)


def histogram(series: Sequence[Series], title: str, *, bins: int = 16) -> str:
    """How often a task took so many seconds, one row of bars for each series on the same axis."""
    some = [one for one in series if one.values]
    top = nice_end(max((max(one.values) for one in some), default=1.0))
    rows, row_height = len(some), 110
    room = _WIDTH - _LEFT - _RIGHT
    parts: list[str] = []
    for row, one in enumerate(some):
        counts = binned(one.values, bins, top)
        base = 44 + (row + 1) * row_height - 10
        parts.append(_text(8, base - row_height / 2 + 10, one.name, weight="bold"))
        parts.append(_text(8, base - row_height / 2 + 26, f"{len(one.values)} runs"))
        for index, count in enumerate(counts):
            if not count:
                continue
            tall = (row_height - 30) * count / max(counts)
            x, width = _LEFT + room * index / bins, room / bins - 3
            parts.append(
                f'<rect x="{x + 1.5:.1f}" y="{base - tall:.1f}" width="{width:.1f}" height="{tall:.1f}" rx="2" '
                f'fill="{one.colour}"/>'
            )
            parts.append(_text(x + room / bins / 2, base - tall - 4, str(count), anchor="middle"))
        parts.append(f'<line x1="{_LEFT}" x2="{_LEFT + room}" y1="{base}" y2="{base}" stroke="{_INK}"/>')
    height = 44 + rows * row_height + 24
    parts += _axis(0.0, top, height - 28, None)
    return _document(height, title, parts)


def binned(values: Sequence[float], bins: int, top: float) -> list[int]:
    """How many of ``values`` fall into each of ``bins`` equal parts of 0 to ``top``, the last one closed."""
    counts = [0] * bins
    for value in values:
        counts[min(int(value / top * bins), bins - 1)] += 1
    return counts


def nice_end(largest: float) -> float:
    """Where an axis for values up to ``largest`` ends: the next of 1, 2, 4, 5, 8 or 10 times a power of ten."""
    if largest <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(largest))
    return next((step * power for step in (1, 2, 4, 5, 8, 10) if largest <= step * power), 10 * power)


def _axis(start: float, end: float, y: float, grid_top: float | None) -> list[str]:
    room = _WIDTH - _LEFT - _RIGHT
    parts: list[str] = []
    for step in range(5):
        x = _LEFT + room * step / 4
        if grid_top is not None:
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{grid_top}" y2="{y}" stroke="{_INK}" stroke-opacity="0.35"/>'
            )
        parts.append(_text(x, y + 16, f"{start + (end - start) * step / 4:.3g} s", anchor="middle"))
    return parts


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    style = "" if weight == "normal" else f' font-weight="{weight}"'
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}"{side}{style}>{escape(text)}</text>'


def _document(height: float, title: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" '
        f'height="{height:.0f}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="{_INK}">'
    )
    name = escape(title)
    heading = f'<text x="8" y="22" font-size="14" font-weight="bold">{name}</text>'
    return "\n".join([head, f"<title>{name}</title>", heading, *parts, "</svg>", ""])
