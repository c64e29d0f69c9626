"""What the user has typed and not saved yet, kept in a file of its own until it is saved.

One private file per session in the state folder: when the terminal dies, what was typed is given
back on the next opening of the session.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine import paths
from engine.errors import StoreError

if TYPE_CHECKING:
    from engine.ir.models import IR

FOLDER = "unsaved"


@dataclass(frozen=True)
class Unsaved:
    """A text that is being edited.

    Attributes:
        text: the whole specification, or one clause in its form (:mod:`tui.clause_forms`).
        base: id of the draft that it was made from; None in a session without drafts.
        address: the clause, empty for the whole specification.
        adding: whether it is a new clause, which will have that address.
    """

    text: str
    base: int | None
    address: str = ""
    adding: bool = False


class Journal:
    """Keeps the newest unsaved text of each session.

    :meth:`keep` is quick and writes nothing; :meth:`flush` writes, in whatever thread: it takes the
    newest there is then, so that a late one never puts an older text back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._latest: dict[str, Unsaved | None] = {}
        self._unwritten: set[str] = set()

    def keep(self, session_id: str, unsaved: Unsaved | None) -> None:
        """Note what is unsaved now; None when nothing is."""
        with self._lock:
            if self._latest.get(session_id) != unsaved:
                self._latest[session_id] = unsaved
                self._unwritten.add(session_id)

    def saved(self, session_id: str, unsaved: Unsaved) -> None:
        """Forget ``unsaved``, unless something else has been typed since.

        Raises:
            StoreError: its file cannot be removed.
        """
        with self._lock:
            if self._latest.get(session_id, unsaved) != unsaved:
                return
            self._latest[session_id] = None
            self._unwritten.add(session_id)
        self.flush()

    def flush(self) -> None:
        """Make the files say what was noted.

        Raises:
            StoreError: one cannot be written or removed; the next flush tries again.
        """
        with self._writing:
            with self._lock:
                changed = {session_id: self._latest[session_id] for session_id in self._unwritten}
            for session_id, unsaved in changed.items():
                path = _path(session_id)
                try:
                    if unsaved is None:
                        path.unlink(missing_ok=True)
                    else:
                        paths.write_private(path, json.dumps(asdict(unsaved)))
                except OSError as error:
                    raise StoreError(
                        f"What you type cannot be kept in {path}: {error.strerror}.", "Save it soon."
                    ) from error
                with self._lock:
                    if self._latest[session_id] == unsaved:
                        self._unwritten.discard(session_id)


def read_unsaved(session_id: str, ir: IR | None) -> Unsaved | None:
    """What was typed in a session and not saved; None when there is nothing, or nothing readable.

    Args:
        ir: the newest specification; a text that says the same was saved, and only its file was left.
    """
    try:
        unsaved = Unsaved(**json.loads(_path(session_id).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return None if ir is not None and _says(ir, unsaved) else unsaved


def _says(ir: IR, unsaved: Unsaved) -> bool:
    from engine.errors import SpecSyntaxError
    from engine.ir.text import parse
    from tui.clause_forms import form

    try:
        if unsaved.address:
            return form(ir, unsaved.address) == unsaved.text
        return parse(unsaved.text) == ir.content()
    except (KeyError, SpecSyntaxError):
        return False


def _path(session_id: str) -> Path:
    return paths.state_dir() / FOLDER / f"{session_id}.json"
