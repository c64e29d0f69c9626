"""Showing a run on the command line: live on a terminal, as plain lines, as JSON, or as events."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self

from engine.errors import SettingsError, SpecSyntaxError, UsageError
from engine.stages.events import Event, RunFinished, RunStatus

_EXIT_CODES: dict[RunStatus, int] = {
    "passed": 0,
    "open": 0,
    "failed": 1,
    "error": 1,
    "unreachable": 3,
    "broken": 4,
    "cancelled": 130,
}
_USAGE_ERRORS = frozenset(error.kind for error in (UsageError, SettingsError, SpecSyntaxError))


def exit_code(event: RunFinished) -> int:
    """The exit code of ``lift run`` for the way a run ended."""
    if event.error and event.error["kind"] in _USAGE_ERRORS:
        return UsageError.exit_code
    return _EXIT_CODES[event.status]


class Presenter(Protocol):
    """Shows the events of one run; a context manager that leaves the terminal as it was."""

    def show(self, event: Event) -> None:
        """Show one event."""
        ...

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, whatever happened."""
        ...


class EventPresenter:
    """``--events``: each event as one line of JSON (ASCII only), as it happens."""

    def show(self, event: Event) -> None:
        """Print the event."""
        sys.stdout.write(event.model_dump_json(ensure_ascii=True) + "\n")
        sys.stdout.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


def exclusive(*, as_json: bool, events: bool) -> None:
    """Refuse two forms of output at once.

    Raises:
        UsageError: both are wanted.
    """
    if as_json and events:
        raise UsageError("--json and --events exclude each other.", "Choose one.")


def choose_presenter(*, as_json: bool, events: bool, terminal: bool) -> Presenter:
    """The presenter for these options; without a terminal nothing is drawn."""
    if events:
        return EventPresenter()
    if as_json:
        from tui.present_json import JsonPresenter

        return JsonPresenter()
    if terminal:
        from tui.present_live import LivePresenter

        return LivePresenter()
    from tui.present_plain import PlainPresenter

    return PlainPresenter()
