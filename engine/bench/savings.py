"""What was made faster: each saving timed with and without it, by turns in one run."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.bench.machine import Machine
from engine.bench.report_tables import table
from engine.errors import UsageError


class Saving(BaseModel):
    """One avoidable cost, and what became of it.

    Attributes:
        stage: where it was paid; ``start`` for what comes before the stages.
        what: what is done now instead, in words.
        before_s, after_s: seconds, one for each time it was measured; those at one place belong together.
    """

    model_config = ConfigDict(frozen=True)

    stage: str
    what: str
    before_s: tuple[float, ...]
    after_s: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of what is left of the time, 1 for all of it; unlike seconds it hardly depends on the machine."""
        return statistics.median(after / before for before, after in zip(self.before_s, self.after_s, strict=True))


class Savings(BaseModel):
    """Savings that were measured in one run; ``began`` is ISO 8601 in UTC."""

    model_config = ConfigDict(frozen=True)

    began: str
    machine: Machine
    model: str
    savings: tuple[Saving, ...]


def read(path: Path) -> Savings:
    """The savings stored in ``path``.

    Raises:
        UsageError: it cannot be read, or holds something else.
    """
    try:
        return Savings.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise UsageError(
            f"{path} holds no savings: {error}.", "Measure them: python -m bench.savings FILE.json"
        ) from error


def section(found: Savings) -> Sequence[str]:
    """The report's part on them."""
    rows = (
        (
            one.stage,
            one.what,
            _seconds(one.before_s),
            _seconds(one.after_s),
            f"{one.ratio:.2f}",
            f"{len(one.before_s)}",
        )
        for one in found.savings
    )
    return (
        "## What was made faster",
        f"Each cost was paid and not paid by turns, in one run on {found.began[:10]} ({found.machine}; {found.model}). "
        "Seconds are medians; what is left is the median of the ratios of each pair.",
        table(("Stage", "Now", "Before (s)", "After (s)", "What is left", "Pairs"), rows),
    )


def _seconds(values: Sequence[float]) -> str:
    median = statistics.median(values)
    return f"{median:.2f}" if median >= 0.1 else f"{median:.3f}"
