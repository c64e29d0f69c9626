"""``lift bench report``: the report, or a comparison, from results that are there."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("results", nargs=-1, required=True, type=_FILE, metavar="RESULTS.json…")
@click.option("--report", "path", type=_FILE, metavar="FILE.md", help="Where the report goes; default: print it.")
@click.option("--compare", type=_FILE, metavar="OLD.json", help="Instead, say what is worse than in those results.")
def report(*, results: tuple[Path, ...], path: Path | None, compare: Path | None) -> int:
    """Write the report on RESULTS, which earlier runs left; warm and cold ones of one model go together.

    The first model is the one that the report begins with. Images go to docs/performance beside the report.
    """
    from engine.bench.report import report as reported
    from engine.bench.results import read
    from tui.commands.bench import compared

    found = [read(file) for file in results]
    if compare is not None:
        return max(compared(one, read(compare)) for one in found)
    written = reported(found)
    if path is None:
        click.echo(written.text, nl=False)
        return 0
    written.write(path)
    click.echo(f"The report is {path}, with {len(written.images)} images in {path.parent / 'docs/performance'}.")
    return 0
