"""What is published is what the stored results say: the report, its images, the figures that the README quotes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.bench import savings
from engine.bench.quotes import fill, marked, quotes
from engine.bench.report import IMAGES, report
from engine.bench.results import Results, read
from engine.errors import UsageError
from tests.bench.making import record_of, results_of

ROOT = Path(__file__).parents[2]
AGAIN = (
    "`lift bench report bench/results/*.json --savings bench/savings.json --report PERFORMANCE_METRICS.md "
    "--quote README.md` writes it anew"
)


@pytest.fixture(scope="module")
def stored() -> list[Results]:
    files = sorted((ROOT / "bench" / "results").glob("*.json"))
    assert files
    return [read(file) for file in files]


def test_the_report_is_what_the_tool_makes_of_the_stored_results(stored: list[Results]):
    written = report(stored, savings.read(ROOT / "bench" / "savings.json"))
    assert (ROOT / "PERFORMANCE_METRICS.md").read_text(encoding="utf-8") == written.text, AGAIN
    there = {f"{IMAGES}/{file.name}": file.read_text(encoding="utf-8") for file in (ROOT / IMAGES).iterdir()}
    assert there == written.images, AGAIN


def test_the_readme_quotes_the_stored_results(stored: list[Results]):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {"passed", "raw-passed", "seconds", "tested"} <= set(marked(readme))
    assert fill(readme, quotes(stored)) == readme, AGAIN


def test_stored_results_are_small_and_name_no_place_of_whoever_measured(stored: list[Results]):
    for file in (ROOT / "bench" / "results").glob("*.json"):
        text = file.read_text(encoding="utf-8")
        assert len(text) < 1_000_000
        assert "/home/" not in text
        assert "http://" not in text
    assert all(results.complete for results in stored)


def test_marked_figures_are_filled_in_and_nothing_else_is_touched():
    found = quotes([results_of(record_of("a"), record_of("b", passed=False))])
    text = "<!-- bench: passed -->old\nlines<!-- /bench --> of <!-- bench: tested --><!-- /bench -->. 50 %"
    filled = fill(text, found)
    assert filled == "<!-- bench: passed -->50 %<!-- /bench --> of <!-- bench: tested -->2<!-- /bench -->. 50 %"
    assert fill(filled, found) == filled
    assert marked(text) == ["passed", "tested"]
    assert found["busy"] == ""
    assert "busy" in quotes([results_of(record_of(load=9.0))])["busy"]
    assert found["raw-passed"] == found["plain-seconds"] == found["cold-first-token"] == "not measured"
    beside = quotes([results_of(record_of("a"), record_of("a", "raw", passed=False), record_of("a", "plain"))])
    assert (beside["raw-passed"], beside["plain-passed"], beside["plain-seconds"]) == ("0 %", "100 %", "2.0 s")


def test_a_figure_that_there_is_not_is_told():
    found = quotes([results_of(record_of())])
    with pytest.raises(UsageError, match="'nonsense'") as caught:
        fill("<!-- bench: nonsense -->1<!-- /bench -->", found)
    assert "passed" in caught.value.todo
    with pytest.raises(UsageError, match="nothing to quote"):
        quotes([results_of()])
