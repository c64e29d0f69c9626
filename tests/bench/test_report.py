"""The report: everything in it is computed from results, and the same results give the same report."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.bench.cost import EndpointFacts
from engine.bench.report import report
from engine.bench.svg import Series, binned, histogram, nice_end
from engine.errors import UsageError
from tests.bench.making import record_of, results_of
from tui.bench_plots import bar, histogram_lines, summary_lines

SPANS = [
    {"stage": "draft", "name": "queue", "start_s": 0.0, "duration_s": 0.1},
    {"stage": "draft", "name": "prefill", "start_s": 0.1, "duration_s": 0.4},
    {"stage": "draft", "name": "decode", "start_s": 0.5, "duration_s": 6.2},
    {"stage": "implement", "name": "decode", "start_s": 6.7, "duration_s": 3.0},
    {"stage": "check", "name": "check.examples", "start_s": 9.7, "duration_s": 0.3},
]
STAGES = {"draft": 6.7, "implement": 3.0, "check": 0.3}


def timed(name: str, **fields: object):
    common = {"spans": SPANS, "stage_seconds": STAGES, "seconds": 10.0, "first_token_s": 0.5, "model": "tiny-7b"}
    return record_of(name, **{**common, **fields})


WARM = results_of(
    timed("sum", category="simple arithmetic", draft_fields={"sig": 1.0, "examples": 5.2}),
    timed("join", category="strings", suite="tune"),
    timed(
        "swap",
        passed=False,
        failures=["swap((1, 2)): expected (2, 1), got [2, 1] (tuple is not list)"],
        code="def swap(pair):\n    return [*pair][::-1]\n",
        prompt="Swap the two items of a pair | a tuple.",
    ),
    timed("vague", category="ambiguous", tested=False, passed=False, asked_right=False, prompt="Sort our report."),
    record_of("sum", "raw", category="simple arithmetic", seconds=4.0, first_token_s=0.3, model="tiny-7b"),
    record_of("join", "raw", category="strings", suite="tune", passed=False, seconds=5.0, model="tiny-7b"),
)
PLAIN = results_of(
    *WARM.records,
    *WARM.baseline,
    timed("sum", mode="plain", category="simple arithmetic", seconds=7.0, usage={"completion_tokens": 300}, spans=[]),
    timed("join", mode="plain", category="strings", suite="tune", seconds=9.0, usage={"completion_tokens": 201}),
)
COLD = results_of(
    timed("sum", cold=True, seconds=40.0, first_token_s=30.5, spans=[{**SPANS[0], "duration_s": 30.0}, *SPANS[1:]]),
    cold=True,
)


def section(text: str, title: str) -> str:
    """What stands under a heading that begins so, up to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}.*?$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def test_the_same_results_give_the_same_report_and_it_says_who_wrote_it():
    written = report([WARM, COLD])
    assert written == report([WARM, COLD])
    assert written.text.startswith("# Performance metrics\n\n`lift bench` wrote this page")
    assert "edits by hand would be lost" in written.text
    assert "\n\n\n" not in written.text


def test_machine_model_and_dates_are_told():
    text = report([WARM, COLD]).text
    facts = section(text, "tiny-7b on the embedded endpoint")
    assert "| machine | Two-Core 9, 2 cores, 16 GiB of memory; Linux x86_64, Python 3.11.7 |" in facts
    assert "2026-11-01 10:00 to 2026-11-01 10:10 UTC" in facts
    assert "| state | warm | cold: started anew for each task |" in facts
    assert "| tasks | 4 through Lift, 2 raw | 1 through Lift |" in facts


def test_success_by_category_has_intervals_and_the_baseline_beside_it():
    success = section(report([WARM]).text, "Success (warm)")
    assert "| passes the hidden tests | 67% | 21% to 94% | 2 of 3 |" in success
    assert "| wrong, and its own checks did not notice | 33% | 6% to 79% | 1 of 3 |" in success
    assert "| simple arithmetic | 100% (1 of 1) | 21% to 100% | 100% (1 of 1) | 21% to 100% |" in success
    assert "| strings | 100% (1 of 1) | 21% to 100% | 0% (0 of 1) | 0% to 79% |" in success
    assert "| ambiguous \\* | 0% (0 of 1) | 0% to 79% | - | - |" in success
    assert "| tune | 100% (1 of 1) | 21% to 100% |" in success


def test_what_the_pipeline_adds_and_costs():
    beside = section(report([WARM]).text, "Against the same model without Lift")
    assert "| 2 tasks that both did | Lift | raw model |" in beside
    assert "| median seconds | 10.00 | 4.50 |" in beside
    assert "The pipeline adds +50.0 points" in beside
    assert "1 tasks pass only with it, 0 only without. It takes 2.22 times as long" in beside


