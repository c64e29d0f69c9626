"""What records add up to: shares, times, the ranking, the draft's fields, the cost."""

from __future__ import annotations

import pytest

from engine.bench.cost import EndpointFacts, bill, queue_s
from engine.bench.draft_fields import FieldClock
from engine.bench.failures import needless, pattern, patterns, silent
from engine.bench.figures import Pairing, Share, Spread, figures, pairing, summarize
from engine.bench.machine import peak_memory_mib, this_machine
from engine.bench.ranking import bottlenecks, longest_fields, median_record
from engine.bench.targets import targets
from tests.bench.making import record_of

UNREACHABLE = {"kind": "endpoint-unreachable", "what": "gone", "todo": ""}
CONTRACT = {"kind": "contract", "what": "no draft", "todo": ""}


def span(stage: str, name: str, start_s: float, duration_s: float) -> dict[str, object]:
    return {"stage": stage, "name": name, "start_s": start_s, "duration_s": duration_s}


def share(part: int, whole: int) -> Share:
    return Share.of([True] * part + [False] * (whole - part))


def test_every_share_counts_what_it_is_about():
    usage = {"prompt_tokens": 100, "cached_tokens": 50, "completion_tokens": 20}
    found = figures(
        [
            record_of("a", tokens=120, usage=usage, spans=[span("draft", "decode", 0, 2)]),
            record_of("b", passed=False, holes=["?"], repairs=1, category="strings"),
            record_of("c", passed=False, code="", compiles=False, ir_valid=False, own_checks_passed=False),
            record_of("d", passed=True, tested=False, asked_right=True, holes=["?"], category="ambiguous"),
            record_of("e", passed=False, error=CONTRACT, own_checks_passed=False),
            record_of("f", passed=False, error=UNREACHABLE),
            record_of("g", repairs=2),
        ]
    )
    assert (found.tasks, found.unmeasured) == (7, 1)
    assert found.ir_valid == share(5, 6)
    assert found.compiles == share(5, 6)
    assert found.passed == share(2, 5)
    assert found.own_checks == share(4, 6)
    assert found.unnoticed == share(1, 5)
    assert found.asked == share(1, 1)
    assert found.asked_needlessly == share(1, 5)
    assert found.repaired == share(2, 5)
    assert found.rescued == share(1, 2)
    assert found.categories == {"lists": share(2, 4), "strings": share(0, 1), "ambiguous": share(1, 1)}
    assert found.suites == {"s": share(2, 5)}
    assert (found.tokens.prompt, found.tokens.cached, found.tokens.completion) == (100, 50, 20)
    assert found.tokens.per_second.median == 10


def test_spreads():
    found = Spread.of([4.0, None, 1.0, 3.0, 2.0])
    assert (found.count, found.median, found.mean) == (4, 2.5, 2.5)
    assert (found.p90, found.p95, found.stdev) == (pytest.approx(3.7), pytest.approx(3.85), pytest.approx(1.290994))
    assert Spread.of([]) == Spread()
    assert Spread.of([5.0]).stdev == 0


def test_spans_of_one_name_are_added_up_in_each_run():
    sampled = [span("repair", "decode", 0, 1), span("repair", "decode", 2, 3)]
    found = figures([record_of(spans=sampled), record_of("b", spans=[span("draft", "decode", 0, 1)])])
    assert (found.spans["repair decode"].count, found.spans["repair decode"].median) == (1, 4)
    assert found.spans["draft decode"].median == 1


