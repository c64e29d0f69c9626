"""What the records of a run add up to: shares with intervals, times with their spread, tokens and cost."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from engine.bench.intervals import quantile, wilson
from engine.bench.records import BASELINES, Baseline, Record, Seconds


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True)


class Share(_Figures):
    """``part`` of ``whole``, and Wilson's 95 % interval of the share it stands for, from 0 to 1."""

    part: int
    whole: int
    low: float
    high: float

    @classmethod
    def of(cls, flags: Iterable[bool | None]) -> Share:
        """How many of ``flags`` are true; those that are None do not count."""
        known = [flag for flag in flags if flag is not None]
        return cls.counted(sum(known), len(known))

    @classmethod
    def counted(cls, part: int, whole: int) -> Share:
        """``part`` of ``whole``, with its interval."""
        _, low, high = wilson(part, whole)
        return cls(part=part, whole=whole, low=round(low, 4), high=round(high, 4))

    @property
    def value(self) -> float:
        """The share, from 0 to 1; 0 of nothing."""
        return self.part / self.whole if self.whole else 0.0


class Spread(_Figures):
    """How some values are distributed; all 0 without any. ``stdev`` is the sample's, 0 for fewer than two values."""

    count: int = 0
    median: Seconds = 0.0
    p90: Seconds = 0.0
    p95: Seconds = 0.0
    mean: Seconds = 0.0
    stdev: Seconds = 0.0

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Spread:
        """The spread of ``values``; those that are None do not count."""
        known = [value for value in values if value is not None]
        if not known:
            return cls()
        return cls(
            count=len(known),
            median=statistics.median(known),
            p90=quantile(known, 0.90),
            p95=quantile(known, 0.95),
            mean=statistics.fmean(known),
            stdev=statistics.stdev(known) if len(known) > 1 else 0.0,
        )


class Tokens(_Figures):
    """Means per task, and how fast the answers came in tokens per second of decoding."""

    prompt: float = 0.0
    cached: float = 0.0
    completion: float = 0.0
    per_second: Spread = Spread()


class Figures(_Figures):
    """One mode's records.

    Attributes:
        tasks: records there are; ``unmeasured`` of them say nothing, because an endpoint or the sandbox failed.
        passed: of the tasks with hidden tests, those whose code passes them.
        own_checks: of all, those whose code passes Lift's own checks.
        unnoticed: of the tasks with hidden tests, wrong code that passed its own checks.
        asked: of the ambiguous tasks, those about which the right question was asked.
        asked_needlessly: of the tasks with hidden tests and nothing left open, those that raised a question.
        repaired: of the tasks with hidden tests, those whose code was written more than once.
        rescued: of the repaired ones, those that then passed the hidden tests.
        stages: seconds by stage; ``spans`` by ``stage span``, a stage's spans of one name added up.
        overhead_s: see :class:`~engine.bench.records.Record`.
        cost_usd: of one task.
    """

    tasks: int = 0
    unmeasured: int = 0
    ir_valid: Share = Share.of([])
    compiles: Share = Share.of([])
    passed: Share = Share.of([])
    own_checks: Share = Share.of([])
    unnoticed: Share = Share.of([])
    asked: Share = Share.of([])
    asked_needlessly: Share = Share.of([])
    repaired: Share = Share.of([])
    rescued: Share = Share.of([])
    dropped: int = 0
    categories: dict[str, Share] = {}
    suites: dict[str, Share] = {}
    compiles_in: dict[str, Share] = {}
    seconds: Spread = Spread()
    first_token_s: Spread = Spread()
    server_s: Spread = Spread()
    overhead_s: Spread = Spread()
    stages: dict[str, Spread] = {}
    spans: dict[str, Spread] = {}
    tokens: Tokens = Tokens()
    cost_usd: Spread = Spread()


class Pairing(_Figures):
    """What the pipeline adds to a baseline, on the tasks with hidden tests that both were measured on.

    The tokens are those that were written. Earlier results call the baseline ``raw``.
    """

    tasks: int = 0
    both: int = 0
    only_lift: int = 0
    only_baseline: int = Field(default=0, validation_alias=AliasChoices("only_baseline", "only_raw"))
    neither: int = 0
    lift_median_s: Seconds = 0.0
    baseline_median_s: Seconds = Field(default=0.0, validation_alias=AliasChoices("baseline_median_s", "raw_median_s"))
    lift_median_tokens: float = 0.0
    baseline_median_tokens: float = 0.0

    @property
    def lift_passed(self) -> Share:
        """The tasks that pass with the pipeline."""
        return Share.counted(self.both + self.only_lift, self.tasks)

    @property
    def baseline_passed(self) -> Share:
        """The tasks that pass without."""
        return Share.counted(self.both + self.only_baseline, self.tasks)

    @property
    def ratio(self) -> float | None:
        """How many times as long the pipeline takes, by the medians; None where nothing was measured."""
        return self.lift_median_s / self.baseline_median_s if self.baseline_median_s else None


class Summary(_Figures):
    """The summary of a document; ``pairing`` is with the raw model."""

    lift: Figures = Figures()
    raw: Figures | None = None
    pairing: Pairing | None = None
    plain: Figures | None = None
    plain_pairing: Pairing | None = None

    @property
    def baselines(self) -> dict[Baseline, tuple[Figures, Pairing]]:
        """Each baseline that was measured, by itself and beside the pipeline."""
        found: dict[Baseline, tuple[Figures | None, Pairing | None]] = {
            "raw": (self.raw, self.pairing),
            "plain": (self.plain, self.plain_pairing),
        }
        return {mode: (alone, beside) for mode, (alone, beside) in found.items() if alone and beside}