def test_the_plain_prompt_has_columns_of_its_own():
    text = report([PLAIN, COLD]).text
    assert "| tasks | 4 through Lift, 2 raw, 2 plain | 1 through Lift |" in text
    success = section(text, "Success (warm)")
    assert "| category | Lift passes | 95 % interval | raw passes | 95 % interval | plain passes | 95 % interval |" in (
        success
    )
    assert (
        "| strings | 100% (1 of 1) | 21% to 100% | 0% (0 of 1) | 0% to 79% | 100% (1 of 1) | 21% to 100% |" in success
    )
    assert "| ambiguous \\* | 0% (0 of 1) | 0% to 79% | - | - | - | - |" in success
    beside = section(text, "Against the same model without Lift")
    assert "The raw model is asked to write a Python function" in beside
    assert "the plain prompt is sent exactly as it stands" in beside
    assert "| 2 tasks that all did | Lift | raw model | plain prompt |" in beside
    assert "| passes the hidden tests | 100% (2 of 2; 34% to 100%) | 50% (1 of 2; 9% to 91%) | 100% (2 of 2; " in beside
    assert "| median seconds | 10.00 | 4.50 | 8.00 |" in beside
    assert "| median completion tokens | 0 | 0 | 250 |" in beside
    assert "Against the raw model, the pipeline adds +50.0 points" in beside
    assert "It takes 2.22 times as long. Against the plain prompt, the pipeline adds +0.0 points" in beside
    assert "It takes 1.25 times as long; what it returns" in beside
    assert "the model alone does not." in beside


def test_baselines_that_did_other_tasks_have_tables_of_their_own():
    beside = section(report([results_of(*PLAIN.records, *PLAIN.baseline[:3])]).text, "Against the same model")
    assert "| 2 tasks that both did | Lift | raw model |" in beside
    assert "| 1 tasks that both did | Lift | plain prompt |" in beside
    alone = report([results_of(*PLAIN.records, *PLAIN.baseline[2:])]).text
    assert "raw" not in section(alone, "Success (warm)") + section(alone, "Against the same model")
    assert "The plain prompt is sent exactly as it stands" in alone


def test_the_plain_prompt_leaves_the_rest_of_the_report_alone():
    def others(text: str) -> list[str]:
        skipped = ("Success", "Against", "tiny-7b on")
        return [part for part in re.split(r"^##+ ", text, flags=re.MULTILINE) if not part.startswith(skipped)]

    assert others(report([PLAIN]).text) == others(report([WARM]).text)


def test_the_targets_are_held_against_the_figures():
    targets = section(report([WARM]).text, "Against the targets")
    assert "| end to end | under 5 s | 10.0 s median, 10.0 s at the 90th percentile | missed |" in targets
    assert "| simple prompts that compile | ≥ 90% | 100% (3 of 3; 44% to 100%) | reached |" in targets
    assert "| all prompts that pass | ≥ 70% | 67% (2 of 3; 21% to 94%) | missed |" in targets
    assert "plain prompt" not in targets
    assert (
        "| end to end against the plain prompt's answer | at most 1.33 times | 1.25 times (10.00 s against 8.00 s "
        "median, 2 tasks that both did) | reached |"
    ) in section(report([PLAIN]).text, "Against the targets")


def test_times_by_stage_and_span_warm_and_cold():
    times = section(report([WARM, COLD]).text, "Time")
    assert "| warm | **end to end** | 4 | 10.00 | 10.00 | 10.00 | 10.00 | 0.00 |" in times
    assert "| warm | &nbsp;&nbsp;decode | 4 | 6.20 |" in times
    assert "| cold | **first token** | 1 | 30.50 |" in times
    assert "| cold | &nbsp;&nbsp;queue | 1 | 30.00 |" in times


def test_the_bottlenecks_are_ranked():
    where = section(report([WARM]).text, "Where the time goes")
    assert "1. 62% of the time is decoding the draft: 6.20 s a task" in where
    assert "2. 30% of the time is decoding the code" in where
    assert "The longest field of the draft is `examples`." in where


def test_failures_are_shown_from_the_records():
    failures = section(report([WARM]).text, "Patterns of failure")
    assert "| a value of another type | 1 | 1 | swap |" in failures
    assert "its own checks did not notice): Swap the two items of a pair | a tuple." in failures
    assert "expected (2, 1), got [2, 1]" in failures
    assert "```python\ndef swap(pair):" in failures
    assert "not asked about what is open (1): vague (“Sort our report.”)" in failures


