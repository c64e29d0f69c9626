"""Looking for inputs that show a fault, in a process of its own that runs Hypothesis.

The child makes inputs and shrinks failing ones; whoever searches answers what each call comes to. So
Hypothesis is never imported here, it can be stopped at any moment, and nothing of what is searched
runs in either process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any

from engine import paths
from engine.errors import CheckToolFailed
from engine.inputs.shapes import Shape

_START_S = 20.0
"""For an interpreter on a busy machine."""

PASSED = "passed"
REJECTED = "rejected"
"""Answers to a call: as it should be; not allowed by a precondition. Any other answer names a fault."""


@dataclass(frozen=True, slots=True)
class Input:
    """One parameter of the function.

    ``keyword`` arguments are passed by name, ``optional`` ones may be left out, and a ``star`` parameter
    takes any number.
    """

    name: str
    shape: Shape
    keyword: bool = False
    optional: bool = False
    star: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to search.

    Args:
        name: the function's name, as calls are written.
        parameters: what it takes.
        ints, floats, texts: values to try beside random ones.
        dotted: write dates as ``datetime.date(…)``, not ``date(…)``.
        inputs: how many inputs to try, without those that make a failing one smaller.
        signed: whether numbers may be below zero.
    """

    name: str
    parameters: Sequence[Input]
    ints: Sequence[int] = field(default_factory=tuple[int, ...])
    floats: Sequence[float] = field(default_factory=tuple[float, ...])
    texts: Sequence[str] = field(default_factory=tuple[str, ...])
    dotted: bool = False
    inputs: int = 80
    signed: bool = True

    def to_data(self) -> dict[str, Any]:
        """As JSON data, for the child."""
        parameters = [{**asdict(p), "shape": p.shape.to_data()} for p in self.parameters]
        return {**asdict(self), "parameters": parameters}


Answer = Callable[[str], Awaitable[str]]
"""Says what a call comes to: :data:`PASSED`, :data:`REJECTED`, or the name of a fault."""


class InputSearch:
    """An asynchronous context that holds the child; :meth:`prepare` starts it before it is needed.

    A child that came to its end serves the next search too: the start takes longer than most searches.
    """

    def __init__(self) -> None:
        self._starting: asyncio.Task[Process] | None = None

    def prepare(self) -> None:
        """Start the child, which takes a few tenths of a second."""
        if self._starting is None:
            self._starting = asyncio.create_task(_start())

    async def run(self, plan: Plan, answer: Answer, *, budget_s: float) -> bool:
        """Try inputs and ask ``answer`` about each.

        A call that is found at fault is followed by smaller ones, as long as they show the same fault.
        The order is the same every time.

        Args:
            budget_s: seconds after which the search is stopped.

        Returns:
            Whether it came to its end within the budget.

        Raises:
            CheckToolFailed: the child does not start.
        """
        self.prepare()
        assert self._starting is not None
        started = self._starting
        process = await asyncio.shield(started)
        self._starting = None
        free = False
        try:
            async with asyncio.timeout(budget_s):
                free = await _converse(process, plan, answer)
        except TimeoutError:
            return False
        finally:
            if free and self._starting is None:
                self._starting = started
            else:
                await _end(process)
        return True

    async def __aenter__(self) -> InputSearch:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        starting, self._starting = self._starting, None
        if starting is not None:
            starting.cancel()
            for process in await asyncio.gather(starting, return_exceptions=True):
                if isinstance(process, Process):
                    await _end(process)


async def _start() -> Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "engine.inputs.child"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={
            **os.environ,
            "HYPOTHESIS_STORAGE_DIRECTORY": str(paths.cache_dir() / "hypothesis"),
            "HYPOTHESIS_NO_PLUGINS": "1",  # looking for some was a tenth of the start
        },
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_START_S):
            ready = await _line(process)
    except BaseException as error:
        await _end(process)
        if isinstance(error, TimeoutError):
            raise CheckToolFailed("The search for inputs does not start.", "Run `lift doctor`.") from error
        raise
    if not ready:
        assert process.stderr is not None
        told = (await process.stderr.read()).decode(errors="replace").strip().rpartition("\n")[2]
        await _end(process)
        raise CheckToolFailed(f"The search for inputs does not start: {told}", "Install Lift again.")
    return process


async def _converse(process: Process, plan: Plan, answer: Answer) -> bool:
    """Go through one search; whether the child is still there for another."""
    assert process.stdin is not None
    message: dict[str, Any] = plan.to_data()
    while True:
        process.stdin.write(json.dumps(message).encode() + b"\n")
        asked = await _line(process)
        if "call" not in asked:
            return "done" in asked
        message = {"answer": await answer(asked["call"])}


async def _line(process: Process) -> dict[str, Any]:
    """The child's next line; empty when it is gone."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    return json.loads(line) if line.endswith(b"\n") else {}


async def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    if process.stdin is not None:
        process.stdin.close()
