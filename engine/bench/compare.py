"""Two runs of the benchmark, task by task: what got worse, what got better, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

from engine.bench.figures import paired
from engine.bench.intervals import Interval, paired_difference, paired_ratio
from engine.bench.results import Results


@dataclass(frozen=True, slots=True)
class Comparison:
    """A new run against an old one, on the tasks with hidden tests that both measured.

    Attributes:
        tasks: how many those are.
        passing: how much larger the share is that passes, from -1 to 1.
        seconds: how many times as long a task takes, the geometric mean; None without tasks.
        worse: names of the tasks that passed and do not any more; ``better`` the other way round.
        missing: tasks of the old run that the new one does not have.
    """

    tasks: int
    passing: Interval
    seconds: Interval | None
    worse: tuple[str, ...]
    better: tuple[str, ...]
    missing: int

    @property
    def regressed(self) -> bool:
        """Whether the whole interval says that fewer tasks pass."""
        return self.passing.high < 0

    @property
    def slower(self) -> bool:
        """Whether the whole interval says that tasks take longer."""
        return self.seconds is not None and self.seconds.low > 1


def compare(new: Results, old: Results) -> Comparison:
    """Compare the pipeline's records of ``new`` with those of ``old``."""
    pairs = paired(new.records, old.records)
    worse = tuple(now.name for now, before in pairs if before.passed and not now.passed)
    better = tuple(now.name for now, before in pairs if now.passed and not before.passed)
    both = sum(bool(now.passed and before.passed) for now, before in pairs)
    timed = [(now.seconds, before.seconds) for now, before in pairs if now.seconds > 0 and before.seconds > 0]
    counted = sum(record.settled and record.tested for record in old.records)
    return Comparison(
        tasks=len(pairs),
        passing=paired_difference(both, len(better), len(worse), len(pairs) - both - len(better) - len(worse)),
        seconds=paired_ratio([now for now, _ in timed], [before for _, before in timed]) if timed else None,
        worse=worse,
        better=better,
        missing=counted - len(pairs),
    )


def told(found: Comparison) -> list[str]:
    """The comparison as lines of text."""
    if not found.tasks:
        return ["The two runs have no task with hidden tests in common."]
    low, high = 100 * found.passing.low, 100 * found.passing.high
    lines = [
        f"{found.tasks} tasks with hidden tests in both runs"
        + (f"; {found.missing} of the old run are missing in the new one" if found.missing else ""),
        f"passing: {100 * found.passing.value:+.1f} points (95 % interval {low:+.1f} to {high:+.1f}, Newcombe's for "
        f"pairs): {_passing(found)}",
    ]
    if found.seconds:
        lines.append(
            f"seconds: {found.seconds.value:.2f} times as long (95 % interval {found.seconds.low:.2f} to "
            f"{found.seconds.high:.2f}, bootstrap over pairs): {_seconds(found)}"
        )
    lines += [f"worse: {', '.join(found.worse)}"] if found.worse else []
    lines += [f"better: {', '.join(found.better)}"] if found.better else []
    return lines


def _passing(found: Comparison) -> str:
    if found.regressed:
        return "a regression"
    return "an improvement" if found.passing.low > 0 else "no difference is shown"


def _seconds(found: Comparison) -> str:
    if found.slower:
        return "slower"
    return "faster" if found.seconds and found.seconds.high < 1 else "no difference is shown"
