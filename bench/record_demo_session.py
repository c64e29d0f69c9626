"""Recording what ``lift demo`` plays: its script, typed into the workbench, on the embedded model.

``python -m bench.record_demo_session tui/demo/session.jsonl`` plays the script with real runs, keeps every event with
its moment, and replaces the file. Nothing is edited afterwards. The model is loaded and its prompts are read before,
because a first start is not what the demo is about.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from engine.endpoints.profiles import LOCAL
from engine.stages.events import Event, RunFinished
from engine.stages.pipeline import Run
from tui.demo.app import DemoApp
from tui.demo.home import private_home
from tui.demo.pace import Pace
from tui.demo.script import SCRIPT
from tui.demo.tape import Moment, Tape, write_tape

if TYPE_CHECKING:
    import httpx

    from engine.sessions.store import SessionStore
    from engine.stages.jobs import RunRequest

SIZE = (120, 34)


class TapedRun(Run):
    """A run of the pipeline that keeps what it says."""

    def __init__(self, request: RunRequest, store: SessionStore, client: httpx.AsyncClient, tape: Tape) -> None:
        super().__init__(request, store, client)
        self._tape = tape

    async def events(self) -> AsyncGenerator[Event]:
        """The run's events, as they come."""
        moments: list[Moment] = []
        self._tape.runs.append(moments)
        zero = time.monotonic()
        async with aclosing(super().events()) as events:
            async for event in events:
                moments.append(Moment(time.monotonic() - zero, event))
                yield event


def lift(*arguments: str) -> None:
    """Run a command of Lift; a failure ends the recording."""
    command = [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


async def record(db: Path) -> Tape:
    """Play the script on the embedded model."""
    tape = Tape()

    def make_run(request: RunRequest, store: SessionStore, client: httpx.AsyncClient) -> TapedRun:
        return TapedRun(request, store, client, tape)

    app = DemoApp(db, SCRIPT, Pace(), make_run, endpoint=LOCAL)
    async with app.run_test(size=SIZE):
        await app.ended.wait()
    if app.failure is not None:
        raise SystemExit(str(app.failure))
    last = tape.runs[-1][-1].event
    tape.model = last.model if isinstance(last, RunFinished) else ""
    return tape


def main(target: Path) -> None:
    """Record, and put the recording at ``target``."""
    os.environ["USER"] = "ada"  # who decides in the recording
    with private_home() as db:
        try:
            lift("run", "--db", str(db.with_name("warm.db")), "Add up a list of numbers.")
            tape = asyncio.run(record(db))
        finally:
            lift("endpoint", "stop")
    write_tape(target, tape)
    print(f"{len(tape.runs)} runs, {tape.duration_s:.1f} s, {target.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