def summarize(lift: Sequence[Record], baselines: Sequence[Record]) -> Summary:
    """What the records of a run through the pipeline, and those of its baselines, add up to."""
    each = by_baseline(baselines)
    alone = {mode: figures(records) for mode, records in each.items()}
    beside = {mode: pairing(lift, records) for mode, records in each.items()}
    return Summary(
        lift=figures(lift),
        raw=alone.get("raw"),
        pairing=beside.get("raw"),
        plain=alone.get("plain"),
        plain_pairing=beside.get("plain"),
    )


def by_baseline(records: Iterable[Record]) -> dict[Baseline, list[Record]]:
    """The records of each baseline that has some, in the order in which baselines are told."""
    found: dict[Baseline, list[Record]] = {mode: [] for mode in BASELINES}
    for record in records:
        if record.mode != "lift":
            found[record.mode].append(record)
    return {mode: some for mode, some in found.items() if some}


def figures(records: Sequence[Record]) -> Figures:
    """What records of one mode add up to."""
    some = [record for record in records if record.settled]
    tested = [record for record in some if record.tested]
    again = [record for record in tested if record.repairs]
    clear = [record for record in tested if record.asked_right is None]
    return Figures(
        tasks=len(records),
        unmeasured=len(records) - len(some),
        ir_valid=Share.of(record.ir_valid for record in some),
        compiles=Share.of(record.compiles for record in some),
        passed=Share.of(record.passed for record in tested),
        own_checks=Share.of(record.own_checks_passed for record in some),
        unnoticed=Share.of(record.unnoticed for record in tested),
        asked=Share.of(record.asked_right for record in some),
        asked_needlessly=Share.of(bool(record.holes) for record in clear),
        repaired=Share.of(record.repairs > 0 for record in tested),
        rescued=Share.of(record.passed for record in again),
        dropped=sum(record.dropped for record in some),
        categories=_by(some, lambda record: record.category, lambda record: record.passed),
        suites=_by(tested, lambda record: record.suite, lambda record: record.passed),
        compiles_in=_by(some, lambda record: record.category, lambda record: record.compiles),
        seconds=Spread.of(record.seconds for record in some),
        first_token_s=Spread.of(record.first_token_s for record in some),
        server_s=Spread.of(record.server_s or None for record in some),
        overhead_s=Spread.of(record.overhead_s for record in some),
        stages=_spreads(record.stage_seconds for record in some),
        spans=_spreads(map(_span_sums, some)),
        tokens=_tokens(some),
        cost_usd=Spread.of(record.cost_usd for record in some),
    )


def pairing(lift: Sequence[Record], baseline: Sequence[Record]) -> Pairing:
    """Both modes, task by task."""
    pairs = paired(lift, baseline)
    if not pairs:
        return Pairing()
    ours, theirs = zip(*pairs, strict=True)
    outcomes = Counter((bool(one.passed), bool(other.passed)) for one, other in pairs)
    return Pairing(
        tasks=len(pairs),
        both=outcomes[True, True],
        only_lift=outcomes[True, False],
        only_baseline=outcomes[False, True],
        neither=outcomes[False, False],
        lift_median_s=statistics.median(record.seconds for record in ours),
        baseline_median_s=statistics.median(record.seconds for record in theirs),
        lift_median_tokens=statistics.median(record.usage.completion_tokens for record in ours),
        baseline_median_tokens=statistics.median(record.usage.completion_tokens for record in theirs),
    )


def paired(new: Iterable[Record], old: Iterable[Record]) -> list[tuple[Record, Record]]:
    """The records of the same task and repetition that both have, and that say something about its hidden tests."""

    def by_task(records: Iterable[Record]) -> dict[tuple[str, str, int], Record]:
        counted = (record for record in records if record.settled and record.tested)
        return {(record.suite, record.name, record.repeat): record for record in counted}

    before = by_task(old)
    return [(record, before[key]) for key, record in by_task(new).items() if key in before]


def _by(
    records: Iterable[Record], group: Callable[[Record], str], flag: Callable[[Record], bool | None]
) -> dict[str, Share]:
    groups: defaultdict[str, list[bool | None]] = defaultdict(list)
    for record in records:
        groups[group(record)].append(flag(record))
    return {name: Share.of(flags) for name, flags in groups.items()}


def _spreads(each: Iterable[Mapping[str, float]]) -> dict[str, Spread]:
    """The spread of what ``each`` has under a name, by name."""
    values: defaultdict[str, list[float]] = defaultdict(list)
    for one in each:
        for name, took in one.items():
            values[name].append(took)
    return {name: Spread.of(took) for name, took in values.items()}


def _span_sums(record: Record) -> dict[str, float]:
    """Seconds by ``stage span``."""
    sums: defaultdict[str, float] = defaultdict(float)
    for span in record.spans:
        sums[f"{span.stage} {span.name}"] += span.duration_s
    return sums


def _tokens(records: Sequence[Record]) -> Tokens:
    answered = [record.usage for record in records if record.tokens]
    if not answered:
        return Tokens()
    return Tokens(
        prompt=round(statistics.fmean(usage.prompt_tokens for usage in answered), 1),
        cached=round(statistics.fmean(usage.cached_tokens for usage in answered), 1),
        completion=round(statistics.fmean(usage.completion_tokens for usage in answered), 1),
        per_second=Spread.of(_rate(record) for record in records),
    )


def _rate(record: Record) -> float | None:
    """Tokens per second; None where answers overlapped, or nothing was decoded."""
    decoding_s = record.span_s("decode")
    if not decoding_s or not record.usage.completion_tokens or record.span_s("sample"):
        return None
    return record.usage.completion_tokens / decoding_s
