"""Driving one run of the benchmark from the command line, with signals that stop it well."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from engine import paths, prompts
from engine.bench.cold import Chill, chill_for
from engine.bench.cost import EndpointFacts
from engine.bench.machine import lift_version, peak_memory_mib, this_machine
from engine.bench.records import utc_now
from engine.bench.results import Header, Ledger, Options, Results
from engine.bench.runner import Bench, phases
from engine.bench.tasks import Task
from engine.endpoints.connect import new_client
from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import Sampling
from engine.errors import LiftError, UsageError
from tui.driving import on_terminal
from tui.present_bench import BenchPresenter
from tui.wording import printable

CANCELLED = 130


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be measured, and how."""

    tasks: Sequence[Task]
    profile: Profile
    model: str | None
    sampling: Sampling
    options: Options
    unsafe: bool = False


def measure(order: Order, out: Path | None, *, resume: bool) -> tuple[int, Results | None]:
    """Measure, print the figures, keep the results; returns the exit code and the results, if there are any.

    Args:
        out: where the results go; a dated file in the data folder if not given.
        resume: go on with what is there.

    Raises:
        UsageError: the options do not go together, or the file cannot be used.
    """
    options = order.options
    if options.cold and options.concurrency > 1:
        raise UsageError("--cold and --concurrency exclude each other.", "One start at a time can be measured.")
    chill = _chill(order.profile) if options.cold else None
    path = out or _default_file(resume=resume)
    header = Header(
        lift=lift_version(),
        prompt_version=prompts.version(),
        began=utc_now(),
        machine=this_machine(),
        endpoint=EndpointFacts.of(order.profile),
        model=options.model,
        options=options,
    )
    return asyncio.run(_measure(order, Ledger(path, header, resume=resume), chill))


async def _measure(order: Order, ledger: Ledger, chill: Chill | None) -> tuple[int, Results | None]:
    options = order.options
    rounds = phases(order.tasks, repeat=options.repeat, baselines=options.baseline, cold=options.cold)
    stopped = _cancel_on_signals()
    failure: LiftError | None = None
    cancelled = False
    presenter = BenchPresenter(terminal=on_terminal())
    with tempfile.TemporaryDirectory(prefix="lift-bench-") as folder, presenter:
        presenter.begin(f"{len(order.tasks)} tasks on {order.profile.name}; the results go to {ledger.path}")
        async with new_client() as client:
            bench = Bench(
                profile=order.profile,
                client=client,
                folder=Path(folder),
                model=order.model,
                sampling=order.sampling,
                unsafe=order.unsafe,
                chill=chill,
                concurrency=options.concurrency,
            )
            try:
                await bench.run(rounds, ledger, on_record=presenter.record, on_waiting=presenter.waiting)
            except asyncio.CancelledError:
                if not stopped:
                    raise
                cancelled = True
            except LiftError as error:
                failure = error
    complete = all(ledger.has(job.key) for jobs in rounds for job in jobs)
    results = ledger.close(complete=complete, ended=utc_now(), peak_memory_mib=peak_memory_mib())
    if results.records or results.baseline:
        presenter.summary(results)
    _end(ledger, results, failure, cancelled=cancelled)
    code = CANCELLED if cancelled else failure.exit_code if failure else 0
    return code, results


def _end(ledger: Ledger, results: Results, failure: LiftError | None, *, cancelled: bool) -> None:
    """Say where the results are, why there are no more of them, and how to go on."""
    kept = len(results.records) + len(results.baseline)
    if failure is not None:
        click.echo(printable(str(failure)), err=True)
    if kept:
        click.echo(f"The results are in {ledger.path}.")
    if cancelled or failure is not None:
        click.echo(f"{'Stopped' if cancelled else 'Not finished'}; {kept} results are kept.", err=True)
        click.echo(f"Go on with: {_again(ledger.path)}" if kept else "Nothing was measured.", err=True)


def _again(path: Path) -> str:
    """The command that goes on with ``path``."""
    given = [argument for argument in sys.argv[1:] if argument != "--resume"]
    if not given or given[0] != "bench":  # called from Python
        given = ["bench"]
    if not any(argument == "--json" or argument.startswith("--json=") for argument in given):
        given += ["--json", str(path)]
    return shlex.join(["lift", *given, "--resume"])


def _cancel_on_signals() -> list[int]:
    """Cancel this task at the first signal; the list tells which one came."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    came: list[int] = []

    def stop(number: int) -> None:
        if not came:  # what is being put away must not be interrupted by somebody in a hurry
            task.cancel()
        came.append(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop, number)
    return came


def _chill(profile: Profile) -> Chill:
    if profile.kind != "modal":
        return chill_for(profile)
    from modal_app.deployment import SERVER_NAME
    from modal_app.settings import Settings, choices

    app = choices(os.environ).get("app_name") or str(Settings.model_fields["app_name"].default)
    return chill_for(profile, app=app, server=SERVER_NAME)


def _default_file(*, resume: bool) -> Path:
    """A new file in the data folder, or to go on with, the newest one there.

    Raises:
        UsageError: there is none to go on with.
    """
    folder = paths.data_dir() / "bench"
    if not resume:
        return folder / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    earlier = sorted({file.name.removesuffix(".journal") for file in folder.glob("*.json*")})
    if not earlier:
        raise UsageError("There is no run to go on with.", "Leave out --resume, or name its results with --json.")
    return folder / earlier[-1]