def test_both_modes_are_paired_task_by_task():
    lift = [record_of("a"), record_of("b"), record_of("c", passed=False), record_of("only")]
    raw = [record_of("a", "raw", seconds=1.0), record_of("b", "raw", passed=False), record_of("c", "raw")]
    plain = [record_of("a", "plain", seconds=4.0, usage={"completion_tokens": 300}), record_of("new", "plain")]
    found = summarize(lift, [*plain, *raw])
    assert list(found.baselines) == ["raw", "plain"]
    alone, pair = found.baselines["raw"]
    assert (alone, pair) == (found.raw, found.pairing)
    assert (alone.tasks, alone.ir_valid.whole) == (3, 0)
    assert (pair.tasks, pair.both, pair.only_lift, pair.only_baseline, pair.neither) == (3, 1, 1, 1, 0)
    assert (pair.lift_passed, pair.baseline_passed, pair.ratio) == (share(2, 3), share(2, 3), 1)
    alone, pair = found.baselines["plain"]
    assert (alone, pair) == (found.plain, found.plain_pairing)
    assert (alone.tasks, pair.tasks, pair.both) == (2, 1, 1)
    assert (pair.lift_median_s, pair.baseline_median_s, pair.ratio) == (2, 4, 0.5)
    assert (pair.lift_median_tokens, pair.baseline_median_tokens) == (0, 300)
    assert summarize(lift, []).baselines == {}
    assert summarize(lift, [record_of("new", "plain")]).plain_pairing == Pairing()
    assert Pairing().ratio is None


def test_a_pairing_of_earlier_results_is_read():
    old = {"tasks": 9, "only_raw": 3, "lift_median_s": 6.0, "raw_median_s": 2.0}
    pair = Pairing.model_validate(old)
    assert (pair.only_baseline, pair.ratio) == (3, 3)
    assert Pairing.model_validate_json(pair.model_dump_json()) == pair


def test_the_ranking_adds_up_to_everything_and_counts_nothing_twice():
    spans = [
        span("draft", "prefill", 0, 1),
        span("draft", "connect", 0, 0.5),
        span("draft", "decode", 1, 5),
        span("draft", "verify", 1, 0.5),
        span("draft", "types", 2, 0.1),
        span("check", "check.examples", 6, 2),
    ]
    found = bottlenecks([record_of(seconds=10.0, spans=spans)])
    assert [(one.doing, one.share) for one in found] == [
        ("decoding the draft", 0.5),
        ("checking examples (check)", 0.2),
        ("everything between the spans", pytest.approx(0.2)),
        ("reading the prompt (draft)", 0.1),
    ]
    assert bottlenecks([]) == []


def test_the_longest_field_and_the_median_run():
    records = [
        record_of("a", seconds=1.0, draft_fields={"sig": 1.0, "examples": 3.0}, spans=[span("draft", "decode", 0, 1)]),
        record_of("b", seconds=3.0, draft_fields={"sig": 2.0}, spans=[span("draft", "decode", 0, 1)]),
        record_of("c", seconds=9.0, spans=[span("draft", "decode", 0, 1)], error=UNREACHABLE),
        record_of("d", seconds=2.0),
    ]
    assert longest_fields(records) == [("examples", 3.0), ("sig", 1.5)]
    median = median_record(records)
    assert median is not None
    assert median.name == "a"
    assert median_record([]) is None


def test_fields_are_timed_by_the_moments_at_which_they_end():
    clock = FieldClock()
    clock.note("void", 0.0)
    clock.drop()
    for text, at_s in (('{"sig": "f(x', 1.0), (': int)"', 2.0), (',"examples":["a",', 3.0), ('"b"]', 5.0), ("}", 6.0)):
        clock.note(text, at_s)
    assert clock.seconds() == {"sig": 1.0, "examples": 3.0}


@pytest.mark.parametrize("text", ["", "{", "no JSON", '{"sig": ', "[1]"])
def test_a_draft_that_is_none_has_no_fields(text: str):
    clock = FieldClock()
    if text:
        clock.note(text, 1.0)
    assert clock.seconds() == {}


def test_targets_tell_reached_from_missed_and_from_not_measured():
    fast = figures([record_of(str(n), category="strings", passed=n < 3, seconds=1.0) for n in range(4)])
    assert [one.reached for one in targets(fast)] == [True, True, True, True, False]
    assert [one.reached for one in targets(figures([record_of(category="odd", passed=False, seconds=9.0)]))] == [
        *(False, None, None, False, False)
    ]
    assert {one.reached for one in targets(figures([]))} == {None}


