"""The tables of the report, as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence

from engine.bench.cost import VOLUMES, EndpointFacts, bill, queue_s, usd
from engine.bench.failures import Pattern, pattern
from engine.bench.figures import Figures, Pairing, Share, Spread, by_baseline, figures
from engine.bench.intervals import paired_difference
from engine.bench.records import NAMES, Baseline, Record
from engine.bench.results import Results
from engine.bench.targets import EARLIER, SIMPLE, targets, told

_CODE_LINES = 20
"""So much of an example's code is shown."""

_ASKED: dict[Baseline, str] = {
    "raw": "the raw model is asked to write a Python function and to answer with the code only",
    "plain": "the plain prompt is sent exactly as it stands, nothing before or after it, as somebody would type it "
    "into a chat",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True) -> str:
    """A Markdown table; all columns but the first are right-aligned if they are ``numbers``."""
    side = "---:" if numbers else "---"
    lines = [head, ["---", *[side] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def facts(results: Sequence[Results]) -> str:
    """What was measured, where and when; one column for each run of the benchmark."""
    columns = [_facts(one) for one in results]
    rows = [(what, *[column[what] for column in columns]) for what in columns[0]]
    return table(["", *(f"run {number}" for number in range(1, len(results) + 1))], rows, numbers=False)


def _facts(one: Results) -> dict[str, str]:
    return {
        "machine": str(one.machine),
        "model": one.model or "-",
        "endpoint": f"{one.endpoint.name} ({one.endpoint.kind})",
        "measured": f"{moment(one.began)} to {moment(one.ended)} UTC",
        "state": "cold: started anew for each task" if one.options.cold else "warm",
        "load average, median": _load(one),
        "suites": _suites(one),
        "tasks": _tasks(one),
        "sampling": _sampling(one),
        "at once": f"{one.options.concurrency}",
        "Lift": f"{one.lift or '-'}, prompts {one.prompt_version or '-'}",
    }


def success(found: Figures) -> str:
    """The shares of everything that was measured."""
    rows = [
        ("valid specification", found.ir_valid),
        ("code that compiles", found.compiles),
        ("passes the hidden tests", found.passed),
        ("passes its own checks", found.own_checks),
        ("wrong, and its own checks did not notice", found.unnoticed),
        ("code that was repaired", found.repaired),
        ("repaired code that passes", found.rescued),
        ("ambiguous prompts that were asked about", found.asked),
        ("clear prompts that were asked about needlessly", found.asked_needlessly),
    ]
    text = table(["what", "share", "95 % interval", "of"], [(what, *_share(share)) for what, share in rows])
    if found.unmeasured:
        text += f"\n\n{found.unmeasured} more could not be measured: the endpoint or the sandbox failed."
    return text


def categories(found: Figures, beside: Mapping[Baseline, Figures]) -> str:
    """Success by category, the baselines beside it."""
    ours = found.categories
    columns = [ours, *(one.categories for one in beside.values())]
    head = ["category", *(cell for mode in ("Lift", *beside) for cell in (f"{mode} passes", "95 % interval"))]
    rows: list[list[str]] = []
    for name in sorted(ours):
        label = f"{name} \\*" if name == "ambiguous" else name
        shares = [column.get(name, Share.of([])) for column in columns]
        rows.append([label, *(cell for share in shares for cell in _share(share, whole=True))])
    note = "\n\n\\* of the ambiguous prompts: the specification asks about what is open." if "ambiguous" in ours else ""
    return table(head, rows) + note


def suites(found: Figures) -> str:
    """Success by suite."""
    if len(found.suites) < 2:
        return ""
    rows = [(name, *_share(share, whole=True)) for name, share in sorted(found.suites.items())]
    return table(["suite", "passes the hidden tests", "95 % interval"], rows)


def against_targets(found: Figures, plain: Pairing | None) -> str:
    """The published targets."""
    words = {True: "reached", False: "missed", None: "-"}
    rows = [(one.what, one.wanted, one.measured, words[one.reached]) for one in targets(found, plain)]
    simple = f"\n\nSimple prompts are those of the categories {', '.join(SIMPLE)}."
    return table(["target", "wanted", "measured", ""], rows, numbers=False) + simple


def asked(modes: Collection[Baseline]) -> str:
    """What each baseline is, in one sentence; the raw model by itself explains itself."""
    text = "; ".join(_ASKED[mode] for mode in modes)
    return f"{text[:1].upper()}{text[1:]}." if "plain" in modes else ""


def side_by_side(found: Mapping[Baseline, Pairing]) -> str:
    """What the pipeline adds to asking the model directly, and what it costs; all baselines did the same tasks."""
    pairs = [*found.values()]
    first, plain = pairs[0], "plain" in found
    rows = [
        ("passes the hidden tests", told(first.lift_passed), *(told(one.baseline_passed) for one in pairs)),
        ("median seconds", *(f"{took:.2f}" for took in (first.lift_median_s, *(p.baseline_median_s for p in pairs)))),
    ]
    if plain:
        written = (first.lift_median_tokens, *(one.baseline_median_tokens for one in pairs))
        rows.append(("median completion tokens", *(f"{count:.0f}" for count in written)))
    head = [f"{first.tasks} tasks that {'both' if len(pairs) == 1 else 'all'} did", "Lift"]
    adds = [
        f"Against the {NAMES[mode]}, the pipeline {_adds(pair)}" if plain else f"The pipeline {_adds(pair)}"
        for mode, pair in found.items()
    ]
    return (
        table([*head, *(NAMES[mode] for mode in found)], rows)
        + f"\n\n{'. '.join(adds)}; what it returns beside code, a specification, checks and questions, the "
        f"{'model alone' if plain else 'raw model'} does not."
    )


def _adds(pair: Pairing) -> str:
    points = paired_difference(pair.both, pair.only_lift, pair.only_baseline, pair.neither)
    return (
        f"adds {100 * points.value:+.1f} points (95 % interval {100 * points.low:+.1f} to {100 * points.high:+.1f}, "
        f"Newcombe's for pairs): {pair.only_lift} tasks pass only with it, {pair.only_baseline} only without. "
        f"It takes {pair.ratio or 0:.2f} times as long"
    )


def latency(warm: Figures, cold: Figures) -> str:
    """Seconds by stage and span, warm and cold."""
    sides = [(name, side) for name, side in (("warm", warm), ("cold", cold)) if side.seconds.count]
    rows: list[list[str]] = []
    for name, side in sides:
        rows.append([name, "**end to end**", *_spread(side.seconds)])
        rows.append([name, "**first token**", *_spread(side.first_token_s)])
        for stage, spread in side.stages.items():
            rows.append([name, stage, *_spread(spread)])
            for key, inner in side.spans.items():
                of, _, span = key.partition(" ")
                if of == stage and inner.p95 >= 0.01:
                    rows.append([name, f"&nbsp;&nbsp;{span}", *_spread(inner)])
    return table(["", "seconds", "runs", "median", "p90", "p95", "mean", "std. dev."], rows)


def latency_notes() -> str:
    """How the table is to be read."""
    return (
        "A stage's row counts the runs that had the stage, a span's row those that had the span; spans that took less "
        "than 10 ms at the 95th percentile are left out. `queue` is waiting for the endpoint to start, `prefill` "
        "reading the prompt, `verify` and `types` go on during `decode`."
    )


def tokens(found: Figures, results: Sequence[Results]) -> str:
    """Tokens, speed, our own overhead and memory."""
    peak = max(one.peak_memory_mib for one in results)
    used = found.tokens
    rows = [
        ("prompt tokens a task, mean", f"{used.prompt:.0f}"),
        ("of them cached, mean", f"{used.cached:.0f}"),
        ("completion tokens a task, mean", f"{used.completion:.0f}"),
        ("tokens per second while decoding, median", f"{used.per_second.median:.1f}"),
        ("time to first token, median", f"{found.first_token_s.median:.2f} s"),
        ("time that the server says it spent, median", _told(found.server_s)),
        ("Lift's own overhead: end to end less that, median", _told(found.overhead_s)),
        ("peak memory of Lift's process", f"{peak:.0f} MiB" if peak else "not known"),
    ]
    return table(["what", ""], rows) + (
        "\n\nThe overhead is everything that is not the model: checks in the sandbox above all, verifying, saving, the "
        "network. Runs whose answers overlapped or were dropped are left out of it."
    )


def cost(records: Sequence[Record], cold: Sequence[Record], endpoint: EndpointFacts) -> str:
    """What a request and a month cost."""
    found = bill(records, endpoint, start_s=queue_s(cold))
    if found is None:
        return "No price is known for this endpoint (`usd_per_second` or prices by token in its profile)."
    head = ["a request", *(f"{volume:,} a month" for volume in VOLUMES)]
    row = [usd(found.each_usd), *(usd(found.months_usd[volume]) for volume in VOLUMES)]
    return f"{table(head, [row])}\n\n{found.basis}"


def failure_patterns(found: Sequence[Pattern]) -> str:
    """The kinds of failure, how often each, and where."""
    rows = [
        (one.what, f"{len(one.records)}", f"{one.unnoticed}", ", ".join(dict.fromkeys(r.name for r in one.records)))
        for one in found
    ]
    return table(["pattern", "tasks", "not noticed by its own checks", "which"], rows, numbers=False)


def example(record: Record) -> str:
    """One failure: what was asked, what came, what is wrong with it."""
    noticed = "its own checks did not notice" if record.unnoticed else "its own checks noticed"
    lines = [f"**{record.name}** ({record.category}; {pattern(record)}; {noticed}): {_inline(record.prompt)}", ""]
    if record.why:
        lines += [f"`{_inline(record.why).replace('`', chr(39))}`", ""]
    code = record.code.rstrip("\n").split("\n") if record.code else []
    if code:
        more = [f"# … {len(code) - _CODE_LINES} more lines"] if len(code) > _CODE_LINES else []
        fence = "````" if "```" in record.code else "```"
        lines += [f"{fence}python", *code[:_CODE_LINES], *more, fence]
    return "\n".join(lines).rstrip("\n")


def earlier(records: Sequence[Record]) -> str:
    """The earlier system's published figures beside today's."""
    simple = figures([record for record in records if record.category in SIMPLE])
    harder = figures([record for record in records if record.category not in SIMPLE])
    rows = [(f"earlier system, {one.what}", f"{one.passing:.0%} of {one.prompts}", one.seconds) for one in EARLIER]
    for what, side in (("simple prompts", simple), ("all other prompts", harder)):
        seconds = f"{side.seconds.median:.1f} s median, {side.seconds.mean:.1f} s mean" if side.seconds.count else "-"
        rows.append((f"Lift, {what}", told(side.passed), seconds))
    return table(["", "passing", "time"], rows, numbers=False) + (
        "\n\nThe prompts are not the same, nor is the hardware: the earlier system had a GPU. The comparison says what "
        "somebody who changes over can expect, not which model is better."
    )


def _share(share: Share, *, whole: bool = False) -> tuple[str, ...]:
    if not share.whole:
        return ("-", "-") if whole else ("-", "-", "0")
    interval = f"{share.low:.0%} to {share.high:.0%}"
    if whole:
        return (f"{share.value:.0%} ({share.part} of {share.whole})", interval)
    return (f"{share.value:.0%}", interval, f"{share.part} of {share.whole}")


def _spread(spread: Spread) -> list[str]:
    times = (spread.median, spread.p90, spread.p95, spread.mean, spread.stdev)
    return [f"{spread.count}", *(f"{time:.2f}" for time in times)]


def _told(spread: Spread) -> str:
    return f"{spread.median:.2f} s" if spread.count else "not known"


def _tasks(one: Results) -> str:
    beside = (f", {len(records)} {mode}" for mode, records in by_baseline(one.baseline).items())
    done = f"{len(one.records)} through Lift{''.join(beside)}"
    return done if one.complete else f"{done} (not finished)"


def moment(at: str) -> str:
    """A moment in ISO 8601 as people read it, to the minute."""
    return at[:16].replace("T", " ")


def busy(one: Results) -> bool:
    """Whether others used the machine meanwhile: more was running than its processors and the benchmark itself."""
    loads = _loads(one)
    return bool(loads) and statistics.median(loads) > one.machine.cores + 1


def _loads(one: Results) -> list[float]:
    return [record.load for record in one.records if record.load is not None]


def _load(one: Results) -> str:
    loads = _loads(one)
    return f"{statistics.median(loads):.1f}{' (busy)' if busy(one) else ''}" if loads else "not known"


def _suites(one: Results) -> str:
    return ", ".join(dict.fromkeys(record.suite for record in one.records)) or "-"


def _sampling(one: Results) -> str:
    options = one.options
    seed = "" if options.seed is None else f", seed {options.seed}"
    return f"temperature {options.temperature:g}{seed}, at most {options.max_tokens} tokens"


def _inline(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _inline(text).replace("|", "\\|")
