"""Showing a benchmark on the command line: a line for each task, how far it is, and the figures at the end."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from engine.bench.ranking import median_record
from engine.bench.records import BASELINES, Record
from engine.bench.results import Results
from engine.bench.runner import Progress as Done
from engine.endpoints.protocol import Waiting
from engine.stages.events import Span
from tui.bench_plots import summary_lines
from tui.waterfall import waterfall
from tui.wording import printable

_WIDE = 100
_STYLES = {"pass": "green", "asked": "green", "fail": "red", "UNSEEN": "bold red", "silent": "red", "error": "yellow"}


class BenchPresenter:
    """Lines on standard output; on a terminal with a bar below them that tells the time left.

    Args:
        terminal: draw the bar.
    """

    def __init__(self, *, terminal: bool) -> None:
        self._console = Console(highlight=False, width=None if terminal else _WIDE, soft_wrap=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
        )
        self._bar = Progress(*columns, console=self._console, transient=True) if terminal else None
        self._task = self._bar.add_task("getting ready", total=None, left="") if self._bar else None
        self._told = ""

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def begin(self, text: str) -> None:
        """Say what is going to be measured."""
        self._say(text)

    def waiting(self, wait: Waiting) -> None:
        """The endpoint is not ready yet."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, description=printable(f"{wait.what} · {wait.elapsed_s:.0f} s"))
        elif wait.what != self._told:
            self._told = wait.what
            self._say(f"{wait.what} …")

    def record(self, record: Record, done: Done) -> None:
        """One task is done."""
        left = f"about {_minutes(done.left_s)} left" if done.left_s else ""
        if self._bar and self._task is not None:
            self._bar.update(self._task, description="measuring", completed=done.done, total=done.total, left=left)
        times = record.stage_seconds.items()
        stages = ", ".join(f"{stage} {took:.1f}" for stage, took in times if stage not in BASELINES)
        took = f"{record.seconds:6.1f} s{f' ({stages})' if stages else ''}"
        word = record.verdict
        why = f": {record.why}" if record.why else ""
        tail = f"  [{left}]" if left and not self._bar else ""
        line = Text(f"{done.done:3}/{done.total} {record.mode:5} ")
        line.append(f"{word:6}", style=_STYLES.get(word))
        line.append(printable(f" {took}  {record.name}{why}{tail}"))
        self._console.print(line)

    def summary(self, results: Results) -> None:
        """The figures, and the waterfall of a median run."""
        self._say("")
        for line in summary_lines(results):
            self._say(line)
        median = median_record(results.records)
        if median is not None:
            self._say(f"A median run: {median.name}, {median.seconds:.1f} s")
            spans = [Span.model_validate(span.model_dump()) for span in median.spans]
            self._console.print(waterfall(spans, median.seconds, min(self._console.width, _WIDE)))

    def _say(self, text: str) -> None:
        self._console.print(printable(text), markup=False)
        sys.stdout.flush()


def _minutes(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
