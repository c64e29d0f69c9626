"""``lift session finalize|reopen|abandon|rename|tag|untag|delete|undelete|purge|prune``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tui.commands import session_json
from tui.commands.session_common import WORDS, Output, author_option, reason_option, session_argument, store_command

if TYPE_CHECKING:
    from engine.sessions.records import Session
    from engine.sessions.store import SessionStore


@click.command()
@session_argument
@reason_option
@author_option
@store_command
def finalize(store: SessionStore, output: Output, *, session: str, reason: str, author: str) -> None:
    """Sign the specification of SESSION off; it can be edited no more until it is reopened.

    Refused (exit code 2) while questions or errors are open; each is named.

    JSON: {"session"}
    """
    from engine.lifecycle import states
    from engine.lifecycle.finding import find_session

    found = states.finalize(store, find_session(store, session).id, author=author, reason=reason)
    _tell(output, found, f"{found.id} is finalized. Edit it again: lift session reopen {found.id}")


@click.command()
@session_argument
@reason_option
@author_option
@store_command
def reopen(store: SessionStore, output: Output, *, session: str, reason: str, author: str) -> None:
    """Make a finalized or abandoned SESSION editable again.

    JSON: {"session"}
    """
    from engine.lifecycle import states
    from engine.lifecycle.finding import find_session

    found = states.reopen(store, find_session(store, session).id, author=author, reason=reason)
    _tell(output, found, f"{found.id} is open. Edit it: lift session edit {found.id}")


@click.command()
@session_argument
@reason_option
@author_option
@store_command
def abandon(store: SessionStore, output: Output, *, session: str, reason: str, author: str) -> None:
    """Put SESSION aside without deleting it.

    JSON: {"session"}
    """
    from engine.lifecycle import states
    from engine.lifecycle.finding import find_session

    found = states.abandon(store, find_session(store, session).id, author=author, reason=reason)
    _tell(output, found, f"{found.id} is abandoned. Take it up again: lift session reopen {found.id}")


@click.command()
@session_argument
@click.argument("title", type=WORDS)
@author_option
@store_command
def rename(store: SessionStore, output: Output, *, session: str, title: str, author: str) -> None:
    """Give SESSION the title TITLE.

    JSON: {"session"}
    """
    from engine.lifecycle.finding import find_session

    before = find_session(store, session)
    found = store.sessions.rename(before.id, title, author=author)
    _tell(output, found, f"{found.id} is called “{found.title}” now; it was “{before.title}”.")


@click.command()
@session_argument
@click.argument("tags", nargs=-1, required=True, type=WORDS)
@author_option
@store_command
def tag(store: SessionStore, output: Output, *, session: str, tags: tuple[str, ...], author: str) -> None:
    """Put TAGS on SESSION.

    JSON: {"session"}
    """
    from engine.lifecycle.finding import find_session

    found = find_session(store, session)
    with store.transaction():
        for word in tags:
            found = store.sessions.tag(found.id, word, author=author)
    _tell(output, found, f"{found.id} is tagged {' '.join(found.tags)}.")


@click.command()
@session_argument
@click.argument("tags", nargs=-1, required=True, type=WORDS)
@author_option
@store_command
def untag(store: SessionStore, output: Output, *, session: str, tags: tuple[str, ...], author: str) -> None:
    """Take TAGS off SESSION.

    JSON: {"session"}
    """
    from engine.lifecycle.finding import find_session

    found = find_session(store, session)
    with store.transaction():
        for word in tags:
            found = store.sessions.untag(found.id, word, author=author)
    _tell(output, found, f"{found.id} is tagged {' '.join(found.tags) or 'with nothing'}.")


@click.command()
@session_argument
@author_option
@store_command
def delete(store: SessionStore, output: Output, *, session: str, author: str) -> None:
    """Take SESSION out of every list and search; nothing of it is lost.

    JSON: {"session"}
    """
    from engine.lifecycle.finding import find_session

    found = store.sessions.delete(find_session(store, session).id, author=author)
    _tell(output, found, f"{found.id} is deleted. Bring it back: lift session undelete {found.id}")


@click.command()
@session_argument
@author_option
@store_command
def undelete(store: SessionStore, output: Output, *, session: str, author: str) -> None:
    """Bring the deleted SESSION back; "@" means the one that was deleted last.

    JSON: {"session"}
    """
    from engine.lifecycle.finding import find_session

    found = store.sessions.undelete(find_session(store, session, deleted=True).id, author=author)
    _tell(output, found, f"{found.id} is back. Look at it: lift session show {found.id}")


@click.command()
@session_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@store_command
def purge(store: SessionStore, output: Output, *, session: str, yes: bool) -> None:
    """Remove the deleted SESSION with everything in it. This cannot be undone.

    JSON: {"purged": ID}
    """
    from engine.errors import UsageError
    from engine.lifecycle.finding import find_session
    from engine.sessions.errors import NotAllowed

    found = find_session(store, session, deleted=True)
    if found.deleted_at is None:
        raise NotAllowed(f"{found.id} is not deleted.", f"Delete it first: lift session delete {found.id}")
    if not yes:
        if output.as_json or not (output.terminal and sys.stdin.isatty()):
            raise UsageError(f"Purging {found.id} cannot be undone.", f"Say so: lift session purge {found.id} --yes")
        click.confirm(f"Remove “{found.title}” with {found.draft_count} drafts for good?", abort=True)
    store.sessions.purge(found.id)
    output.done({"purged": found.id}, f"{found.id} is gone for good.")


@click.command()
@click.option("--starter", is_flag=True, required=True, help="Remove the sample sessions that came with Lift.")
@store_command
def prune(store: SessionStore, output: Output, *, starter: bool) -> None:
    """Remove the sample sessions that came with Lift; your own, and forks of the samples, stay.

    JSON: {"pruned": COUNT}
    """
    assert starter
    count = store.sessions.prune("starter")
    output.done({"pruned": count}, f"{count} sample session{'' if count == 1 else 's'} removed.")


def _tell(output: Output, found: Session, line: str) -> None:
    output.done({"session": session_json.session(found)}, line)
