"""``PERFORMANCE_METRICS.md``: the report that is made of stored results, and of nothing else.

The same results always give the same report, byte for byte, so a test can tell when the two drift apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.bench import report_tables as tables
from engine.bench import svg
from engine.bench.failures import needless, patterns, silent
from engine.bench.figures import Figures, Pairing, by_baseline, figures, paired, pairing
from engine.bench.ranking import bottlenecks, longest_fields, median_record
from engine.bench.records import NAMES, Baseline, Record
from engine.bench.results import Results
from engine.bench.savings import Savings, section
from engine.errors import UsageError

IMAGES = "docs/performance"
"""Where the report's images are, seen from the report."""

_EXAMPLES = 6
"""Failures that are shown with their code."""


@dataclass
class Setting:
    """Results of one model on one endpoint and machine; warm and cold ones, and the baselines', apart."""

    model: str
    results: list[Results] = field(default_factory=list[Results])

    @property
    def warm(self) -> list[Record]:
        """The pipeline's records on an endpoint that was up."""
        return [record for one in self.results for record in one.records if not record.cold]

    @property
    def cold(self) -> list[Record]:
        """The pipeline's records that waited for a start."""
        return [record for one in self.results for record in one.records if record.cold]

    @property
    def baselines(self) -> dict[Baseline, list[Record]]:
        """The records of each baseline that was measured on an endpoint that was up."""
        return by_baseline(record for one in self.results for record in one.baseline if not record.cold)

    @property
    def measured(self) -> list[Record]:
        """What success is told from: the warm records, or else the cold ones."""
        return self.warm or self.cold

    @property
    def figures(self) -> Figures:
        """What :attr:`measured` adds up to."""
        return figures(self.measured)

    @property
    def title(self) -> str:
        """The model and where it ran, in words."""
        endpoint = self.results[0].endpoint
        where = {"local": "the embedded endpoint", "modal": f"Modal, {endpoint.gpu or 'GPU unknown'}"}
        return f"{self.model or 'unknown model'} on {where.get(endpoint.kind, f'the endpoint {endpoint.name}')}"


@dataclass(frozen=True, slots=True)
class Report:
    """The report's text, and its images as SVG by their paths, seen from the report."""

    text: str
    images: dict[str, str]

    def write(self, path: Path) -> None:
        """Write the report to ``path`` and the images beside it.

        Raises:
            UsageError: a file cannot be written.
        """
        try:
            for name, image in self.images.items():
                place = path.parent / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(image, encoding="utf-8")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"The report cannot be written: {error}.", "Name another file.") from error


def settings(results: Sequence[Results]) -> list[Setting]:
    """``results`` by model, endpoint and machine, in the order in which they come."""
    found: dict[tuple[str, ...], Setting] = {}
    for one in results:
        key = (one.model, one.endpoint.kind, one.endpoint.name, one.endpoint.gpu, str(one.machine))
        found.setdefault(key, Setting(one.model)).results.append(one)
    return [*found.values()]


def report(results: Sequence[Results], savings: Savings | None = None) -> Report:
    """The report on ``results``.

    Args:
        savings: what was made faster, if that has been measured.

    Raises:
        UsageError: there is no record in them.
    """
    groups = [group for group in settings(results) if group.measured]
    if not groups:
        raise UsageError("There is nothing to report: the results have no records.", "Measure first: lift bench")
    images: dict[str, str] = {}
    parts = [
        "# Performance metrics",
        "`lift bench` wrote this page from stored results (`lift bench report RESULTS.json… --report FILE.md`); "
        "edits by hand would be lost. Intervals are Wilson's at 95 %. Hidden tests are never shown to the model.",
    ]
    for number, group in enumerate(groups, 1):
        # One model on two machines has one title, but images of its own on each.
        slug = f"{_slug(group.title)}-{number}" if len(groups) > 1 else "run"
        parts += _group(group, images, slug)
    parts += section(savings) if savings else ()
    parts += ["## The earlier system", tables.earlier(groups[0].measured), *_limits(groups)]
    return Report("\n\n".join(part for part in parts if part) + "\n", images)


def _group(group: Setting, images: dict[str, str], slug: str) -> list[str]:
    warm, cold = figures(group.warm), figures(group.cold)
    found = warm if group.warm else cold
    kind = "warm" if group.warm else "cold"
    baselines = group.baselines
    return [
        f"## {group.title}",
        tables.facts(group.results),
        f"### Success ({kind})",
        tables.success(found),
        tables.categories(found, {mode: figures(records) for mode, records in baselines.items()}),
        tables.suites(found),
        "### Against the targets",
        tables.against_targets(found, pairing(group.warm, baselines.get("plain", []))),
        *_baselines(group.warm, baselines),
        "### Time",
        tables.latency(warm, cold),
        tables.latency_notes(),
        *_pictures(group, images, slug),
        "### Where the time goes",
        _ranking(group.warm or group.cold),
        "### Tokens, overhead, memory",
        tables.tokens(found, group.results),
        "### Cost",
        tables.cost(group.measured, group.cold, group.results[0].endpoint),
        "### Patterns of failure",
        *_failures(group.measured),
    ]


