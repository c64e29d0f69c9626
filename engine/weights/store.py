"""Where weights lie on disk, and which of them have been verified.

Hashing a gigabyte takes seconds, so it is done once: a marker remembers the size, the time of the
last change and the digest that the file had. Markers live in the user's own cache folder, so that
a shared, read-only folder of models works too.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path

from engine import paths
from engine.weights.source import Model, Report

_CHUNK = 8 * 1024 * 1024


def models_dir() -> Path:
    """The folder of models; ``LIFT_MODELS_DIR`` overrides."""
    override = os.environ.get("LIFT_MODELS_DIR")
    return Path(override).expanduser() if override else paths.cache_dir() / "models"


def model_file(model: Model) -> Path:
    """Where the file of ``model`` belongs, whether or not it is there."""
    return models_dir() / model.file


def local_path(model: Model) -> Path | None:
    """The file of ``model``, if it is there and has been verified since it last changed."""
    file = model_file(model)
    try:
        marker = json.loads(_marker(model).read_text(encoding="utf-8"))
        return file if marker == _fingerprint(model, file) else None
    except (OSError, ValueError):
        return None


def mark_verified(model: Model) -> None:
    """Remember that the file of ``model`` has the right digest."""
    paths.write_private(_marker(model), json.dumps(_fingerprint(model, model_file(model))))


def forget(model: Model) -> None:
    """Remove the marker of ``model``."""
    _marker(model).unlink(missing_ok=True)


async def sha256(file: Path, report: Report) -> str:
    """The digest of ``file``, in hexadecimal, without blocking the event loop.

    Raises:
        OSError: ``file`` cannot be read.
    """
    digest = hashlib.sha256()
    buffer = bytearray(_CHUNK)
    with file.open("rb", buffering=0) as stream:

        def step() -> int:
            count = stream.readinto(buffer) or 0
            digest.update(memoryview(buffer)[:count])
            return count

        done = 0
        while count := await asyncio.to_thread(step):
            done += count
            report(done)
    return digest.hexdigest()


def _marker(model: Model) -> Path:
    return paths.cache_dir() / "verified" / f"{model.file}.json"


def _fingerprint(model: Model, file: Path) -> dict[str, str | int]:
    stat = file.stat()
    return {
        "path": str(file.resolve()),
        "size": stat.st_size,
        "mtime_ns": stat.st_mtime_ns,
        "sha256": model.sha256,
    }
