"""The end of the embedded model's log, as it grows."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.timer import Timer
from textual.widgets import Log

from tui.keys import bind

LOOK_S = 0.5
"""How often to look for new lines, in seconds."""

FIRST_BYTES = 32_000
"""So much of an older log is shown at first."""

KEPT_LINES = 2000


class LogTail(Log):
    """Shows the log when :meth:`toggle` says so; follows it until then."""

    HELP = "The end of the embedded model's log; new lines appear as they come."
    DEFAULT_CSS = """
    LogTail { display: none; height: 1fr; min-height: 5; border: round $pane-border; padding: 0 1; }
    LogTail.-open { display: block; }
    LogTail:focus { border: heavy $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j", "scroll_down", "tail.down", "Down", "Scroll down a line."),
        bind("k", "scroll_up", "tail.up", "Up", "Scroll up a line."),
        bind("G", "scroll_end", "tail.end", "End", "Go to the newest line."),
    ]

    def __init__(self) -> None:
        super().__init__(max_lines=KEPT_LINES, auto_scroll=True)
        self._place = -1
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Say what it is."""
        self.border_title = "Log of the embedded model"

    def toggle(self) -> None:
        """Show and follow, or hide and stop following."""
        self.toggle_class("-open")
        if self._timer is None:
            self._timer = self.set_interval(LOOK_S, self._look)
            self._look()
        else:
            self._timer.stop()
            self._timer = None

    def _look(self) -> None:
        self.run_worker(self._read(), group="tail", exclusive=True)

    async def _read(self) -> None:
        import asyncio

        from tui.wording import printable

        text, self._place, again = await asyncio.to_thread(_new_text, self._place)
        if again:
            self.clear()
        if text:
            self.write("\n".join(printable(line) for line in text.split("\n")))


def _new_text(place: int) -> tuple[str, int, bool]:
    """What the log has from byte ``place`` on, its length now, and whether it is another log than before.

    A ``place`` below 0 means the end of the log.
    """
    from engine.endpoints.local.state import log_path

    path = log_path()
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            again = place < 0 or size < place
            file.seek(max(0, size - FIRST_BYTES) if again else place)
            data = file.read(size - file.tell())
    except FileNotFoundError:
        return (f"There is no log yet ({path}).", 0, True) if place < 0 else ("", place, False)
    return data.decode("utf-8", "replace"), size, again
