"""What the workbench remembers from one sitting to the next: where the user was, not what they made."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

FILE = "workbench.json"


class Memory:
    """A small JSON file in the state folder; read on first use, written after each change.

    Writing waits for the disk, so it has a thread of its own. The file holds conveniences only: one
    that cannot be read or written is as good as none.
    """

    def __init__(self) -> None:
        self._values: dict[str, Any] | None = None
        self._writer = ThreadPoolExecutor(1, "lift-memory")

    def get(self, key: str, default: Any = None) -> Any:
        """What was remembered under ``key``."""
        return self._read().get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Remember ``value``, which JSON can hold, under ``key``."""
        import json

        values = self._read()
        if values.get(key) == value:
            return
        values[key] = value
        self._writer.submit(_write, json.dumps(values, indent=1))

    def close(self) -> None:
        """Wait until all is written; takes nothing more."""
        self._writer.shutdown()

    def _read(self) -> dict[str, Any]:
        if self._values is None:
            import json

            from engine import paths

            try:
                values = json.loads((paths.state_dir() / FILE).read_text(encoding="utf-8"))
            except (OSError, ValueError):
                values = {}
            self._values = values if isinstance(values, dict) else {}
        return self._values


def _write(text: str) -> None:
    from engine import paths

    with contextlib.suppress(OSError):  # a convenience lost; the user's work is in the store
        paths.write_private(paths.state_dir() / FILE, text)
