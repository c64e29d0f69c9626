"""The words of this room: a model, a place it comes from, and how far a transfer has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

SourceKind = Literal["hub", "index"]
Phase = Literal["download", "copy", "verify"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pull has come.

    Args:
        phase: what is going on.
        done_bytes: bytes of the whole file that are there (or hashed), including resumed ones.
        total_bytes: size of the whole file.
        source: where the bytes come from, in words.
        note: something a person should know, for instance why a source was given up.
    """

    phase: Phase
    done_bytes: int
    total_bytes: int
    source: str
    note: str = ""


Notify = Callable[[Progress], None]
"""Called on the event loop, many times a second; must return quickly."""

Report = Callable[[int], None]
"""Told by a source how many bytes of the whole file it has so far."""


class SourceFailed(Exception):
    """One source could not deliver; the next one may. The message is the reason, in words."""


class Source(Protocol):
    """A place that has the bytes of a model."""

    @property
    def kind(self) -> SourceKind:
        """The name used in ``LIFT_WEIGHTS_SOURCE``."""
        ...

    @property
    def label(self) -> str:
        """What a person calls this place."""
        ...

    @property
    def scratch_bytes(self) -> int:
        """Disk space needed beside the file itself while fetching."""
        ...

    async def fetch(self, part: Path, size: int, report: Report) -> None:
        """Complete ``part`` to ``size`` bytes, keeping what is already in it.

        Raises:
            SourceFailed: this source cannot deliver. What arrived so far stays in ``part``.
            OSError: ``part`` cannot be written (for instance: the disk is full).
        """
        ...


@dataclass(frozen=True, slots=True)
class Model:
    """One file of weights.

    Args:
        name: what people type.
        file: the file's name on disk.
        size: bytes.
        sha256: lower-case hexadecimal digest of the file; the only thing that is trusted.
        licence: SPDX identifier of the weights' licence.
        sources: where to get it, best first.
    """

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    sources: tuple[Source, ...]
