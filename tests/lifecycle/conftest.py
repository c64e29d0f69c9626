"""A store in a fresh file, and a specification with questions in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.lifecycle.creating import create
from engine.lifecycle.material import read
from engine.sessions.store import SessionStore

SPEC = '''def clamp(value: int, low: int, high: int) -> int:
    """Clamp a value between two bounds."""
    requires(low <= high)
    ensures(low <= result <= high, "in the range")
    example(clamp(15, 0, 10) == 10)
    hole("nan", kind="intent", ask="Should NaN be rejected?", options=["yes", "no"])
    hole("value", kind="signature", ask="What is the type of value?", options=["int", "float"])
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def store(path: Path) -> Iterator[SessionStore]:
    with SessionStore(path) as opened:
        yield opened


@pytest.fixture
def begin(store: SessionStore) -> Callable[..., str]:
    """Begins a session with a specification in its text form, and returns its id."""

    def start(text: str = SPEC, **options) -> str:
        return create(store, read(text, "spec", author="ada"), author="ada", **options).id

    return start
