"""The document, the journal beside it, and going on after anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.bench.cost import EndpointFacts
from engine.bench.results import Ledger, Results, read
from engine.endpoints.profiles import Profile
from engine.errors import UsageError
from tests.bench.making import header_of, record_of, results_of


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "out.json"


def close(ledger: Ledger, *, complete: bool = True) -> Results:
    return ledger.close(complete=complete, ended="2026-11-01T11:00:00+00:00", peak_memory_mib=80.26)


def names(ledger: Ledger) -> list[str]:
    return [record.name for record in ledger.records]


def test_the_document_has_one_record_for_each_task_with_plain_figures(out: Path):
    ledger = Ledger(out, header_of(), resume=False)
    spans = [
        {"stage": "draft", "name": n, "start_s": 0, "duration_s": d} for n, d in (("decode", 1.23456), ("queue", 0))
    ]
    ledger.add(record_of("a", spans=spans, seconds=1.23456, tokens=12, model="m"))
    ledger.add(record_of("a", "raw"))
    close(ledger)
    document = json.loads(out.read_text())
    (record,) = document["records"]
    wanted = ["name", "ir_valid", "compiles", "passed", "own_checks_passed", "holes", "repairs", "seconds", "tokens"]
    assert {*wanted, "spans", "error"} <= record.keys()
    assert (record["seconds"], record["tokens"], record["error"]) == (1.2346, 12, None)
    assert [record[key] for key in wanted[1:5]] == [True] * 4
    assert [span["name"] for span in record["spans"]] == ["decode"]
    assert [raw["mode"] for raw in document["baseline"]] == ["raw"]
    assert document["summary"]["lift"]["passed"]["part"] == 1
    assert document["summary"]["raw"]["tasks"] == 1
    assert (document["complete"], document["model"], document["peak_memory_mib"]) == (True, "m", 80.3)
    assert document["machine"]["cores"] == 2
    assert document["cost"]["months_usd"] == {"1000": 0, "10000": 0}
    assert document["options"]["repeat"] == 1
    assert document["began"] < document["ended"]
    assert not ledger.journal.exists()


def test_reading_gives_back_what_was_written(out: Path):
    out.parent.mkdir()
    results = results_of(record_of("a"), record_of("b", passed=False, failures=["é"]), record_of("a", "raw"))
    out.write_text(results.as_json())
    assert read(out) == results


def test_results_that_know_one_baseline_only_are_read_and_gone_on_with(out: Path):
    ledger = Ledger(out, header_of(baseline=("raw",)), resume=False)
    ledger.add(record_of("a"))
    ledger.add(record_of("a", "raw"))
    close(ledger)
    document = json.loads(out.read_text())
    assert document["options"]["baseline"] == ["raw"]
    document["options"]["baseline"], document["schema_version"] = True, 1
    out.write_text(json.dumps(document))
    assert read(out).options.baseline == ("raw",)
    again = Ledger(out, header_of(baseline=("raw", "plain")), resume=True)
    again.add(record_of("a", "plain"))
    assert [record.mode for record in close(again).baseline] == ["raw", "plain"]
    assert read(out).options.baseline == ("raw", "plain")
    assert header_of(baseline=False).options.baseline == ()


def test_a_killed_run_goes_on_without_the_line_it_tore(out: Path):
    killed = Ledger(out, header_of(), resume=False)
    killed.add(record_of("a"))
    killed.add(record_of("lost", error={"kind": "stream-broken", "what": "x", "todo": ""}))
    with killed.journal.open("a") as file:
        file.write('{"mode": "lift", "na')
    assert not out.exists()
    again = Ledger(out, header_of(), resume=True)
    assert names(again) == ["a"]
    assert again.has(record_of("a").key)
    assert not again.has(record_of("lost").key)
    again.add(record_of("b"))
    assert [record.name for record in close(again).records] == ["a", "b"]
    assert [record.name for record in read(out).records] == ["a", "b"]


def test_a_stopped_run_goes_on_from_its_document_and_a_journal_that_came_later(out: Path):
    first = Ledger(out, header_of(), resume=False)
    first.add(record_of("a"))
    assert not close(first, complete=False).complete
    second = Ledger(out, header_of(), resume=True)
    second.add(record_of("b"))
    third = Ledger(out, header_of(), resume=True)  # the second one was killed
    assert names(third) == ["a", "b"]
    assert third.header.began == first.header.began


def test_results_are_not_overwritten(out: Path):
    ledger = Ledger(out, header_of(), resume=False)
    with pytest.raises(UsageError, match="has results already") as caught:
        Ledger(out, header_of(), resume=False)  # the journal alone is enough
    assert "--resume" in caught.value.todo
    ledger.add(record_of())
    close(ledger)
    with pytest.raises(UsageError, match="has results already"):
        Ledger(out, header_of(), resume=False)


def test_without_a_record_nothing_is_left_behind(out: Path):
    assert close(Ledger(out, header_of(), resume=False)).records == []
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"model": "other"}, "model"),
        ({"seed": 3, "temperature": 0.5}, "temperature, seed"),
        ({"cold": True}, "cold"),
        ({"prompt_version": "2"}, "version of Lift's prompts"),
        ({"endpoint": EndpointFacts(name="gpu", kind="modal")}, "endpoint"),
    ],
)
def test_a_run_goes_on_only_as_it_began(out: Path, options: dict, named: str):
    ledger = Ledger(out, header_of(), resume=False)
    ledger.add(record_of())
    with pytest.raises(UsageError, match=f"another {named}"):
        Ledger(out, header_of(**options), resume=True)
    close(ledger)
    with pytest.raises(UsageError, match=f"another {named}"):
        Ledger(out, header_of(**options), resume=True)
    assert names(Ledger(out, header_of(limit=3, only=("lists",)), resume=True)) == ["a"]  # other tasks may follow


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path):
    notes = tmp_path / "notes.txt"
    notes.write_text("my notes\n")
    for resume in (True, False):
        with pytest.raises(UsageError):
            Ledger(notes, header_of(), resume=resume)
    assert notes.read_text() == "my notes\n"
    journal = tmp_path / "new.json.journal"
    journal.write_text("my notes\n")
    with pytest.raises(UsageError, match="no journal"):
        Ledger(tmp_path / "new.json", header_of(), resume=True)
    assert journal.read_text() == "my notes\n"


def test_what_cannot_be_read_says_so(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "none.json")
    newer = tmp_path / "newer.json"
    newer.write_text(results_of(record_of()).model_copy(update={"schema_version": 99}).as_json())
    with pytest.raises(UsageError, match="newer version"):
        read(newer)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be used"):
        Ledger(tmp_path / "file" / "out.json", header_of(), resume=False)


def test_neither_the_address_nor_the_key_of_an_endpoint_is_kept():
    profile = Profile(name="https://me.example", url="https://me.example", key_env="SECRET", usd_per_second=0.5)
    facts = EndpointFacts.of(profile)
    assert (facts.name, facts.usd_per_second) == ("url", 0.5)
    assert "example" not in facts.model_dump_json()
    assert "SECRET" not in facts.model_dump_json()
