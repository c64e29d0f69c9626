"""Getting a model onto this machine: from the first source that delivers, verified, atomically."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from engine import paths
from engine.errors import SettingsError, WeightsError
from engine.weights import store
from engine.weights.lock import FileLock
from engine.weights.source import Model, Notify, Phase, Progress, Report, Source, SourceFailed

_MEGABYTE = 1_000_000
_COPY_CHUNK = 8 * 1024 * 1024


async def pull(model: Model, *, progress: Notify) -> Path:
    """Bring ``model`` here, if it is not here yet, and return its verified file.

    A pull that was cut off goes on where it stopped. A second process that pulls the same model
    waits for the first one and takes its result.

    Raises:
        WeightsError: no source delivers, the bytes are wrong, or the disk is full or not writable.
        SettingsError: ``LIFT_WEIGHTS_SOURCE`` names no source.
    """
    if path := store.local_path(model):
        return path
    with _storage_errors():
        paths.private_dir(store.models_dir())
        waited = Progress("download", 0, model.size, "", "another process is fetching it; waiting")
        async with FileLock(_lock_file(model)).waiting(lambda: progress(waited)):
            if path := store.local_path(model):
                return path
            if store.model_file(model).exists():
                try:
                    return await verify(model, progress)
                except WeightsError as error:  # the bad file is gone, so fetch a good one
                    progress(Progress("download", 0, model.size, "", error.what))
            await _download(model, progress)
            return await _install(model, progress)


async def verify(model: Model, progress: Notify) -> Path:
    """Hash the file of ``model``, whatever is remembered about it, and return its path.

    Raises:
        WeightsError: it is not there, or it has the wrong bytes; then it is removed.
    """
    file = store.model_file(model)
    if not file.exists():
        raise WeightsError(f"The weights of {model.name} are not here.", f"Fetch them: {_pull_command(model)}")
    store.forget(model)
    with _storage_errors():
        await _check(model, file, f"Fetch it again: {_pull_command(model)}", progress)
        store.mark_verified(model)
    return file


async def adopt(model: Model, source: Path, *, progress: Notify) -> Path:
    """Take the weights of ``model`` from a file on this machine; ``source`` itself is left alone.

    Raises:
        WeightsError: ``source`` cannot be read, has the wrong bytes, or does not fit on the disk.
    """
    with _storage_errors():
        _require_plausible(model, source)
        paths.private_dir(store.models_dir())
        waited = Progress("copy", 0, model.size, str(source), "another process is fetching it; waiting")
        async with FileLock(_lock_file(model)).waiting(lambda: progress(waited)):
            if _same_file(source, store.model_file(model)):
                return await verify(model, progress)
            _require_space(model, model.size)
            report = _reporter(model, progress, "copy", str(source))
            await _copy(source, _part_file(model), report)
            return await _install(model, progress)


async def _download(model: Model, progress: Notify) -> None:
    """Complete the ``.part`` file of ``model`` from its sources, in order.

    Raises:
        WeightsError: none of them delivers; every reason is listed.
    """
    part = _part_file(model)
    reasons: list[str] = []
    for source in _sources(model):
        have = part.stat().st_size if part.exists() else 0
        if have > model.size:
            part.unlink()
            have = 0
        _require_space(model, model.size - have + source.scratch_bytes)
        note = f"{reasons[-1]}; trying {source.label}" if reasons else ""
        progress(Progress("download", have, model.size, source.label, note))
        try:
            await source.fetch(part, model.size, _reporter(model, progress, "download", source.label))
        except SourceFailed as failure:
            reasons.append(f"{source.label}: {failure}")
        else:
            return
    listed = "".join(f"\n  - {reason}" for reason in reasons)
    raise WeightsError(
        f"The weights of {model.name} could not be fetched.{listed}",
        f"Try again when the network is there (what has arrived is kept), or bring {model.file} "
        f"yourself: {_pull_command(model)} --from FILE",
    )


def _sources(model: Model) -> tuple[Source, ...]:
    wanted = os.environ.get("LIFT_WEIGHTS_SOURCE")
    if not wanted:
        return model.sources
    chosen = tuple(source for source in model.sources if source.kind == wanted)
    if not chosen:
        kinds = " or ".join(source.kind for source in model.sources)
        raise SettingsError(
            f"LIFT_WEIGHTS_SOURCE is {wanted!r}, and {model.name} has no such source.",
            f"Set it to {kinds}, or unset it.",
        )
    return chosen


async def _install(model: Model, progress: Notify) -> Path:
    """Verify the complete ``.part`` file and move it into place."""
    part, file = _part_file(model), store.model_file(model)
    await _check(model, part, f"Nothing was kept. Try again: {_pull_command(model)}", progress)
    part.replace(file)
    store.mark_verified(model)
    return file


async def _check(model: Model, file: Path, todo: str, progress: Notify) -> None:
    """Raise a :class:`WeightsError` and remove ``file`` unless it has the pinned digest."""
    report = _reporter(model, progress, "verify", str(file))
    report(0)
    actual = await store.sha256(file, report)
    if actual != model.sha256:
        await asyncio.to_thread(file.unlink)
        raise WeightsError(
            f"{file} was not {model.name} and has been removed: its SHA-256 is {actual}, expected {model.sha256}.",
            todo,
        )


async def _copy(source: Path, target: Path, report: Report) -> None:
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := await asyncio.to_thread(reader.read, _COPY_CHUNK):
            await asyncio.to_thread(writer.write, chunk)
            report(writer.tell())


def _require_plausible(model: Model, source: Path) -> None:
    if not source.is_file():
        raise WeightsError(f"{source} is not a file.", "Name the file that you downloaded.")
    size = source.stat().st_size
    if size != model.size:
        raise WeightsError(
            f"{source} is not {model.name}: it has {size} bytes, expected {model.size}.",
            f"It has to be {model.file}, complete.",
        )


def _same_file(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _require_space(model: Model, needed: int) -> None:
    free = shutil.disk_usage(store.models_dir()).free
    if free < needed:
        raise WeightsError(
            f"{model.name} needs {needed // _MEGABYTE} MB in {store.models_dir()}, "
            f"and {free // _MEGABYTE} MB are free.",
            "Make room, or set LIFT_MODELS_DIR to a folder on a larger disk.",
        )


@contextmanager
def _storage_errors() -> Generator[None]:
    """Say what an operating system error about the models folder means."""
    try:
        yield
    except OSError as error:
        where = error.filename or store.models_dir()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WeightsError(
                f"The disk of {store.models_dir()} is full.",
                "Make room and pull again (what has arrived is kept), "
                "or set LIFT_MODELS_DIR to a folder on a larger disk.",
            ) from error
        raise WeightsError(
            f"{where}: {error.strerror or error}.",
            "Make the folder readable and writable, or set LIFT_MODELS_DIR to another one.",
        ) from error


def _reporter(model: Model, progress: Notify, phase: Phase, source: str) -> Report:
    return lambda done: progress(Progress(phase, done, model.size, source))


def _part_file(model: Model) -> Path:
    return store.models_dir() / f"{model.file}.part"


def _lock_file(model: Model) -> Path:
    return store.models_dir() / f".{model.file}.lock"


def _pull_command(model: Model) -> str:
    return f"lift model pull {model.name}"
