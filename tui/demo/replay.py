"""A recorded run that stands for one of the pipeline: the same events at the same moments, recorded in the store."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from tui.demo.tape import TapeError

if TYPE_CHECKING:
    import httpx

    from engine.sessions.recorder import Recorder
    from engine.sessions.store import SessionStore
    from engine.stages.events import Event
    from engine.stages.jobs import RunRequest
    from tui.demo.pace import Pace
    from tui.demo.tape import Moment, Tape


class Replay:
    """Plays the runs of a tape, one for each that is asked for.

    Args:
        tape: the recording.
        pace: the clock to play it by.
    """

    def __init__(self, tape: Tape, pace: Pace) -> None:
        self._runs = iter(tape.runs)
        self._pace = pace

    def __call__(self, request: RunRequest, store: SessionStore, client: httpx.AsyncClient) -> ReplayedRun:
        """The next run of the tape.

        Raises:
            TapeError: the tape has no more runs, or its next one does something else than what is asked for.
        """
        from engine.stages.events import RunStarted

        moments = next(self._runs, [])
        first = moments[0].event if moments else None
        if not isinstance(first, RunStarted) or first.kind != request.kind:
            has = f"one that does {first.kind!r}" if isinstance(first, RunStarted) else "none"
            what = f"The demo asks for a run that does {request.kind!r}; next in its recording is {has}."
            raise TapeError(what, "Record it anew: make demo-session")
        return ReplayedRun(moments, request, store, self._pace)


class ReplayedRun:
    """One recorded run; use it once."""

    def __init__(self, moments: list[Moment], request: RunRequest, store: SessionStore, pace: Pace) -> None:
        self._moments = moments
        self._request = request
        self._store = store
        self._pace = pace
        self._cancelled = False

    def cancel(self) -> None:
        """Stop before the next event; the store then has an interrupted run."""
        self._cancelled = True

    async def events(self) -> AsyncGenerator[Event]:
        """The events, each after it has been recorded, at its moment.

        Raises:
            StoreError: the session cannot be saved.
        """
        from engine.sessions.recorder import Recorder

        start_s = self._pace.now()
        with Recorder(self._store) as recorder:
            session_id = self._begin(recorder)
            for moment in self._moments:
                await self._pace.until(start_s + moment.at_s)
                if self._cancelled:
                    return
                event = self._placed(moment.event, session_id, recorder.draft_id)
                recorder.record(event)
                yield event

    def _begin(self, recorder: Recorder) -> str:
        request, first = self._request, self._moments[0].event
        return recorder.begin(
            request.instruction,
            endpoint=request.profile.name,
            model=getattr(first, "model", ""),
            seed=request.sampling.seed,
            temperature=request.sampling.temperature,
            kind=request.kind,
            session_id=request.session_id,
            draft_id=request.draft_id,
            prompt_id=request.prompt_id,
            hole=request.hole,
        ).session_id

    def _placed(self, event: Event, session_id: str, draft_id: int | None) -> Event:
        """The event with the ids of this store, which are not those of the store it was recorded in."""
        from engine.stages.events import RefinementProposed, RunFinished, RunStarted

        match event:
            case RunStarted() | RunFinished():
                return event.model_copy(update={"session_id": session_id})
            case RefinementProposed():
                return event.model_copy(update={"base_draft": draft_id})
            case _:
                return event
