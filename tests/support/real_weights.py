"""Real weights for tests: fetched when they are missing, skipped only where they cannot be had."""

from __future__ import annotations

import os

import pytest

from engine import weights
from engine.errors import WeightsError
from engine.weights import Model


async def require_weights(name: str) -> Model:
    """The registry's entry ``name``, its file verified and in place.

    Without a network the test is skipped; in CI it fails, because there the real model must run.
    """
    model = weights.find(name)
    try:
        await weights.pull(model, progress=lambda _: None)
    except WeightsError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no weights: {error.what}")
    return model
