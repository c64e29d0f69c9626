"""No test reads or writes the user's own files, keys or running endpoints."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.terminal import FORGET

settings.register_profile(
    "lift",
    max_examples=int(os.environ.get("LIFT_TEST_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("lift")


def pytest_collection_finish() -> None:
    """Leave modules and collected tests out of every collection: walking them was a fifth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 10)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of the test's own for everything but the weights, which are too large to fetch for each; no terminal."""
    for kind in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"LIFT_{kind}_HOME", str(tmp_path / f"lift-{kind.lower()}"))
    for name in ("LIFT_DB", "TERM", *FORGET):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    return tmp_path
