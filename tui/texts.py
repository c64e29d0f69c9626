"""Reading texts that people name on the command line: files and standard input, as UTF-8."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.errors import UsageError


def read_text(name: str) -> str:
    """The text of the file ``name``, or of standard input for ``-``; line ends stay as they are.

    Raises:
        UsageError: it cannot be read, or is not UTF-8.
    """
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.", "Check the path.") from error
    except UnicodeDecodeError as error:
        where = "Standard input" if name == "-" else name
        raise UsageError(f"{where} is not UTF-8 text.", "Convert it first: iconv -t utf-8") from error
