"""``lift session undo|redo|select|fork``: which draft is the current one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.commands import session_json
from tui.commands.session_common import WORDS, Output, author_option, draft_option, session_argument, store_command

if TYPE_CHECKING:
    from engine.sessions.records import Draft
    from engine.sessions.store import SessionStore


@click.command()
@session_argument
@author_option
@store_command
def undo(store: SessionStore, output: Output, *, session: str, author: str) -> None:
    """Go back to the draft of SESSION before the last change.

    JSON: {"session_id", "draft"}
    """
    from engine.lifecycle import moving
    from engine.lifecycle.finding import find_session

    found = find_session(store, session)
    draft = moving.undo(store, found.id, author=author)
    _moved(output, found.id, draft, f"Take it back: lift session redo {found.id}")


@click.command()
@session_argument
@author_option
@store_command
def redo(store: SessionStore, output: Output, *, session: str, author: str) -> None:
    """Take the last undo in SESSION back.

    JSON: {"session_id", "draft"}
    """
    from engine.lifecycle import moving
    from engine.lifecycle.finding import find_session

    found = find_session(store, session)
    draft = moving.redo(store, found.id, author=author)
    _moved(output, found.id, draft, f"Go back again: lift session undo {found.id}")


@click.command()
@session_argument
@click.argument("number", type=click.IntRange(min=1))
@author_option
@store_command
def select(store: SessionStore, output: Output, *, session: str, number: int, author: str) -> None:
    """Make draft NUMBER of SESSION the current one, for instance a sibling.

    JSON: {"session_id", "draft"}
    """
    from engine.lifecycle import moving
    from engine.lifecycle.finding import find_session

    found = find_session(store, session)
    draft = moving.select(store, found.id, number, author=author)
    _moved(output, found.id, draft, f"Take it back: lift session undo {found.id}")


@click.command()
@session_argument
@draft_option
@click.option("--title", default="", type=WORDS, help="Title of the new session; default: its summary.")
@author_option
@store_command
def fork(store: SessionStore, output: Output, *, session: str, number: int | None, title: str, author: str) -> None:
    """Begin a new session from a draft of SESSION; SESSION itself stays as it is.

    JSON: {"session"}
    """
    from engine.lifecycle import moving
    from engine.lifecycle.finding import find_session

    found = find_session(store, session)
    made = moving.fork(store, found.id, number, author=author, title=title)
    output.done(
        {"session": session_json.session(made)},
        f"{made.id} is a fork of {found.id}. Edit it: lift session edit {made.id}",
    )


def _moved(output: Output, session_id: str, draft: Draft, todo: str) -> None:
    output.done(
        {"session_id": session_id, "draft": session_json.draft(draft)},
        f"Draft {draft.seq} of {session_id} is the current one now. {todo}",
    )
