"""Looking over the machine: each finding says ok, or what to do."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from engine.endpoints.credentials import api_key
from engine.endpoints.probe import probe
from engine.endpoints.profiles import LOCAL, Profile, Profiles
from engine.errors import LiftError
from engine.sandbox.confine import probe as probe_sandbox
from engine.sessions.store import SessionStore
from engine.stages.check_types import TypeChecker


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; ``todo`` is empty when all is well.

    Findings that are not ``required`` are about things one can do without, such as Modal.
    """

    name: str
    ok: bool
    detail: str
    todo: str = ""
    required: bool = True


async def examine(db: Path, *, terminal: bool, size: tuple[int, int]) -> AsyncIterator[Finding]:
    """Look at one thing after another, quickest first.

    Args:
        db: the session database to look at.
        terminal: whether standard output is one.
        size: its columns and lines.
    """
    yield _python()
    yield _terminal(terminal, size)
    yield _database(db)
    yield _sandbox()
    yield await _type_checker()
    try:
        profiles = Profiles()
        yield await _local_model(profiles.get(LOCAL))
    except LiftError as error:
        yield Finding("endpoints", False, error.what, error.todo)
    else:
        async with httpx.AsyncClient() as client:
            for profile in profiles:
                if profile.kind != "local":
                    yield await _endpoint(profile, client, current=profile.name == profiles.current)
    yield _modal()


def _python() -> Finding:
    version = platform.python_version()
    ok = sys.version_info >= (3, 11)
    return Finding(
        "python", ok, f"{version} on {platform.platform(terse=True)}", "" if ok else "Use Python 3.11 or newer."
    )


def _terminal(terminal: bool, size: tuple[int, int]) -> Finding:
    if not terminal:
        return Finding("terminal", True, "none; output is plain lines", required=False)
    columns, lines = size
    kind = os.environ.get("COLORTERM") or os.environ.get("TERM", "unknown")
    encoding = (sys.stdout.encoding or "").lower()
    ok = columns >= 60 and lines >= 20 and "utf" in encoding
    todo = "" if ok else "Use a UTF-8 terminal of at least 60 columns and 20 lines."
    return Finding("terminal", ok, f"{columns}x{lines}, {kind}, {encoding}", todo, required=False)


def _database(path: Path) -> Finding:
    try:
        with SessionStore(path) as store:
            count = store.stats().sessions
    except LiftError as error:
        return Finding("database", False, error.what, error.todo)
    return Finding("database", True, f"{path}, {count} sessions")


def _sandbox() -> Finding:
    found = probe_sandbox()
    todo = "" if found.available else "Checks that run code are skipped; --unsafe-run runs them unconfined."
    return Finding("sandbox", found.available, found.detail, todo)


async def _type_checker() -> Finding:
    verdict = await TypeChecker().judge("answer: int = 42\n")
    ok = verdict.status == "passed"
    todo = "" if ok else "Generated code is not type-checked until Lift is reinstalled."
    return Finding("type checker", ok, "ty works" if ok else verdict.detail, todo, required=False)


async def _local_model(profile: Profile) -> Finding:
    from engine import weights
    from engine.endpoints.local.manager import status

    entry = weights.find(profile.model)
    if weights.local_path(entry) is None:
        todo = f"They are fetched when first needed, or now: lift model pull {entry.name}"
        return Finding("local model", False, f"the weights of {entry.name} are not here", todo, required=False)
    running = await status()
    return Finding("local model", True, f"{entry.name}, {'running' if running.running else 'not running'}")


async def _endpoint(profile: Profile, client: httpx.AsyncClient, *, current: bool) -> Finding:
    name = f"endpoint {profile.name}"
    try:
        key = api_key(profile)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        found = await probe(profile.name, profile.url, headers, client)
    except LiftError as error:
        return Finding(name, False, error.what, error.todo, required=current)
    return Finding(name, True, f"{found.flavor}, {', '.join(found.models)}, {found.latency_s * 1000:.0f} ms")


def _modal() -> Finding:
    if importlib.util.find_spec("modal") is None:
        return Finding("modal", False, "the modal package is missing", "Reinstall Lift.", required=False)
    from modal.config import config  # pyright: ignore[reportMissingTypeStubs]

    if config.get("token_id") and config.get("token_secret"):
        return Finding("modal", True, "credentials found", required=False)
    todo = "Only needed for a GPU endpoint of your own: modal token new"
    return Finding("modal", False, "no credentials", todo, required=False)
