"""Short session ids that sort by time and are easy to type.

Nine characters of Crockford's base32 (https://www.crockford.com/base32.html): six for the
seconds since 2025 (enough until 2059), three random. Within one store ids only ever grow.
"""

from __future__ import annotations

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 9

_EPOCH = 1_735_689_600  # 2025-01-01T00:00:00Z, in seconds since the Unix epoch
_RANDOM_BITS = 15
_LOOKALIKES = str.maketrans({"i": "1", "l": "1", "o": "0"})


def new_id(now_ms: int, after: str | None) -> str:
    """A new id for the time ``now_ms`` (milliseconds since the Unix epoch), greater than ``after``."""
    seconds = max(0, now_ms // 1000 - _EPOCH)
    number = (seconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    if after is not None:
        number = max(number, _decode(after) + 1)
    return _encode(number)


def normalise(typed: str) -> str:
    """What the user meant: case and the look-alikes i, l and o do not matter."""
    return typed.strip().lower().translate(_LOOKALIKES)


def _encode(number: int) -> str:
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(LENGTH)))


def _decode(text: str) -> int:
    number = 0
    for char in text:
        number = number * 32 + ALPHABET.index(char)
    return number
