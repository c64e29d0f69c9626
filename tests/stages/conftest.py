"""A store for each test of the pipeline."""

from __future__ import annotations

import pytest

from engine.sessions.store import SessionStore


@pytest.fixture
def store(tmp_path):
    with SessionStore(tmp_path / "sessions.db") as opened:
        yield opened