def test_the_plain_prompt_is_a_target_where_it_was_measured():
    beside = [pairing([record_of(seconds=took)], [record_of("a", "plain", seconds=3.0)]) for took in (3.99, 4.0)]
    assert [targets(figures([]), pair)[1].reached for pair in beside] == [True, False]
    assert [len(targets(figures([]), pair)) for pair in (None, Pairing(), *beside)] == [5, 5, 6, 6]


def test_cost_on_modal_has_idle_time_and_starts_and_tokens_have_neither():
    gpu = EndpointFacts(name="gpu", kind="modal", gpu="L40S", usd_per_second=0.001, idle_s=60)
    records = [record_of(cost_usd=0.01)]
    found = bill(records, gpu, start_s=40)
    assert found is not None
    assert found.each_usd == 0.01
    assert found.months_usd[1_000] > 1_000 * 0.01
    assert found.months_usd[10_000] > found.months_usd[1_000]
    tokens = EndpointFacts(name="api", kind="openai", usd_per_million_prompt_tokens=1.0)
    priced = bill(records, tokens)
    assert priced is not None
    assert priced.months_usd == {1_000: 10.0, 10_000: 100.0}
    free = bill(records, EndpointFacts(name="local", kind="local"))
    assert free is not None
    assert free.months_usd[10_000] == 0
    assert "nothing is paid for" in free.basis
    assert bill(records, EndpointFacts(name="mine", kind="openai")) is None
    assert bill([], gpu) is None


def test_a_start_takes_what_cold_records_waited():
    waits = [record_of(str(n), cold=True, spans=[span("draft", "queue", 0, n)]) for n in (10, 30, 20)]
    assert queue_s([*waits, record_of(spans=[span("draft", "queue", 0, 99)])]) == 20
    assert queue_s([]) == 0


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ("f(1): expected 2, got 3", "a wrong value"),
        ("f(1): expected (1, 2), got [1, 2] (tuple is not list)", "a value of another type"),
        ("f(1): expected 2, raised KeyError: 1 (line 2)", "raises what was not asked for"),
        ("f(1): expected ValueError, got 7", "does not raise what was asked for, or another exception"),
        ("f(1): expected ValueError, raised KeyError: 1", "does not raise what was asked for, or another exception"),
        ("f(1): expected 1, timed out after 5 s", "does not come to an end"),
        ("no function that compiles", "no function that compiles"),
        ("the module does not load: raised ZeroDivisionError", "the module does not load"),
        ("AssertionError: candidate([1]) == 2", "a wrong value"),
    ],
)
def test_patterns_of_failure(failure: str, kind: str):
    assert pattern(record_of(passed=False, failures=[failure])) == kind


def test_patterns_are_counted_and_other_weaknesses_listed():
    records = [
        record_of("a", passed=False, failures=["f(): expected 1, got 2"]),
        record_of("b", passed=False, failures=["f(): expected 1, got 2"], own_checks_passed=False),
        record_of("c", passed=False, error=CONTRACT),
        record_of("d", passed=False, error=UNREACHABLE),
        record_of("e", passed=False, tested=False, asked_right=False),
        record_of("f", holes=["Which?"]),
    ]
    wrong, broken = patterns(records)
    assert (wrong.what, len(wrong.records), wrong.unnoticed) == ("a wrong value", 2, 1)
    assert broken.what == "the model's answers broke their contract"
    assert [record.name for record in silent(records)] == ["e"]
    assert [record.name for record in needless(records)] == ["f"]


def test_the_machine_is_described_without_its_name():
    import platform

    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory_gib > 0.1
    assert machine.cpu
    assert platform.node() not in str(machine)
    assert 1 < peak_memory_mib() < 1e6
