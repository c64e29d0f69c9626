"""A store for each test of the pipeline, and tools to check code with for each module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from engine.sessions.store import SessionStore
from tests.stages.checking import Checker, new_tools


@pytest.fixture
def store(tmp_path):
    with SessionStore(tmp_path / "sessions.db") as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checker() -> AsyncIterator[Checker]:
    """For tests that run in their module's event loop, in which the tools' processes are."""
    async with new_tools() as tools:
        yield Checker(tools)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def impatient() -> AsyncIterator[Checker]:
    """The same for what never ends: it waits no longer than it takes to see that."""
    async with new_tools(wall_s=0.3) as tools:
        yield Checker(tools)
