"""Beginning a session with what a user typed or pasted: a prompt, a specification, or code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.sessions.records import Session
    from engine.sessions.store import SessionStore


@dataclass(frozen=True)
class Begun:
    """A new session; ``note`` says why the model cannot go to work on it at once, and is empty if it can."""

    session: Session
    note: str = ""


def begin(store: SessionStore, text: str, author: str) -> Begun:
    """Begin a session; runs on the desk.

    A prompt can go to the model, and so can a specification without errors; code is there already.

    Raises:
        UsageError: there is nothing in the text.
        LiftError: it looks like a specification, but is none.
    """
    from engine.ir.validate import validate
    from engine.lifecycle import creating, material

    found = material.read(text, author=author)
    session = creating.create(store, found, author=author)
    if found.code:
        return Begun(session, "Saved, with its code.")
    if found.ir is not None and any(problem.severity == "error" for problem in validate(found.ir)):
        return Begun(session, "Saved. The specification has errors; correct them, then press g.")
    return Begun(session)
