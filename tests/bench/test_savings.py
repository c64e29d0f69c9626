"""Savings: stored, read, and told in the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.bench.machine import Machine
from engine.bench.report import report
from engine.bench.savings import Saving, Savings, read
from engine.errors import UsageError
from tests.bench.making import record_of, results_of

MACHINE = Machine(system="Linux", cpu="A processor", cores=2, memory_gib=8.0, python="3.11")
FASTER = Saving(stage="save", what="seldom", before_s=(0.4, 2.0, 0.4), after_s=(0.1, 1.0, 0.04))


def stored(folder: Path) -> Path:
    file = folder / "savings.json"
    savings = Savings(began="2026-11-29T10:00:00+00:00", machine=MACHINE, model="m", savings=(FASTER,))
    file.write_text(savings.model_dump_json(), encoding="utf-8")
    return file


def test_what_is_left_is_the_median_of_the_pairs() -> None:
    assert FASTER.ratio == 0.25


def test_the_report_tells_them(tmp_path: Path) -> None:
    text = report([results_of(record_of())], read(stored(tmp_path))).text
    assert "## What was made faster" in text
    assert "| save | seldom | 0.40 | 0.10 | 0.25 | 3 |" in text
    assert "2026-11-29 (A processor" in text
    assert "made faster" not in report([results_of(record_of())]).text


@pytest.mark.parametrize("text", [None, "nonsense", "{}"])
def test_a_file_that_holds_none_says_how_to_measure(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "other.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="holds no savings") as caught:
        read(file)
    assert "bench.savings" in caught.value.todo
