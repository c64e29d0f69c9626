"""A store in a fresh file, specifications to put into it, and other processes."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.ir.models import IR, Intent, Signature, TypedHole
from engine.sessions.store import SessionStore

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def ticks() -> Callable[[], int]:
    """A clock that advances by one second whenever somebody looks."""
    counter = itertools.count(1_760_000_000_000, 1_000)
    return lambda: next(counter)


@pytest.fixture
def store(path: Path, ticks: Callable[[], int]) -> Iterator[SessionStore]:
    with SessionStore(path, clock=ticks) as opened:
        yield opened


@pytest.fixture
def spec() -> Callable[..., IR]:
    def make(summary: str = "Clamp a value", *, name: str = "clamp", holes: int = 0) -> IR:
        open_holes = [TypedHole(identifier=f"h{number}") for number in range(holes)]
        return IR(intent=Intent(summary=summary), signature=Signature(name=name), holes=open_holes)

    return make


@pytest.fixture
def python() -> Callable[..., subprocess.Popen[str]]:
    """Starts another process that runs a piece of Python with the repository on its path."""

    def start(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    return start
