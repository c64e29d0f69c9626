"""A run of the pipeline in a thread of its own, told to the workbench in frames.

The pipeline writes to the database and matches grammars while it streams; none of that may delay
a keystroke, so it has a thread and an event loop of its own. What it says is gathered and handed
over at most :data:`FRAMES_PER_S` times a second, however fast the tokens come: that bounds what
has to be drawn, and what SSH has to carry.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import httpx

    from engine.errors import LiftError
    from engine.sessions.store import SessionStore
    from engine.stages.events import Event, Stage
    from engine.stages.jobs import RunRequest

FRAMES_PER_S = 20


@dataclass(frozen=True)
class Piece:
    """Text that ``stage`` streamed since the last frame, in ``deltas`` pieces (about one a token)."""

    stage: Stage
    text: str
    deltas: int


@dataclass(frozen=True)
class SpecText:
    """The specification as far as it has come, in its text form; not yet valid."""

    text: str


@dataclass(frozen=True)
class TypicalWait:
    """How long the run's endpoint takes to begin when it is cold, in seconds, going by earlier runs."""

    seconds: float


Item = "Event | Piece | SpecText | TypicalWait"


class Source(Protocol):
    """Where a run's events come from: the pipeline (:class:`engine.stages.pipeline.Run`), or what stands for it."""

    def events(self) -> AsyncGenerator[Event]:
        """Run, yielding every event after it has been recorded."""
        ...

    def cancel(self) -> None:
        """Stop as soon as possible."""
        ...


MakeRun = Callable[["RunRequest", "SessionStore", "httpx.AsyncClient"], Source]


def pipeline(request: RunRequest, store: SessionStore, client: httpx.AsyncClient) -> Source:
    """A run of the pipeline."""
    from engine.stages.pipeline import Run

    return Run(request, store, client)


class RunFeed:
    """Runs one request.

    Args:
        make_store: gives the store; called in the run's thread.
        make_request: makes the request; called in the run's thread, because it reads the store.
        on_frame: hears the items of each frame, in order; called in the run's thread.
        on_end: hears once that the run is over, with the error that ended it, if it was none of
            those that the pipeline tells as events; called in the run's thread.
        make_run: makes the run of a request; called in the run's thread.
    """

    def __init__(
        self,
        make_store: Callable[[], SessionStore],
        make_request: Callable[[SessionStore], RunRequest],
        on_frame: Callable[[RunFeed, list[Any]], object],
        on_end: Callable[[RunFeed, LiftError | None], object],
        make_run: MakeRun = pipeline,
    ) -> None:
        self._make_store = make_store
        self._make_run = make_run
        self._make_request = make_request
        self._on_frame = on_frame
        self._on_end = on_end
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._run: Source | None = None
        self._cancelled = False
        self._pending: list[Event] = []
        self._thread = threading.Thread(target=self._main, name="lift-run", daemon=True)
        self.request: RunRequest | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop as soon as possible; what was made is kept, and the run ends as any other."""
        with self._lock:
            self._cancelled = True
            if self._run is not None and self._loop is not None:
                self._loop.call_soon_threadsafe(self._run.cancel)

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _main(self) -> None:
        from engine.errors import LiftError

        error: LiftError | None = None
        try:
            asyncio.run(self._drive())
        except LiftError as failure:
            error = failure
        except Exception as defect:  # noqa: BLE001 - the thread's outermost handler; a traceback must not reach the screen
            error = _reported(defect)
        finally:
            self._on_end(self, error)

    async def _drive(self) -> None:
        from engine.endpoints.connect import new_client

        store = self._make_store()
        request = self.request = self._make_request(store)
        typical_s = store.runs.typical_wait_s(request.profile.name)
        if typical_s is not None:
            self._on_frame(self, [TypicalWait(typical_s)])
        async with new_client() as client:
            with self._lock:
                self._loop = asyncio.get_running_loop()
                self._run = run = self._make_run(request, store, client)
                if self._cancelled:
                    run.cancel()
            frames = asyncio.create_task(self._frames())
            try:
                async with aclosing(run.events()) as events:
                    async for event in events:
                        self._pending.append(event)
            finally:
                with self._lock:
                    self._run = None
                frames.cancel()
                self._flush()

    async def _frames(self) -> None:
        while True:
            self._flush()
            await asyncio.sleep(1 / FRAMES_PER_S)

    def _flush(self) -> None:
        if self._pending:
            pending, self._pending = self._pending, []
            self._on_frame(self, fold(pending))


def fold(events: list[Event]) -> list[Any]:
    """The events of one frame: text joined, and of what replaces itself only the newest."""
    from engine.stages.events import OptionsUpdated, SpecUpdated, StageWaiting, TextDelta
    from tui.partial_spec import partial_text

    echoes = (SpecUpdated, OptionsUpdated)  # what the text so far amounts to: says nothing about its order
    folded: list[Any] = []
    for event in events:
        if isinstance(event, (*echoes, StageWaiting)):
            folded = [item for item in folded if type(item) is not type(event)]
            folded.append(event)
        elif isinstance(event, TextDelta):
            place = next((n for n in reversed(range(len(folded))) if not isinstance(folded[n], echoes)), -1)
            before = folded[place] if place >= 0 else None
            if isinstance(before, Piece) and before.stage == event.stage:
                folded[place] = Piece(event.stage, before.text + event.text, before.deltas + 1)
            else:
                folded.append(Piece(event.stage, event.text, 1))
        else:
            folded.append(event)
    return [SpecText(partial_text(item.partial)) if isinstance(item, SpecUpdated) else item for item in folded]


def _reported(defect: Exception) -> LiftError:
    """An unexpected failure as a message, its traceback in a file."""
    from engine.errors import LiftError
    from tui.crash import write_crash_report

    what = f"Lift ran into a defect of its own ({type(defect).__name__}: {defect})."
    try:
        return LiftError(what, f"The details are in {write_crash_report(defect)}; please report them.")
    except OSError as unwritable:
        return LiftError(what, f"The details could not be saved ({unwritable}).")
