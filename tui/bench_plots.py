"""Figures of a benchmark as lines of text: histograms, the shares, the times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.bench.cost import usd
from engine.bench.figures import Figures, Share, Spread
from engine.bench.ranking import bottlenecks, longest_fields
from engine.bench.records import BASELINES, NAMES, Record
from engine.bench.results import Results
from engine.bench.svg import binned, nice_end

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_BINS = 8


def bar(share: float, width: int) -> str:
    """A bar of ``share`` (0 to 1) of ``width`` cells, to an eighth of a cell."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    return ("█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")).ljust(width)


def histogram_lines(values: Sequence[float], width: int) -> list[str]:
    """How often each range of seconds occurs, one line each, the empty ranges at the end left out."""
    if not values:
        return []
    top = nice_end(max(values))
    counts = binned(values, _BINS, top)
    while not counts[-1]:
        counts.pop()
    step = top / _BINS
    return [
        f"  {step * index:6.3g} to {step * (index + 1):6.3g} s  {bar(count / max(counts), width)} {count}"
        for index, count in enumerate(counts)
    ]


def summary_lines(results: Results, width: int = 40) -> Iterator[str]:
    """The figures of a run, mode by mode, and where its time went."""
    found = results.summary
    yield from _mode("Lift", found.lift)
    if found.lift.categories:
        yield "  by category:"
        for name, share in sorted(found.lift.categories.items()):
            yield f"    {name:24} {_share(share)}"
    for mode, (alone, pair) in found.baselines.items():
        yield from _mode(NAMES[mode], alone)
        if pair.tasks:
            yield (
                f"Both on {pair.tasks} tasks: {pair.lift_passed.part} pass with Lift, {pair.baseline_passed.part} "
                f"without; {pair.lift_median_s:.1f} s against {pair.baseline_median_s:.1f} s"
            )
    measured = [record for record in results.records if record.settled]
    if measured:
        yield "Seconds from the prompt to the end:"
        yield from histogram_lines([record.seconds for record in measured], width)
        yield from _ranking(measured)
    if results.cost is not None:
        months = ", ".join(f"{usd(amount)} for {volume:,}" for volume, amount in results.cost.months_usd.items())
        yield f"Cost: {usd(results.cost.each_usd)} a request; a month {months}. {results.cost.basis}"
    yield f"Peak memory of this process: {results.peak_memory_mib:.0f} MiB"


def _mode(label: str, found: Figures) -> Iterator[str]:
    unmeasured = f", {found.unmeasured} of them not measured" if found.unmeasured else ""
    yield f"{label}: {found.tasks} tasks{unmeasured}"
    for what, share in (
        ("valid specification", found.ir_valid),
        ("code compiles", found.compiles),
        ("passes hidden tests", found.passed),
        ("passes its own checks", found.own_checks),
        ("wrong and unnoticed", found.unnoticed),
        ("asked when ambiguous", found.asked),
        ("asked needlessly", found.asked_needlessly),
        ("repaired", found.repaired),
    ):
        if share.whole and (label == "Lift" or share.part):
            yield f"  {what:26} {_share(share)}"
    yield f"  {'seconds':14}{'median':>9}{'p90':>9}{'p95':>9}{'mean':>9}{'std':>9}"
    for what, spread in (
        ("end to end", found.seconds),
        ("first token", found.first_token_s),
        ("overhead", found.overhead_s),
        *((stage, spread) for stage, spread in found.stages.items() if stage not in BASELINES),
    ):
        if spread.count:
            yield f"  {what:14}{_spread(spread)}"
    used = found.tokens
    yield (
        f"  tokens a task: {used.prompt:.0f} read ({used.cached:.0f} cached), {used.completion:.0f} written, "
        f"{used.per_second.median:.1f} a second"
    )


def _ranking(records: Sequence[Record]) -> Iterator[str]:
    yield "Where the time goes:"
    for one in bottlenecks(records)[:6]:
        yield f"  {one.share:4.0%}  {one.doing}: {one.seconds:.2f} s a task"
    if fields := longest_fields(records):
        yield f"  The longest field of the draft is {fields[0][0]}: {fields[0][1]:.2f} s."


def _share(share: Share) -> str:
    return f"{share.value:6.1%}  ({share.part} of {share.whole}; {share.low:.0%} to {share.high:.0%})"


def _spread(spread: Spread) -> str:
    values = (spread.median, spread.p90, spread.p95, spread.mean, spread.stdev)
    return "".join(f"{value:9.2f}" for value in values)
