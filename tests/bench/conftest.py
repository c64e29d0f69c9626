from __future__ import annotations

import pytest

from tests.support.confinement import CONFINEMENT


@pytest.fixture(scope="session")
def unsafe() -> bool:
    """Whether code has to run without confinement here."""
    return not CONFINEMENT.available
