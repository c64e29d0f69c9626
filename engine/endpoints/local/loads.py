"""How long loading a model took the last times, so that a face can say what to expect."""

from __future__ import annotations

import contextlib
import statistics
from pathlib import Path

from pydantic import RootModel, ValidationError

from engine import paths

_KEPT = 5


class _Loads(RootModel[dict[str, list[float]]]):
    """Seconds of the last loads, by model."""


def typical_load_s(folder: Path, model: str) -> float | None:
    """Median of the last load times of ``model`` in seconds; None when it was never loaded here."""
    seconds = _read(folder).get(model)
    return statistics.median(seconds) if seconds else None


def remember_load(folder: Path, model: str, seconds: float) -> None:
    """Add a load time; when it cannot be written, nothing is remembered."""
    loads = _read(folder)
    loads[model] = [*loads.get(model, []), round(seconds, 2)][-_KEPT:]
    with contextlib.suppress(OSError):
        paths.write_private(_file(folder), _Loads(loads).model_dump_json())


def _read(folder: Path) -> dict[str, list[float]]:
    try:
        return _Loads.model_validate_json(_file(folder).read_text(encoding="utf-8")).root
    except (OSError, ValidationError):
        return {}


def _file(folder: Path) -> Path:
    return folder / "local-endpoint-loads.json"
