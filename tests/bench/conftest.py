from __future__ import annotations

import pytest

from engine.sandbox import confine


@pytest.fixture(scope="session")
def unsafe() -> bool:
    """Whether code has to run without confinement here."""
    return not confine.probe().available
