"""Reading the JSON of earlier versions and of the earlier system."""

from __future__ import annotations

from typing import Any


def upgrade(data: Any) -> Any:
    """Turn older IR JSON into today's shape; anything else passes through unchanged."""
    return data
