"""The command line: ``lift run``, ``lift session``, ``lift endpoint``, ``lift model``, …

Each command lives in its own module and is imported when it is called, so that ``lift --help``
loads nothing of the engine.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from tui.lazy import LazyGroup

COMMANDS = {
    "run": ("tui.commands.run", "Turn a prompt, or a specification, into checked code."),
    "session": ("tui.commands.session", "Browse, refine, finalize and export what was made."),
    "demo": ("tui.commands.demo", "Watch a recorded session; no model and no network needed."),
    "endpoint": ("tui.commands.endpoint", "Where tokens come from: add, list, use, test, start, stop."),
    "modal": ("tui.commands.modal", "Your own GPU endpoint on Modal: deploy, status, warm, logs, stop, cost."),
    "model": ("tui.commands.model", "The embedded models' weights: list, pull, verify, path."),
    "grammar": ("tui.commands.grammar", "What a model may say when it writes code: show, check."),
    "bench": ("tui.commands.bench", "Measure how often the code is right and how long it takes."),
    "doctor": ("tui.commands.doctor", "Check this machine and say what to do."),
}
"""Each command's module, which holds a click command of the command's name, and its one-line help."""


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--endpoint", metavar="NAME|URL", help="The workbench's endpoint, for this sitting.")
@click.option("--session", metavar="ID", help="The session that the workbench opens; may be shortened, @ is the last.")
@click.option("--db", type=click.Path(dir_okay=False, path_type=Path), metavar="PATH", help="Its session database.")
@click.version_option(package_name="lift-workbench", prog_name="lift")
@click.pass_context
def lift(context: click.Context, endpoint: str | None, session: str | None, db: Path | None) -> int | None:
    """Plain English in; a typed, checkable specification and checked Python out.

    Without a command: the workbench, full screen.

    Exit codes: 0 done and checked; 1 code was made but a check failed; 2 wrong usage; 3 the
    endpoint cannot be reached or refuses; 4 the model's output broke the contract; 130 cancelled.
    """
    if os.environ.get("NO_COLOR"):
        context.color = False
    if context.invoked_subcommand is not None:
        if endpoint or session or db:
            raise click.UsageError("--endpoint, --session and --db before a command are for none; put them after it.")
        return None
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo(context.get_help(), err=True)
        return 2
    from tui.latency import draw_soon

    draw_soon()
    from tui.app import LiftApp

    app = LiftApp(db=db, endpoint=endpoint, session=session)
    app.run()
    return app.return_code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    An expected failure is a message on standard error. An unexpected one is a message too, and
    its traceback goes to a file, because that is where a maintainer needs it.
    """
    # asyncio warns of children that were gone before it looked; a warning in the middle of a screen helps nobody.
    if not (warnings := logging.getLogger("asyncio")).handlers:
        warnings.addHandler(logging.NullHandler())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a narrow encoding cannot say is escaped, not a failure
            stream.reconfigure(errors="backslashreplace")
    try:
        outcome = lift.main(args=arguments, prog_name="lift", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 130
    except Exception as error:  # noqa: BLE001 - the outermost handler; the user must never see a traceback
        return _report(error)
    return outcome if isinstance(outcome, int) else 0


def _report(error: Exception) -> int:
    from engine.errors import LiftError
    from tui.wording import printable

    if isinstance(error, LiftError):
        click.echo(printable(str(error)), err=True)
        return error.exit_code
    from tui.crash import write_crash_report

    click.echo(printable(f"Lift ran into a defect of its own ({type(error).__name__}: {error})."), err=True)
    try:
        click.echo(
            f"The details are in {write_crash_report(error)}; please report them. Your sessions are safe.", err=True
        )
    except OSError as unwritable:
        click.echo(f"The details could not be saved ({unwritable}).", err=True)
    return 70
