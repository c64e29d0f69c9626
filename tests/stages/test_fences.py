"""A Markdown fence around an answer disappears, however the answer is cut into deltas."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stages.fences import FenceFilter


def passed(pieces):
    fence = FenceFilter()
    return "".join([*(fence.feed(piece) for piece in pieces), fence.finish()])


CASES = [
    ("```python\nx = 1\n```", "x = 1\n"),
    ("```\nx = 1\n```\n", "x = 1\n"),
    ("\n\n```python3 \nx = 1\n```\nThat was it.\n```python\ny\n```", "x = 1\n"),
    ('{"a":"```"}', '{"a":"```"}'),
    ("    x = '```'\n    y = '`'\n```", "    x = '```'\n    y = '`'\n"),
    ("    return 1\n```", "    return 1\n"),
    ("    return 1\n``", "    return 1\n``"),
    ("no fence at all", "no fence at all"),
    ("  \n x", "  \n x"),
    ("```", "```"),
    ("```json\r\n{}\r\n```", "{}\r\n"),
    ("`x`", "`x`"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_every_way_of_cutting_gives_the_same(text, expected):
    assert passed([text]) == expected
    assert passed(text) == expected
    for first, second in itertools.combinations(range(len(text) + 1), 2):
        assert passed([text[:first], text[first:second], text[second:]]) == expected


@given(st.lists(st.sampled_from(["`", "``", "```", "\n", "x", " ", "python", '"'])), st.data())
def test_cutting_never_matters(parts, data):
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[start:end] for start, end in itertools.pairwise([0, *cuts, len(text)])]
    assert passed(pieces) == passed([text])


@given(st.text(alphabet="`ab \n'"))
def test_text_without_a_fence_at_the_beginning_of_a_line_is_kept(text):
    kept = "x" + text.replace("\n`", "\n")
    while "\n`" in kept:
        kept = kept.replace("\n`", "\n")
    assert passed(kept) == kept


def test_only_what_may_be_a_fence_is_held_back():
    fence = FenceFilter()
    assert fence.feed("x = 1") == "x = 1"
    assert fence.feed("\n``") == "\n"
    assert fence.feed("y") == "``y"