def test_cost_and_the_earlier_system():
    text = report([WARM]).text
    assert "nothing is paid for" in section(text, "Cost")
    earlier = section(text, "The earlier system")
    assert "| earlier system, five simple prompts, A10G GPU | 60% of 5 | 16.2 s median |" in earlier
    assert "| earlier system, 18 harder prompts, A10G GPU | 67% of 18 | 54 s mean |" in earlier
    assert "| Lift, simple prompts | 67% (2 of 3; 21% to 94%) | 10.0 s median, 10.0 s mean |" in earlier
    gpu = EndpointFacts(name="gpu", kind="modal", gpu="L40S", usd_per_second=0.001, idle_s=60)
    paid = results_of(timed("sum", cost_usd=0.0123), endpoint=gpu)
    assert "| $0.012300 | $" in section(report([paid]).text, "Cost")


def test_two_models_have_sections_and_images_of_their_own():
    other = results_of(timed("sum", model="large-32b"))
    elsewhere = other.model_copy(update={"machine": other.machine.model_copy(update={"cores": 64})})
    written = report([WARM, other, elsewhere])
    assert written.text.count("## large-32b on the embedded endpoint") == 2
    assert len({name for name in written.images if name.endswith("waterfall.svg")}) == 3


def test_a_busy_machine_is_told():
    calm, busy = (results_of(timed("sum", load=load)) for load in (2.4, 9.1))
    assert "| load average, median | 2.4 |" in report([calm]).text
    assert "busy" not in report([calm]).text
    assert "| load average, median | 9.1 (busy) |" in report([busy]).text
    assert "The machine was busy with other work" in section(report([busy]).text, "Limits of these figures")


def test_without_records_there_is_nothing_to_report():
    with pytest.raises(UsageError, match="nothing to report"):
        report([results_of()])


def test_cold_results_alone_make_a_report():
    assert "### Success (cold)" in report([COLD]).text


def test_it_is_written_with_its_images_where_it_points_to(tmp_path: Path):
    written = report([WARM, COLD])
    path = tmp_path / "new" / "METRICS.md"
    written.write(path)
    linked = re.findall(r"!\[[^]]+\]\(([^)]+)\)", path.read_text())
    assert sorted(linked) == sorted(written.images)
    assert len(linked) == 3
    for name in linked:
        assert (path.parent / name).read_text() == written.images[name]
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        written.write(tmp_path / "file" / "METRICS.md")


def test_images_are_well_formed_and_show_every_span_and_value():
    written = report([PLAIN])
    for image in written.images.values():
        root = ElementTree.fromstring(image)
        assert root.tag.endswith("svg")
        width = float(root.attrib["width"])
        for bar_ in root.iter("{http://www.w3.org/2000/svg}rect"):
            assert 0 <= float(bar_.attrib["x"]) <= float(bar_.attrib["x"]) + float(bar_.attrib["width"]) <= width
    waterfall = next(image for name, image in written.images.items() if "waterfall" in name)
    assert waterfall.count("<rect") == len(SPANS)
    assert ">6.20 s</text>" in waterfall
    seconds = next(image for name, image in written.images.items() if name.endswith("seconds.svg"))
    for name, runs in (("Lift", 4), ("raw model", 2), ("plain prompt", 2)):
        assert re.search(rf">{name}</text>\n.*>{runs} runs</text>", seconds)
    two = histogram([Series("<b>", [1.0, 1.1, 9.0], "#fff"), Series("empty", [], "#000")], "t")
    assert ">3 runs</text>" in two
    assert "empty" not in two
    assert "&lt;b&gt;" in two


def test_bins_and_axes():
    assert binned([0.0, 1.9, 2.0, 10.0], 5, 10.0) == [2, 1, 0, 0, 1]
    assert [nice_end(value) for value in (0, 0.3, 1, 3.2, 9.5, 40, 64)] == [1, 0.4, 1, 4, 10, 40, 80]


def test_the_terminal_shows_the_same_figures():
    text = "\n".join(summary_lines(PLAIN))
    assert "passes hidden tests         66.7%  (2 of 3; 21% to 94%)" in text
    assert "62%  decoding the draft: 6.20 s a task" in text
    assert "The longest field of the draft is examples: 5.20 s." in text
    assert "Both on 2 tasks: 2 pass with Lift, 1 without; 10.0 s against 4.5 s" in text
    assert "raw model: 2 tasks" in text
    assert "Both on 2 tasks: 2 pass with Lift, 2 without; 10.0 s against 8.0 s" in text
    assert text.index("plain prompt: 2 tasks") > text.index("raw model: 2 tasks")
    assert "plain prompt" not in "\n".join(summary_lines(WARM))
    assert "Cost: $0.00 a request; a month $0.00 for 1,000, $0.00 for 10,000." in text


def test_histograms_of_text():
    lines = histogram_lines([1.0, 1.2, 3.0], 8)
    assert [line.split()[-1] for line in lines] == ["0", "0", "2", "0", "0", "0", "1"]
    assert max(line.count("█") for line in lines) == 8
    assert histogram_lines([], 8) == []
    assert bar(0.5, 4) == "██  "
    assert bar(1 / 32, 4) == "▏   "
    assert bar(2.0, 4) == "████"
