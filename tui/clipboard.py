"""Copying to the clipboard of the terminal in front of the user, also over SSH: OSC 52.

tmux keeps OSC 52 from applications to itself unless ``set-clipboard`` is ``on``; its default is
``external``. What works with the default is to hand the text to tmux, which sends it on to the
terminal: ``tmux load-buffer -w`` (tmux 3.2). Older ones let a wrapped sequence through.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

LIMIT = 74_000
"""Bytes of base64 that every terminal with OSC 52 takes (xterm's limit is 74,994); many take more."""

FILE = "copied.txt"
TMUX_WAIT_S = 2.0


def osc52(text: str) -> str:
    """The sequence that asks a terminal to copy ``text``."""
    return f"\x1b]52;c;{encoded(text)}\a"


def encoded(text: str) -> str:
    """``text`` as OSC 52 carries it."""
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")


def through_tmux(sequence: str) -> str:
    """``sequence`` wrapped so that tmux hands it to the terminal."""
    return "\x1bPtmux;{}\x1b\\".format(sequence.replace("\x1b", "\x1b\x1b"))


def in_tmux() -> bool:
    """Whether tmux stands between Lift and the terminal, on this machine."""
    return bool(os.environ.get("TMUX"))


def give_to_tmux(text: str) -> bool:
    """Hand ``text`` to tmux, which also sends it to the terminal; whether it took it. Blocks."""
    import subprocess

    try:
        done = subprocess.run(
            ["tmux", "load-buffer", "-w", "-"],
            input=text.encode("utf-8", "replace"),
            capture_output=True,
            timeout=TMUX_WAIT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def keep_in_file(text: str) -> Path:
    """Write ``text`` to a private file of the state folder; returns its path.

    Raises:
        OSError: it cannot be written.
    """
    from engine import paths

    path = paths.state_dir() / FILE
    paths.write_private(path, text)
    return path
