"""How long loading a model took the last times."""

from __future__ import annotations

from pathlib import Path

from engine.endpoints.start_times import StartTimes


def typical_load_s(folder: Path, model: str) -> float | None:
    """Median of the last load times of ``model`` in seconds; None when it was never loaded here."""
    return _loads(folder).typical_s(model)


def remember_load(folder: Path, model: str, seconds: float) -> None:
    """Add a load time; when it cannot be written, nothing is remembered."""
    _loads(folder).remember(model, seconds)


def _loads(folder: Path) -> StartTimes:
    return StartTimes(folder / "local-endpoint-loads.json")
