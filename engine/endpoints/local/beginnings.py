"""What the model has made of the words that all conversations begin with, kept from one start to the next.

Reading the draft's instructions and worked examples takes ten seconds on two cores. What llama.cpp computed
from them (the keys and values of a slot, 18 MB) can be written to a file, and is taken in again within 10 ms.
"""

from __future__ import annotations

import hashlib
import json
import urllib.request
from pathlib import Path
from typing import Any, Literal, cast

from engine import paths, prompts
from engine.endpoints.local.state import current_version

DRAFT, CODE = 0, 1
"""The slots that hold the two beginnings: of a draft, and of a request for code."""

_SUFFIX = ".slot"
_LIMIT_S = 10.0
"""Seconds for a slot to be written or read; a busy disk takes one."""


def beginnings_folder(state_folder: Path) -> Path | None:
    """Where the files lie, private to the user; None where nothing can be written."""
    try:
        return paths.private_dir(state_folder / "beginnings")
    except OSError:
        return None


class Beginnings:
    """The beginnings of one server's conversations, each in a slot and in a file.

    Args:
        folder: where the files lie, the one that the server was loaded with; None keeps nothing.
        model: the file of its weights.
        address, token: where it listens, and what it wants to see.
    """

    def __init__(self, folder: Path | None, model: Path, address: str, token: str) -> None:
        self._folder = folder
        self._stem = _stem(model)
        self._address = address
        self._token = token

    def restore(self) -> bool:
        """Have the server take in what was kept; whether its slots hold all beginnings now."""
        folder = self._folder
        if folder is None or not all((folder / self._name(slot)).is_file() for slot in (DRAFT, CODE)):
            return False
        return all(self._ask(slot, "restore", self._name(slot)) for slot in (DRAFT, CODE))

    def keep(self, slot: int, tokens: int) -> None:
        """Keep a slot for the next start, if it holds just the ``tokens`` that were read into it.

        Somebody else's request may have come in between; then the next start tries again.
        """
        if self._folder is None:
            return
        partial = f"{self._name(slot)}.part"
        written = self._ask(slot, "save", partial)
        try:
            if written.get("n_saved") == tokens:
                (self._folder / partial).replace(self._folder / self._name(slot))
            (self._folder / partial).unlink(missing_ok=True)
            for old in self._folder.glob(f"*-{slot}{_SUFFIX}"):
                if old.name != self._name(slot):
                    old.unlink(missing_ok=True)
        except OSError:
            return  # the next start reads everything again

    def _name(self, slot: int) -> str:
        return f"{self._stem}-{slot}{_SUFFIX}"

    def _ask(self, slot: int, action: Literal["save", "restore"], name: str) -> dict[str, Any]:
        """What the server answers; nothing where it refuses, as for a file that is damaged."""
        request = urllib.request.Request(
            f"{self._address}/slots/{slot}?action={action}",
            data=json.dumps({"filename": name}).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        # No proxy of the outside world may see the token.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_LIMIT_S) as response:
                return cast("dict[str, Any]", json.load(response))
        except (OSError, ValueError):
            return {}


def _stem(model: Path) -> str:
    """A name that changes with all that the computed keys and values depend on."""
    try:
        found = model.stat()
        weights = f"{model.resolve()} {found.st_size} {found.st_mtime_ns}"
    except OSError:
        weights = str(model)
    told = f"{weights} {current_version()} {prompts.version()}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]
