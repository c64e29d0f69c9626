"""Beginning a session from something that exists already."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import UsageError
from engine.ir.models import Source
from engine.lifecycle.material import Form, Material
from engine.sessions.records import Origin, Session
from engine.sessions.store import SessionStore

_ORIGINS: dict[Form, Origin] = {
    "prompt": "prompt",
    "spec": "spec",
    "json": "json",
    "markdown": "import",
    "code": "code",
}
_REASONS: dict[Form, str] = {
    "prompt": "",
    "spec": "read from the text form",
    "json": "read from JSON",
    "markdown": "read from a Markdown report",
    "code": "read from Python code",
}


def create(
    store: SessionStore,
    material: Material,
    *,
    imported: bool = False,
    author: str = "",
    title: str = "",
    tags: Iterable[str] = (),
) -> Session:
    """Begin a session with a prompt, a specification, code, or several of them.

    Args:
        imported: the session is the copy of another one, exported before.

    Raises:
        UsageError: there is nothing in the material.
        NotAllowed: a tag is not one word.
    """
    if not material.prompt and material.ir is None:
        raise UsageError("There is nothing to begin a session with.", "Give a prompt, or a file that is not empty.")
    source: Source = "reverse" if material.form == "code" else "human"
    with store.transaction():
        session = store.sessions.create(
            material.prompt,
            origin="import" if imported else _ORIGINS[material.form],
            title=title,
            author=author,
            tags=tags,
        )
        if material.ir is not None:
            draft = store.drafts.add(
                session.id,
                material.ir,
                parent=None,
                author=author,
                source=source,
                reason=_REASONS[material.form],
            )
            if material.code:
                store.codes.add(draft.id, material.code, author=author)
        return store.sessions.get(session.id)
