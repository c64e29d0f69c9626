"""Inside the sandbox: notes what generated code tries, and counts its steps.

What is noted comes from Python's audit events (https://docs.python.org/3/library/audit_events.html).
It is for honesty about effects; code that is out to hide something can, and is held by the confinement
all the same. Loaded inside the sandbox: standard library only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from engine.sandbox.harness import GENERATED

MAX_NOTES = 20
"""Different attempts that are noted at most; the first ones tell."""

_KINDS = {
    "builtins.input": "input",
    "os.fork": "processes",
    "os.forkpty": "processes",
    "os.exec": "processes",
    "os.posix_spawn": "processes",
    "os.spawn": "processes",
    "os.startfile": "processes",
    "os.system": "processes",
    "os.kill": "processes",
    "os.putenv": "environment",
    "os.unsetenv": "environment",
    "open": "files",
}
"""What an event is an attempt at, by its name."""

_FAMILIES = {
    "socket.": "network",
    "urllib.": "network",
    "http.client.": "network",
    "ftplib.": "network",
    "smtplib.": "network",
    "subprocess.": "processes",
    "pty.": "processes",
    "ctypes.": "foreign code",
    "shutil.": "files",
    "tempfile.": "files",
    "glob.": "files",
    "pathlib.": "files",
    "sqlite3.": "files",
    "os.": "files",
}
"""The same by the beginning of the name; of ``os``, what is left concerns files and folders."""

_OWN_FILES = (sys.base_prefix, sys.base_exec_prefix, "/usr/share/zoneinfo", "/dev/null", "/dev/urandom")
"""What the standard library itself reads: modules and data of its own."""


class StepsUsedUp(BaseException):
    """The code has taken more steps than it may; no ``except Exception`` of the code's own stops it."""


class Watch:
    """Notes what happens between entering and leaving :meth:`running`."""

    def __init__(self) -> None:
        self._running = False
        self._tried: dict[str, None] = {}
        self._steps = 0

    def start(self) -> None:
        """Listen from now on; an audit hook cannot be removed again."""
        sys.addaudithook(self._note)

    @contextmanager
    def running(self, max_steps: int | None = None) -> Generator[None]:
        """Generated code runs in this block; lines of it are counted if ``max_steps`` is given.

        Raises:
            StepsUsedUp: from within the block, when it takes more than ``max_steps`` steps.
        """
        self._running, self._steps = True, 0
        if max_steps is not None:
            sys.settrace(self._counter(max_steps))
        try:
            yield
        finally:
            if max_steps is not None:
                sys.settrace(None)
            self._running = False

    def report(self) -> dict[str, Any]:
        """What was tried since the last report (``kind: what``), and the steps of the last block."""
        tried, self._tried = [*self._tried], {}
        return {"tried": tried, "steps": self._steps}

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._running or len(self._tried) >= MAX_NOTES:
            return
        kind = _KINDS.get(event) or next((kind for start, kind in _FAMILIES.items() if event.startswith(start)), "")
        if not kind or (kind == "files" and _is_own(arguments)):
            return
        first = next((argument for argument in arguments if isinstance(argument, (str, bytes, int))), "")
        shown = first.decode(errors="replace") if isinstance(first, bytes) else first
        self._tried[f"{kind}: {event}({str(shown)[:100]!r})" if shown != "" else f"{kind}: {event}()"] = None

    def _counter(self, limit: int) -> Callable[[FrameType, str, Any], Any]:
        def line(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line":
                self._steps += 1
                if self._steps > limit:
                    raise StepsUsedUp
            return line

        def call(frame: FrameType, event: str, argument: Any) -> Any:
            return line if frame.f_code.co_filename == GENERATED else None

        return call


def _is_own(arguments: tuple[Any, ...]) -> bool:
    path = arguments[0] if arguments else None
    if isinstance(path, (str, bytes)):
        name = path if isinstance(path, str) else path.decode(errors="replace")
        if name.startswith(_OWN_FILES):
            return True
    return _importing()


def _importing() -> bool:
    """Whether an import statement is what looks at files."""
    frame: FrameType | None = sys._getframe()  # pyright: ignore[reportPrivateUsage]  (inspect would take longer to load than all else)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
