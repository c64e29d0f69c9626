"""How long the last starts of a thing took, so that a face can say what to expect of the next one."""

from __future__ import annotations

import contextlib
import statistics
from pathlib import Path

from pydantic import RootModel, ValidationError

from engine import paths

_KEPT = 5


class _Times(RootModel[dict[str, list[float]]]):
    """Seconds of the last starts, by what was started."""


class StartTimes:
    """The last starts, in one small file.

    Args:
        file: where they are kept; one that is missing or damaged counts as empty.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def typical_s(self, key: str) -> float | None:
        """Median of the last start times of ``key`` in seconds; None when it never started."""
        seconds = self._read().get(key)
        return statistics.median(seconds) if seconds else None

    def remember(self, key: str, seconds: float) -> None:
        """Add a start time; when it cannot be written, nothing is remembered."""
        times = self._read()
        times[key] = [*times.get(key, []), round(seconds, 2)][-_KEPT:]
        with contextlib.suppress(OSError):
            paths.write_private(self._file, _Times(times).model_dump_json())

    def _read(self) -> dict[str, list[float]]:
        try:
            return _Times.model_validate_json(self._file.read_text(encoding="utf-8")).root
        except (OSError, ValidationError):
            return {}
