"""``lift bench``: measure the pipeline on suites of prompts with hidden tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.lazy import LazyGroup
from tui.options import endpoint_options

if TYPE_CHECKING:
    from engine.bench.records import Baseline
    from engine.bench.results import Results

COMMANDS = {"report": ("tui.commands.bench_report", "Write the report from stored results, without measuring.")}

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--suite", "suites", multiple=True, metavar="FILE", help="Tasks, one JSON object a line; default: our own 78."
)
@click.option("--only", multiple=True, metavar="CATEGORY", help="Only the tasks of this category.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N tasks.")
@endpoint_options
@click.option("--repeat", type=click.IntRange(1, 1000), default=1, show_default=True, help="How often to run each.")
@click.option("--concurrency", type=click.IntRange(1, 64), default=1, show_default=True, help="Tasks at once.")
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    type=click.Choice(["raw", "plain"]),
    help="Then ask the same model without Lift, too: raw for the code only, plain with nothing but the prompt.",
)
@click.option("--cold", is_flag=True, help="Make the endpoint start anew before each task.")
@click.option("--json", "out", type=_FILE, metavar="FILE", help="Where the results go.")
@click.option("--resume", is_flag=True, help="Go on with what the results do not have yet.")
@click.option("--report", type=_FILE, metavar="FILE.md", help="Write a report on this run.")
@click.option("--compare", type=_FILE, metavar="OLD.json", help="Say what is worse than in those results.")
@click.option("--unsafe-run", is_flag=True, help="Run the code without confinement where this platform has none.")
@click.pass_context
def bench(
    context: click.Context,
    *,
    suites: tuple[str, ...],
    only: tuple[str, ...],
    limit: int | None,
    endpoint: str | None,
    model: str | None,
    seed: int | None,
    temperature: float,
    max_tokens: int,
    repeat: int,
    concurrency: int,
    baselines: tuple[Baseline, ...],
    cold: bool,
    out: Path | None,
    resume: bool,
    report: Path | None,
    compare: Path | None,
    unsafe_run: bool,
) -> int | None:
    """Measure how often Lift's code is right, and how long it takes.

    Each prompt goes through the whole pipeline, and its code is held against hidden tests in the sandbox. A suite
    is a file of ours (fresh, held_out, tune, unseen), or any with one JSON object a line: name, category, prompt, and
    calls with args, kwargs, and returns, raises or property; lines in HumanEval's shape work, too.

    Results are kept as they come: Ctrl-C, or worse, loses the task under way, and --resume goes on.

    \b
    Exit codes: 0 measured; 1 --compare shows fewer tasks passing; 2 wrong usage;
    3 the endpoint cannot be reached or refuses; 130 cancelled.
    """
    if context.invoked_subcommand is not None:
        return None
    from engine.bench.report import report as reported
    from engine.bench.results import Options, read
    from engine.bench.tasks import gather
    from engine.endpoints.profiles import Profiles
    from engine.endpoints.protocol import Sampling
    from tui.bench_run import Order, measure

    old = read(compare) if compare else None
    tasks = gather(suites, only=only, limit=limit)
    profile = Profiles().get(endpoint)
    order = Order(
        tasks=tasks,
        profile=profile,
        model=model,
        sampling=Sampling(temperature=temperature, seed=seed, max_tokens=max_tokens),
        options=Options(
            suites=tuple(dict.fromkeys(task.suite for task in tasks)),
            only=only,
            limit=limit,
            repeat=repeat,
            concurrency=concurrency,
            baseline=tuple(dict.fromkeys(baselines)),
            cold=cold,
            model=model or profile.model,
            temperature=temperature,
            seed=seed,
            max_tokens=max_tokens,
        ),
        unsafe=unsafe_run,
    )
    code, results = measure(order, out, resume=resume)
    if results is not None and results.records:
        if report is not None:
            reported([results]).write(report)
            click.echo(f"The report is {report}.")
        if old is not None:
            code = code or compared(results, old)
    return code


def compared(results: Results, old: Results) -> int:
    """Print how ``results`` compare with ``old``; returns 1 when fewer tasks pass, which the interval shows."""
    from engine.bench.compare import compare, told
    from engine.bench.report_tables import moment

    found = compare(results, old)
    click.echo(f"\nCompared with the run of {moment(old.began)}:")
    for line in told(found):
        click.echo(f"  {line}")
    return 1 if found.regressed else 0
