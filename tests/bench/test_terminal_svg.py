"""The animated SVG of a terminal: every row once, every frame in its place and at its time."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pyte

from bench.record_demo import COLUMNS, HOLD_S, LINES, cast, frames
from bench.terminal_svg import BACKGROUND, FOREGROUND, Frame, read_rows, render

SVG = "{http://www.w3.org/2000/svg}"


def rows_of(text: str, columns: int = 20, lines: int = 3):
    screen = pyte.Screen(columns, lines)
    pyte.Stream(screen).feed(text)
    return read_rows(screen)


def test_a_row_is_cut_where_its_look_changes():
    (row, *blank) = rows_of("ab\x1b[1;31mcd\x1b[0m\x1b[7m ef\x1b[0m")
    assert [(run.column, run.text.rstrip(), run.bold) for run in row] == [
        (0, "ab", False),
        (2, "cd", True),
        (4, " ef", False),
        (7, "", False),
    ]
    assert (row[2].foreground, row[2].background) == (BACKGROUND, FOREGROUND)
    assert [run.text.strip() for row in blank for run in row] == ["", ""]


def test_colours_are_names_or_numbers():
    ((first, second, _), *_) = rows_of("\x1b[38;2;1;2;3mx\x1b[0m\x1b[48;2;16;32;48m \x1b[0m")
    assert first.foreground == "#010203"
    assert second.background == "#102030"


def test_wide_characters_keep_what_follows_in_its_column():
    ((plain, bold, _), *_) = rows_of("日本\x1b[1mx")
    assert (plain.text, plain.column, bold.column) == ("日本", 0, 4)


def test_only_what_differs_from_the_prevailing_background_is_filled():
    paper = "\x1b[48;2;9;9;9m"
    rows = rows_of(f"{paper}{' ' * 39}x\x1b[48;2;7;7;7m{' ' * 5}\x1b[1m{' ' * 5}{paper}{' ' * 10}")
    svg = render([Frame(0.0, rows)], columns=20, duration_s=1.0, title="")
    paths = re.findall(r'<rect (?:x="([^"]*)" )?[^>]*width="([^"]*)"', svg)
    assert ".c1{fill:#070707}" in svg or ".c0{fill:#070707}" in svg
    assert [(x, width) for x, width in paths if x] == [("0", f"{10 * 8.4 + 0.3:g}")], "two looks, one rectangle"


def test_the_image_has_each_row_once_and_each_frame_at_its_time():
    one, other = rows_of("<same>\r\none"), rows_of("<same>\r\nother")
    svg = render([Frame(0.0, one), Frame(1.0, other), Frame(3.0, one)], columns=20, duration_s=4.0, title='a "b"')
    root = ElementTree.fromstring(svg)
    drawn = ["".join(group.itertext()) for group in root.iter(f"{SVG}g") if group.get("id")]
    assert sorted(drawn) == ["", "<same>", "one", "other"]
    uses = [use.get("href") for use in root.iter(f"{SVG}use")]
    assert len(uses) == 9
    assert uses[:3] == uses[6:]
    times = re.findall(r"([\d.]+)%\{transform:translateY\((-?\d+)px\)\}", svg)
    height = int(times[1][1])
    assert height < 0
    assert times == [("0.000", "0"), ("25.000", str(height)), ("75.000", str(2 * height))]
    assert "script" not in svg
    assert root.get("aria-label") == 'a "b"'


def test_frames_begin_with_the_first_caption_and_are_never_the_same_twice():
    end = "\x1b[31;1H"
    output = [(0.0, "\x1b[2J"), (1.0, f"{end} ▶ caption"), (1.01, "!"), (2.0, ""), (3.0, f"{end} ▶ other  ")]
    shown = frames(output)
    assert [round(each.at_s, 2) for each in shown] == [0, 1.99]


def test_the_cast_says_how_it_is_to_be_played():
    head, *rows = map(json.loads, cast([(0.0, "a"), (1.5, "é")]).splitlines())
    assert (head["version"], head["width"], head["height"]) == (2, COLUMNS, LINES)
    assert rows == [[0.0, "o", "a"], [1.5, "o", "é"], [1.5 + HOLD_S, "o", ""]]
