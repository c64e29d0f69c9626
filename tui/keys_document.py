"""Prints ``docs/keys.md``: ``python -m tui.keys_document > docs/keys.md``."""

from __future__ import annotations

import sys

from tui.help_text import keys_markdown
from tui.known_bindings import known_bindings

if __name__ == "__main__":
    sys.stdout.write(keys_markdown(known_bindings()))
