"""``lift bench report``: the report, or a comparison, from results that are there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.bench.results import Results

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("results", nargs=-1, required=True, type=_FILE, metavar="RESULTS.json…")
@click.option("--report", "path", type=_FILE, metavar="FILE.md", help="Where the report goes; default: print it.")
@click.option("--compare", type=_FILE, metavar="OLD.json", help="Instead, say what is worse than in those results.")
@click.option("--savings", type=_FILE, metavar="FILE.json", help="What was made faster, for the report.")
@click.option("--quote", type=_FILE, metavar="FILE", help="Fill in the figures that this file quotes.")
def report(
    *, results: tuple[Path, ...], path: Path | None, compare: Path | None, savings: Path | None, quote: Path | None
) -> int:
    """Write the report on RESULTS, which earlier runs left; warm and cold ones of one model go together.

    The first model is the one that the report begins with. Images go to docs/performance beside the report. A
    file quotes a figure like this: <!-- bench: passed -->87 %<!-- /bench -->.
    """
    from engine.bench.report import report as reported
    from engine.bench.results import read
    from engine.bench.savings import read as read_savings
    from tui.commands.bench import compared

    found = [read(file) for file in results]
    if compare is not None:
        return max(compared(one, read(compare)) for one in found)
    written = reported(found, read_savings(savings) if savings else None)
    if quote is not None:
        _quote(quote, found)
    if path is None and quote is not None:
        return 0
    if path is None:
        click.echo(written.text, nl=False)
        return 0
    written.write(path)
    click.echo(f"The report is {path}, with {len(written.images)} images in {path.parent / 'docs/performance'}.")
    return 0


def _quote(path: Path, results: list[Results]) -> None:
    """Fill in the figures that ``path`` quotes."""
    from engine.bench.quotes import fill, marked, quotes
    from engine.errors import UsageError

    try:
        text = path.read_text(encoding="utf-8")
        path.write_text(fill(text, quotes(results)), encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be filled in: {error}.", "Check the path.") from error
    click.echo(f"{path} quotes {len(marked(text))} figures.")
