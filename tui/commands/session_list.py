"""``lift session list|search|tags``: finding sessions."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import click

from tui.commands import session_json
from tui.commands.session_common import WORDS, Output, store_command

if TYPE_CHECKING:
    from engine.sessions.records import Session
    from engine.sessions.store import SessionStore

_COLUMNS = ("id", "state", "title", "function", "drafts", "holes", "checks", "tags", "model", "updated")
_NARROW = ("id", "state", "title", "holes", "checks", "updated")
_ROOMY = 130
"""Terminals narrower than this (in columns) get only what tells sessions apart; without a terminal all is given."""


@click.command("list")
@click.option("--state", type=click.Choice(["draft", "finalized", "abandoned"]), help="Only sessions in this state.")
@click.option("--tag", type=WORDS, help="Only sessions with this tag.")
@click.option("--model", type=WORDS, help="Only sessions whose newest run used this model.")
@click.option("--holes/--no-holes", "has_holes", default=None, help="Only with, or without, open questions.")
@click.option("--failing/--passing", default=None, help="Only with, or without, failing checks.")
@click.option("--deleted", is_flag=True, help="Only deleted sessions.")
@click.option("--sort", type=click.Choice(["updated", "created", "title"]), default="updated", show_default=True)
@click.option("--reverse", is_flag=True, help="Oldest first, or titles from z to a.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Sessions per page.")
@click.option("--after", "cursor", metavar="CURSOR", help="The page after this one; a page ends with its cursor.")
@store_command
def list_(
    store: SessionStore,
    output: Output,
    *,
    sort: Any,
    reverse: bool,
    limit: int,
    cursor: str | None,
    **where: Any,
) -> None:
    """List sessions, the newest first.

    JSON: {"sessions": [SESSION…], "next": CURSOR or null}
    """
    from engine.sessions.listing import Filter

    descending = (sort != "title") != reverse
    page = store.listing.page(Filter(**where), sort=sort, descending=descending, limit=limit, cursor=cursor)
    if output.as_json:
        output.done({"sessions": [session_json.session(item) for item in page.items], "next": page.next})
        return
    if not page.items and output.terminal:
        output.say('No session fits. Begin one: lift session new "what the function should do"')
    if page.items:
        shown = [*range(len(_COLUMNS))]
        if output.terminal and shutil.get_terminal_size().columns < _ROOMY:
            shown = [_COLUMNS.index(name) for name in _NARROW]
        rows = [[row[index] for index in shown] for row in map(_row, page.items)]
        output.table([_COLUMNS[index] for index in shown], rows, wide="title")
    if page.next:
        click.echo(f"More: --after {page.next}", err=not output.terminal)


@click.command()
@click.argument("query", type=WORDS)
@click.option("--prefix", is_flag=True, help="The last word may be the beginning of one.")
@click.option(
    "--in",
    "kinds",
    multiple=True,
    type=click.Choice(["title", "prompt", "spec", "code"]),
    help="Search only these texts; may be repeated.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Sessions per page.")
@click.option("--after", "cursor", metavar="CURSOR", help="The page after this one; a page ends with its cursor.")
@store_command
def search(
    store: SessionStore,
    output: Output,
    *,
    query: str,
    prefix: bool,
    kinds: tuple[Any, ...],
    limit: int,
    cursor: str | None,
) -> None:
    """Find the sessions with all words of QUERY in one of their texts.

    Words in double quotes follow each other; clam* stands for all words that begin like it.

    JSON: {"hits": [{"session", "kind", "number", "snippet", "matches": [[start, end]…]}…], "next": CURSOR or null}
    """
    from tui.wording import printable

    hits = store.search.page(query, prefix=prefix, kinds=kinds, limit=limit, cursor=cursor)
    if output.as_json:
        output.done({"hits": [session_json.hit(item) for item in hits.items], "next": hits.next})
        return
    for item in hits.items:
        where = f"{item.session.id}\t{item.kind} {item.number}\t{item.session.title}\t"
        click.echo(printable(where) + _highlighted(item.snippet))
    if not hits.items and output.terminal:
        output.say("Nothing found. Try fewer words, or --prefix.")
    if hits.next:
        click.echo(f"More: --after {hits.next}", err=not output.terminal)


@click.command()
@store_command
def tags(store: SessionStore, output: Output) -> None:
    """List the tags in use and how many sessions carry each.

    JSON: {"tags": {TAG: COUNT…}}
    """
    found = store.listing.tags()
    if output.as_json:
        output.done({"tags": found})
    else:
        output.table(("tag", "sessions"), ((tag, str(count)) for tag, count in found.items()))


def _row(item: Session) -> tuple[str, ...]:
    checks = f"{item.checks_passed} ok" if item.checks_passed or item.checks_failed else ""
    failed = f"{item.checks_failed} FAILED" if item.checks_failed else ""
    return (
        item.id,
        item.state,
        item.title,
        item.function,
        str(item.draft_count),
        str(item.holes_open) if item.holes_open else "",
        ", ".join(part for part in (checks, failed) if part),
        " ".join(item.tags),
        item.model,
        f"{item.updated_at.astimezone():%Y-%m-%d %H:%M}",
    )


def _highlighted(snippet: str) -> str:
    """The snippet on one line, what matches in brackets (and, where there are styles, bold)."""
    text, spans = session_json.split_marks(snippet)
    shown, end = "", 0
    for start, stop in spans:
        shown += _line(text[end:start]) + click.style(f"[{_line(text[start:stop])}]", bold=True)
        end = stop
    return shown + _line(text[end:])


def _line(text: str) -> str:
    from tui.wording import printable

    return printable(" ".join(text.split("\n")))
