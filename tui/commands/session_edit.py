"""``lift session edit|add|remove|move|resolve``: changing a specification by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.commands.session_common import (
    WORDS,
    Output,
    author_option,
    base_option,
    reason_option,
    session_argument,
    store_command,
)

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore


@click.command()
@session_argument
@click.argument("address", required=False, type=WORDS)
@click.argument("value", required=False, type=WORDS)
@click.option("--file", "file", metavar="FILE", help='Take the whole text form from FILE; "-" for standard input.')
@base_option
@reason_option
@author_option
@store_command
def edit(
    store: SessionStore,
    output: Output,
    *,
    session: str,
    address: str | None,
    value: str | None,
    file: str | None,
    base: int | None,
    reason: str,
    author: str,
) -> None:
    """Edit the specification of SESSION in $VISUAL or $EDITOR, or set the clause at ADDRESS to VALUE.

    \b
    lift session edit @
    lift session edit @ 'ensures[0]' 'low <= result <= high'
    lift session edit @ 'ensures[0].rationale' 'the result lies in the range'
    lift session edit @ 'signature.parameters[1].type_hint' 'int | None'
    lift session edit @ intent.summary 'Clamp a value.'

    An edit with errors is saved and says what is wrong. When somebody else has changed the session
    since draft --base, both changes are kept, and you are told.

    JSON: {"session_id", "draft", "became_sibling", "changes", "problems"}
    """
    from engine.errors import UsageError
    from engine.lifecycle import editing
    from engine.lifecycle.finding import find_draft, find_session
    from tui.texts import read_text

    found = find_session(store, session)
    base_id = find_draft(store, found.id, base).id if base or found.head_id else None
    if file is not None:
        if address is not None:
            raise UsageError("--file replaces the whole text.", "Leave out either --file or the address.")
        text = read_text(file)
        edited = editing.edit_text(store, found.id, text, base=base_id, author=author, reason=reason)
    elif address is None:
        from tui.commands.session_editor import edit_in_editor

        edited = edit_in_editor(store, found, base_id, author=author, reason=reason, ask=not output.as_json)
    elif value is None:
        raise UsageError(f"What should {address} be?", f"Give it a value: lift session edit {session} {address} VALUE")
    else:
        edited = editing.edit_clause(store, found.id, address, value, base=base_id, author=author, reason=reason)
    output.edited(store, found, edited)


@click.command()
@session_argument
@click.argument("clauses", metavar="LIST", type=WORDS)
@click.argument("text", type=WORDS)
@click.option("--at", "place", type=click.IntRange(min=0), metavar="N", help="Its place, from 0; default: the last.")
@base_option
@reason_option
@author_option
@store_command
def add(
    store: SessionStore,
    output: Output,
    *,
    session: str,
    clauses: str,
    text: str,
    place: int | None,
    base: int | None,
    reason: str,
    author: str,
) -> None:
    """Add the clause TEXT to LIST: requires, ensures, raises, effects, examples, holes or parameters.

    \b
    lift session add @ ensures 'low <= result, "never below"'
    lift session add @ raises 'ValueError, low > high'
    lift session add @ examples 'clamp(5, 0, 3) == 3'
    lift session add @ effects 'writes the log file'
    lift session add @ parameters 'strict: bool = False'
    lift session add @ holes '"nan", kind="signature", ask="Reject NaN?", options=["yes", "no"]'

    JSON: {"session_id", "draft", "became_sibling", "changes", "problems"}
    """
    from engine.lifecycle import editing
    from engine.lifecycle.finding import find_draft, find_session

    found = find_session(store, session)
    base_id = find_draft(store, found.id, base).id
    edited = editing.add_clause(store, found.id, clauses, text, place=place, base=base_id, author=author, reason=reason)
    output.edited(store, found, edited)


@click.command()
@session_argument
@click.argument("address", type=WORDS)
@base_option
@reason_option
@author_option
@store_command
def remove(
    store: SessionStore, output: Output, *, session: str, address: str, base: int | None, reason: str, author: str
) -> None:
    """Remove the clause at ADDRESS, for example ensures[0].

    JSON: {"session_id", "draft", "became_sibling", "changes", "problems"}
    """
    from engine.lifecycle import editing
    from engine.lifecycle.finding import find_draft, find_session

    found = find_session(store, session)
    base_id = find_draft(store, found.id, base).id
    edited = editing.remove_clause(store, found.id, address, base=base_id, author=author, reason=reason)
    output.edited(store, found, edited)


@click.command()
@session_argument
@click.argument("address", type=WORDS)
@click.argument("place", type=click.IntRange(min=0))
@base_option
@reason_option
@author_option
@store_command
def move(
    store: SessionStore,
    output: Output,
    *,
    session: str,
    address: str,
    place: int,
    base: int | None,
    reason: str,
    author: str,
) -> None:
    """Move the clause at ADDRESS to PLACE (from 0) in its list.

    JSON: {"session_id", "draft", "became_sibling", "changes", "problems"}
    """
    from engine.lifecycle import editing
    from engine.lifecycle.finding import find_draft, find_session

    found = find_session(store, session)
    base_id = find_draft(store, found.id, base).id
    edited = editing.move_clause(store, found.id, address, place, base=base_id, author=author, reason=reason)
    output.edited(store, found, edited)


@click.command()
@session_argument
@click.argument("hole", required=False, type=WORDS)
@click.option("--pick", type=click.IntRange(min=1), metavar="N", help="Take option N, from 1.")
@click.option("--answer", type=WORDS, metavar="TEXT", help="Answer in your own words.")
@click.option("--reject", is_flag=True, help="Turn the question down.")
@base_option
@reason_option
@author_option
@store_command
def resolve(
    store: SessionStore,
    output: Output,
    *,
    session: str,
    hole: str | None,
    pick: int | None,
    answer: str | None,
    reject: bool,
    base: int | None,
    reason: str,
    author: str,
) -> None:
    """Answer the open question HOLE of SESSION; without HOLE, list the open ones.

    The answer becomes a type, an effect, an assertion, or a rule in words, as the question asks.

    JSON: {"session_id", "draft", "became_sibling", "changes", "problems"}; without HOLE {"session_id", "holes"}
    """
    from engine.lifecycle.finding import find_draft, find_session
    from engine.lifecycle.holes import describe
    from engine.lifecycle.holes import resolve as answer_hole

    found = find_session(store, session)
    draft = find_draft(store, found.id, base)
    if hole is None:
        holes = [open_hole.model_dump(mode="json") for open_hole in draft.ir.holes]
        lines = [*map(describe, draft.ir.holes)] or ["  Every question is answered."]
        output.done({"session_id": found.id, "holes": holes}, *lines)
        return
    edited = answer_hole(
        store, found.id, hole, pick=pick, answer=answer, reject=reject, base=draft.id, author=author, reason=reason
    )
    output.edited(store, found, edited)
