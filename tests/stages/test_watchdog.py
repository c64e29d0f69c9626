"""A model that does not come to an end is noticed, and one that only writes much is not."""

from __future__ import annotations

import inspect
import textwrap

import pytest

from engine.stages.watchdog import Watchdog

LOOPS = ["    x = x + 1\n", "1, ", " ", "    if a:\n        b = c\n    else:\n        b = d\n", "\\n"]


@pytest.mark.parametrize("unit", LOOPS)
def test_a_loop_is_noticed_within_a_few_repetitions(unit: str) -> None:
    watchdog = Watchdog(None)
    text = "    return [" + "".join(str(n) for n in range(30))
    for count in range(200):
        text += unit
        if watchdog.complaint(text):
            assert count * len(unit) <= 600
            return
    raise AssertionError("never noticed")


def test_real_code_is_no_loop() -> None:
    text = inspect.getsource(textwrap)
    watchdog = Watchdog(len(text))
    for end in range(0, len(text), 13):
        assert watchdog.complaint(text[:end]) == ""


def test_too_long_is_told_with_the_length() -> None:
    assert Watchdog(10).complaint("abcdefghij") == ""
    assert "11 characters" in Watchdog(10).complaint("abcdefghijk")
