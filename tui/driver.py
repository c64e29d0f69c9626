"""A terminal driver that outlives its terminal.

When a connection drops, writing to the terminal fails. Textual's writer thread would end of that, its
queue would fill, and the next frame would block the event loop for ever, before anything could be
saved. So what can no longer be written goes to the null device; the signal that follows ends the workbench.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from textual.driver import Driver


class Output:
    """A text file that takes everything, also after its terminal has gone."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write, or drop."""
        try:
            return self._file.write(text)
        except OSError:
            self._let_go()
            return len(text)

    def flush(self) -> None:
        """Flush, or drop."""
        try:
            self._file.flush()
        except OSError:
            self._let_go()

    def _let_go(self) -> None:
        """Lead what is in the file's buffer, and all that follows, to the null device.

        The interpreter flushes the buffer once more when it ends, and would end with a failure
        (https://docs.python.org/3/library/signal.html#note-on-sigpipe).
        """
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._file.fileno())
        os.close(null)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def hang_up_proof(base: type[Driver]) -> type[Driver]:
    """``base`` with an :class:`Output`, if it writes to a file."""

    class HangUpProof(base):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            file = getattr(self, "_file", None)
            if file is not None:
                self._file = cast("TextIO", Output(file))

    return HangUpProof