def _baselines(warm: Sequence[Record], baselines: Mapping[Baseline, Sequence[Record]]) -> list[str]:
    """One table for baselines that did the same tasks; another one where a baseline did others."""
    by_tasks: defaultdict[frozenset[tuple[object, ...]], dict[Baseline, Pairing]] = defaultdict(dict)
    for mode, records in baselines.items():
        if pairs := paired(warm, records):
            by_tasks[frozenset(ours.key for ours, _ in pairs)][mode] = pairing(warm, records)
    if not by_tasks:
        return []
    title = "### Against the same model without Lift"
    return [title, tables.asked(baselines), *map(tables.side_by_side, by_tasks.values())]


def _pictures(group: Setting, images: dict[str, str], slug: str) -> list[str]:
    parts: list[str] = []
    if median := median_record(group.warm or group.cold):
        name = f"{IMAGES}/{slug}-waterfall.svg"
        images[name] = svg.waterfall(median, f"A median run: {median.name}, {median.seconds:.1f} s")
        parts.append(f"![The spans of a median run]({name})")
    kinds = (
        ("Lift", group.warm, svg.LIFT),
        ("Lift, cold", group.cold, svg.COLD),
        *((NAMES[mode], records, svg.BASELINE[mode]) for mode, records in group.baselines.items()),
    )
    for field_name, title, file in (
        ("seconds", "Seconds from the prompt to the end", "seconds"),
        ("first_token_s", "Seconds from the prompt to the first token", "first-token"),
    ):
        series = [
            svg.Series(label, [v for r in some if r.settled and (v := getattr(r, field_name)) is not None], colour)
            for label, some, colour in kinds
        ]
        if any(one.values for one in series):
            name = f"{IMAGES}/{slug}-{file}.svg"
            images[name] = svg.histogram(series, title)
            parts.append(f"![{title}]({name})")
    return parts


def _ranking(records: Sequence[Record]) -> str:
    ranked = bottlenecks(records)
    if not ranked:
        return "No spans were recorded."
    lines = [
        f"{number}. {one.share:.0%} of the time is {one.doing}: {one.seconds:.2f} s a task"
        for number, one in enumerate(ranked[:8], 1)
    ]
    fields = longest_fields(records)
    if fields:
        told = ", ".join(f"`{name}` {took:.2f} s" for name, took in fields)
        lines.append(
            f"\nThe longest field of the draft is `{fields[0][0]}`. "
            f"Mean seconds for writing each, where it occurs: {told}."
        )
    return "\n".join(lines)


def _failures(records: Sequence[Record]) -> list[str]:
    found = patterns(records)
    parts = [tables.failure_patterns(found)] if found else ["No task failed its hidden tests."]
    # One of each kind first, then more of the frequent ones.
    rounds = [pattern.records[index] for index in range(_EXAMPLES) for pattern in found if index < len(pattern.records)]
    parts += [tables.example(record) for record in rounds[:_EXAMPLES]]
    if quiet := silent(records):
        names = "; ".join(f"{record.name} (“{record.prompt}”)" for record in quiet[:_EXAMPLES])
        parts.append(f"Ambiguous, and not asked about what is open ({len(quiet)}): {names}.")
    if asked := needless(records):
        names = "; ".join(f"{record.name} (“{record.holes[0]}”)" for record in asked[:_EXAMPLES])
        parts.append(f"Asked needlessly ({len(asked)}): {names}.")
    return parts


def _limits(groups: Sequence[Setting]) -> list[str]:
    fewest = min(group.figures.passed.whole for group in groups)
    lines = [
        f"- The suites are small ({fewest} tasks with hidden tests at least in what is shown here), so the intervals "
        "are wide. A difference of one or two tasks means nothing; `lift bench --compare` says what does.",
        "- Hidden tests are a few calls for each prompt. Code that passes them may still be wrong elsewhere.",
        "- `tune` is what Lift's prompts were tuned on; `held_out` chose between variants; the failures on `fresh` "
        "were read once. `unseen` was written by somebody who does not know Lift's prompts, and was only measured.",
        "- Whether a question about an ambiguous prompt is the right one is told by words that it must contain.",
        "- Times are those of one machine. Compare figures from the same machine, measured while it does nothing else.",
    ]
    lines += [
        f"- The machine was busy with other work on {one.began[:10]} ({number}. run on {group.title}): its times are "
        "longer than they would be."
        for group in groups
        for number, one in enumerate(group.results, 1)
        if tables.busy(one)
    ]
    return ["## Limits of these figures", "\n".join(lines)]


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
