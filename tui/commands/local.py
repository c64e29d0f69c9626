"""The embedded endpoint's process: ``lift endpoint status|start|stop|logs``."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.endpoints.local.manager import LocalState


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(*, as_json: bool) -> None:
    """Say whether the embedded model is running."""
    from engine.endpoints.local import manager

    now = asyncio.run(manager.status())
    if as_json:
        click.echo(json.dumps(now.as_dict(), indent=2))
    elif not now.running or now.started_at is None:
        click.echo("The embedded model is not running. It starts with the next run, or: lift endpoint start")
    else:
        doing = {"loading": "loading", "silent": "not answering", "ready": "working" if now.busy else "idle"}
        click.echo(f"{now.model}: {doing[now.phase]}")
        click.echo(f"  at       {now.base_url or '-'} (process {now.pid})")
        click.echo(f"  started  {_ago(now.started_at)} ago; ends after {now.idle_s:.0f} s without a request")
        click.echo(f"  log      {now.log}")


@click.command()
@click.argument("name", required=False)
@click.option(
    "--idle", "idle_s", type=click.FloatRange(min=1), default=600.0, show_default=True, help="Idle window, in seconds."
)
def start(name: str | None, *, idle_s: float) -> None:
    """Start the embedded model NAME (the default one, if not given) and wait until it is ready."""
    from engine import weights
    from engine.endpoints.local import manager

    entry = weights.find(name) if name else weights.list_models()[0]
    with _Spinner() as spinner:
        endpoint = asyncio.run(manager.ensure(entry, idle_s=idle_s, on_state=spinner.show))
    click.echo(f"{endpoint.model_name} is ready at {endpoint.base_url} (process {endpoint.pid}).")


@click.command()
def stop() -> None:
    """End the embedded model's process; requests it is answering break off."""
    from engine.endpoints.local import manager

    ended = asyncio.run(manager.stop())
    click.echo("Stopped." if ended else "The embedded model was not running.")


@click.command()
@click.option("-n", "--lines", type=click.IntRange(min=1), default=50, show_default=True, help="Lines to show.")
def logs(*, lines: int) -> None:
    """Show the end of the embedded model's log."""
    from engine.endpoints.local.state import log_path

    log = log_path()
    if not log.exists():
        click.echo(f"There is no log yet ({log}).")
        return
    text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    click.echo("\n".join(text[-lines:]))


def _ago(started_at: float) -> str:
    seconds = max(0, int(time.time() - started_at))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s"


class _Spinner:
    """One line on standard error that says what is being waited for, and for how long."""

    def __enter__(self) -> _Spinner:
        from rich.console import Console

        self._status = Console(stderr=True).status("starting …")
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def show(self, state: LocalState) -> None:
        """Hear from :func:`engine.endpoints.local.manager.ensure`."""
        typical = f" (typical {state.typical_load_s:.0f} s)" if state.typical_load_s else ""
        self._status.update(f"{state.phase} … {state.elapsed_s:.0f} s{typical}")
