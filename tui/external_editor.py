"""Handing a specification's text to the user's own editor, in a file that outlives every mishap."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from engine.errors import UsageError

_NEW = 'def name(value: int) -> int:\n    """{summary}"""\n'


def first_text(title: str) -> str:
    """A text to begin with, for a session that has no specification yet."""
    summary = "".join(character for character in title if character not in '"\\')
    return _NEW.format(summary=summary or "What it is for.")


def write_file(session_id: str, text: str) -> Path:
    """A new private file with ``text``; the caller removes it once the text is safe elsewhere.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f"lift-{session_id}-", suffix=".py")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(
            f"No file can be made for the editor: {error.strerror}.", "Free some space in /tmp."
        ) from error
    return Path(name)


def open_editor(path: Path) -> str:
    """Let the user edit the file in ``$VISUAL`` or ``$EDITOR``, and return what is in it afterwards.

    Raises:
        UsageError: the editor cannot be started or fails, or leaves what is no text.
    """
    import click

    from tui.texts import read_text

    try:
        click.edit(filename=str(path))
    except click.ClickException as error:
        raise UsageError(
            f"The editor did not work: {error.format_message()}.", f"Set $EDITOR. The text is in {path}."
        ) from error
    return read_text(str(path))
