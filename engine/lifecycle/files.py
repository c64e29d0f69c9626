"""Writing exported files so that each is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from engine.errors import UsageError


def write_files(files: Iterable[tuple[Path, str]], *, overwrite: bool = False) -> None:
    """Write texts (UTF-8); a file that exists is replaced at once, and only with ``overwrite``.

    Raises:
        UsageError: a file exists (then none is written), or cannot be written.
    """
    files = [*files]
    if not overwrite:
        for path, _ in files:
            if path.exists():
                raise UsageError(f"{path} exists already; nothing was written.", "Replace it with --force.")
    for path, text in files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, text)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}.", "Name another place with -o.") from error


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
