"""What ``lift run`` was asked to work on: a prompt, standard input, a specification, or a session."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.errors import UsageError
from engine.ir.models import IR
from engine.ir.text import parse_located
from engine.ir.validate import validate
from engine.sessions.store import SessionStore


def read_target(target: str | None) -> tuple[str, IR | None]:
    """The prompt, and the specification when ``target`` is the path of one.

    Raises:
        UsageError: nothing was asked for, or the specification is not valid.
    """
    if target is None:
        raise UsageError("Nothing to do.", 'Say what you want: lift run "reverse the words of a sentence"')
    if target.endswith(".py") and not any(character.isspace() for character in target):
        ir = read_spec(Path(target))
        return ir.intent.summary, ir
    prompt = _read_stdin() if target == "-" else target.strip()
    if any("\ud800" <= character <= "\udfff" for character in prompt):  # bytes of the command line that are not UTF-8
        raise UsageError("The prompt is not UTF-8 text.", "Convert it first, for example with iconv -t utf-8.")
    if not prompt:
        raise UsageError("The prompt is empty.", 'Say what you want: lift run "reverse the words of a sentence"')
    return prompt, None


def _read_stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise UsageError("Standard input is not UTF-8 text.", "Convert it first: iconv -t utf-8") from error


def read_spec(path: Path) -> IR:
    """Read and validate a specification in its text form.

    Raises:
        UsageError: the file cannot be read, does not parse, or is not valid; every problem is named.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "Check the path.") from error
    spec = parse_located(text)
    problems = [p for p in validate(spec.ir, spec.locations) if p.severity == "error"]
    if problems:
        lines = [f"{path}:{p.line}:{p.column}: {p.message} {p.suggestion}".rstrip() for p in problems]
        raise UsageError("\n".join(lines), "Correct the specification and run it again.")
    return spec.ir


def resume_target(store: SessionStore, session: str, target: str | None) -> tuple[str, IR | None, str]:
    """The prompt, the current specification if it got that far, and the full id of a session.

    Raises:
        UsageError: a target was given as well, or the session holds nothing to go on with.
        NoSuchRecord: there is no such session.
    """
    if target is not None:
        raise UsageError("--resume goes on with a session and takes no other prompt.", "Leave one of the two out.")
    found = store.sessions.find(session)
    prompts = store.sessions.prompts(found.id)
    draft = store.drafts.head(found.id)
    if draft is None and not prompts:
        raise UsageError(f"The session {found.id} is empty.", "Start a new run instead.")
    ir = draft.ir if draft else None
    return (prompts[0].text if prompts else ir.intent.summary if ir else ""), ir, found.id
