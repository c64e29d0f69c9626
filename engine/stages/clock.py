"""One clock for a run: seconds since it began."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

from engine.stages.events import Span, SpanFinished, Stage


class RunClock:
    """Monotonic seconds since the clock was made."""

    def __init__(self) -> None:
        self._zero = time.perf_counter()

    def __call__(self) -> float:
        """Seconds since the run began."""
        return time.perf_counter() - self._zero

    def at(self, moment: float) -> float:
        """A moment of :func:`time.perf_counter` on this clock."""
        return moment - self._zero

    @contextmanager
    def span(self, stage: Stage, name: str, into: list[SpanFinished]) -> Generator[None]:
        """Time the block and append its span to ``into``, whether or not the block succeeds."""
        start = self()
        try:
            yield
        finally:
            span = Span(stage=stage, name=name, start_s=start, duration_s=self() - start)
            into.append(SpanFinished(span=span))
