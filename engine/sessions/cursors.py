"""Places in a sorted list, as short text that a face hands back to get the next page."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, cast

from engine.errors import UsageError


class BadCursor(UsageError):
    """The text is no cursor, or belongs to another list."""

    kind = "store-cursor"

    def __init__(self) -> None:
        super().__init__("This place in the list does not exist.", "Start again from the first page.")


def encode(kind: str, *place: int | str) -> str:
    """The cursor for ``place`` in the list ``kind``."""
    return base64.urlsafe_b64encode(json.dumps([kind, *place]).encode()).decode().rstrip("=")


def decode(cursor: str, kind: str, *types: type[int] | type[str]) -> list[Any]:
    """The place that ``cursor`` stands for in the list ``kind``.

    Args:
        types: the types of the values that make up a place.

    Raises:
        BadCursor: it is not a cursor of this list.
    """
    try:
        decoded: object = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise BadCursor from None
    if not isinstance(decoded, list):
        raise BadCursor
    values = cast("list[object]", decoded)
    if [type(value) for value in values] != [str, *types] or values[0] != kind:
        raise BadCursor
    if any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in values):
        raise BadCursor
    return values[1:]
