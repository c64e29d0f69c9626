"""What the commands of ``lift session`` share: the store, the options, and how results are told."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.options import store_option

if TYPE_CHECKING:
    from engine.lifecycle.editing import Edited
    from engine.sessions.records import Session
    from engine.sessions.store import SessionStore


class Words(click.ParamType):
    """Text that can be stored: bytes of the command line that are no UTF-8 are refused."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """``value`` if it is proper text."""
        text = str(value)
        if any("\ud800" <= character <= "\udfff" for character in text):
            self.fail("not UTF-8 text; convert it first, for example with iconv -t utf-8", param, ctx)
        return text


WORDS = Words()

session_argument = click.argument("session", type=WORDS)
author_option = click.option(
    "--author", envvar=["USER", "LOGNAME"], default="", type=WORDS, help="Your name; default: $USER."
)
reason_option = click.option("--reason", default="", type=WORDS, help="Why, in words; kept in the history.")
base_option = click.option(
    "--base",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of the draft that this changes; default: the current.",
)
draft_option = click.option(
    "--draft", "number", type=click.IntRange(min=1), metavar="N", help="Number of the draft; default: the current."
)


class Output:
    """Tells a result: as one JSON document, or in words.

    Attributes:
        as_json: whether JSON is wanted.
        terminal: whether a person reads along.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"

    def done(self, document: dict[str, Any], *lines: str) -> None:
        """Print the document, or else the lines."""
        if self.as_json:
            print_json(document)
        else:
            self.say(*lines)

    def say(self, *lines: str) -> None:
        """Print lines of text, control characters made visible."""
        from tui.wording import printable

        for line in lines:
            click.echo(printable(line))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], wide: str = "") -> None:
        """A table on a terminal; without one, a line per row with tabs between the cells.

        Args:
            wide: the column that gets what room there is.
        """
        from tui.wording import printable

        cells = [[" ".join(printable(cell).split()) for cell in row] for row in rows]
        if not self.terminal:
            for row in cells:
                click.echo("\t".join(row))
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console = Console(highlight=False)
        drawn = Table(box=None, pad_edge=False, header_style="bold")
        texts = [[Text(cell) for cell in row] for row in cells]
        widths = [max([len(name), *(row[index].cell_len for row in texts)]) for index, name in enumerate(columns)]
        for name, width in zip(columns, widths, strict=True):
            drawn.add_column(name, no_wrap=True)
            if name == wide:  # Rich would take from every column what it lacks, ids included
                room = console.width - (sum(widths) - width) - 2 * (len(widths) - 1)
                for row in texts:
                    row[columns.index(wide)].truncate(max(room, len(wide)), overflow="ellipsis")
        for row in texts:
            drawn.add_row(*row)
        console.print(drawn)

    def edited(self, store: SessionStore, session: Session, edited: Edited) -> None:
        """Tell what became of an edit, and what to do when somebody else has edited meanwhile."""
        from tui.commands import session_json

        if self.as_json:
            print_json(session_json.edited(session.id, edited))
            return
        draft = edited.draft
        if not edited.changes:
            self.say(f"Nothing changed; draft {draft.seq} stays.")
        elif edited.became_sibling:
            head = store.drafts.head(session.id)
            current = head.seq if head else draft.seq
            self.say(
                f"Saved as draft {draft.seq}, a sibling: meanwhile draft {current} has become the current one.",
                f"See the difference: lift session diff {session.id} {current} {draft.seq}",
                f"Choose yours:       lift session select {session.id} {draft.seq}",
            )
        else:
            self.say(f"Saved as draft {draft.seq} of {session.id}. Take it back: lift session undo {session.id}")
        self.changes(edited.changes)
        self.problems(edited.problems)

    def changes(self, changes: Iterable[Any]) -> None:
        """Changes of a comparison, each with a sign and, on a terminal, a colour."""
        for change in changes:
            self.styled(f"  {SIGNS[change.kind]} {change.summary}", fg=_COLOURS[change.kind])

    def problems(self, problems: Iterable[Any]) -> None:
        """What is wrong with a draft."""
        for problem in problems:
            suggestion = f" {problem.suggestion}" if problem.suggestion else ""
            colour = "red" if problem.severity == "error" else "yellow"
            self.styled(f"  {problem.severity} at {problem.address}: {problem.message}.{suggestion}", fg=colour)

    def styled(self, line: str, **style: Any) -> None:
        """A line in a colour, where there are colours."""
        from tui.wording import printable

        click.secho(printable(line), **style)


SIGNS = {"added": "+", "removed": "-", "changed": "~", "moved": ">"}
_COLOURS = {"added": "green", "removed": "red", "changed": "yellow", "moved": "cyan"}


def print_json(document: dict[str, Any]) -> None:
    """One JSON document; ASCII only, so that it survives every encoding and no terminal obeys it."""
    click.echo(json.dumps(document, indent=2))


def store_command(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command over the open session store: ``function(store, output, …)`` with ``--db`` and ``--json``.

    With ``--json`` an expected failure is a document too; the exit code is the same either way.
    """

    @store_option
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
    @functools.wraps(function)
    def command(*arguments: Any, db: Path | None, as_json: bool, **options: Any) -> Any:
        from engine.errors import LiftError
        from engine.lifecycle.starter import open_store

        try:
            with open_store(db) as store:
                return function(store, Output(as_json=as_json), *arguments, **options)
        except LiftError as error:
            if not as_json:
                raise
            print_json({"error": error.as_dict()})
            return error.exit_code

    return command
