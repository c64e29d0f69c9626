"""Fenced blocks of Markdown: writing any text into one, and finding them again byte for byte.

https://spec.commonmark.org/0.31.2/#fenced-code-blocks
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_OPENING = re.compile(r"(`{3,})([^`]*)")


class Block(NamedTuple):
    """A fenced block: its info string (``python lift-code``) and its text."""

    info: str
    text: str


def fenced(info: str, text: str) -> str:
    """``text`` in a fence that is longer than any row of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{text}\n{fence}"


def blocks(markdown: str) -> Iterator[Block]:
    """The fenced blocks of a text; one that is never closed ends with the text."""
    lines = iter(markdown.split("\n"))
    for line in lines:
        opening = _OPENING.fullmatch(line.rstrip("\r"))
        if opening is None:
            continue
        content: list[str] = []
        for inner in lines:
            closing = inner.rstrip()
            if closing and not closing.strip("`") and len(closing) >= len(opening[1]):
                break
            content.append(inner)
        yield Block(opening[2].strip(), "\n".join(content))
