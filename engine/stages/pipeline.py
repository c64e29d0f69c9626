"""The one way through the house: prompt → draft → implement → check → saved, or any part of it.

A :class:`Run` drives the stages that a :class:`~engine.stages.jobs.RunRequest` asks for, records
what they say in the session store, and hands every event on to whoever listens. It can be
cancelled from outside at any moment; what had been made until then stays in the session.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import aclosing, contextmanager
from typing import cast

import httpx

from engine import prompts
from engine.endpoints.client import ChatEndpoint
from engine.endpoints.connect import connect
from engine.endpoints.protocol import Waiting
from engine.errors import Cancelled, ContractBroken, EndpointError, LiftError, WeightsError
from engine.ir.models import IR
from engine.ir.text import render
from engine.sessions.recorder import Recorder
from engine.sessions.store import SessionStore
from engine.stages.answer import Answer, waiting
from engine.stages.check import verdict
from engine.stages.check_tools import CheckTools
from engine.stages.clock import RunClock
from engine.stages.doubt import in_doubt
from engine.stages.events import (
    CheckFinished,
    CheckResult,
    CodeChosen,
    CodeFinished,
    Event,
    RunFinished,
    RunStarted,
    RunStatus,
    Span,
    SpanFinished,
    Stage,
    StageFailed,
    StageFinished,
    StageStarted,
    Usage,
)
from engine.stages.jobs import ASKING, RunRequest, Work

SLOW_START_S = 0.25
"""Getting an endpoint ready shows up as a ``queue`` span from this many seconds on: a cold start."""


class Run:
    """One pass through the pipeline; use it once."""

    def __init__(self, request: RunRequest, store: SessionStore, client: httpx.AsyncClient) -> None:
        self._request = request
        self._store = store
        self._client = client
        self._clock = RunClock()
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._cancelled = False
        self._stage: Stage = request.stages[0]
        self._made = Work(request, self._clock, request.ir, request.code)
        self._model = request.model or request.profile.model
        self._results: dict[int, list[CheckResult]] = {}
        self._chosen = 0
        self._usage = Usage()
        self._saving_s = 0.0
        self._asked_at_s: float | None = None
        self._asking_s = 0.0

    def cancel(self) -> None:
        """Stop as soon as possible; :meth:`events` then ends with the status ``cancelled``."""
        self._cancelled = True
        if self._task is not None:
            self._task.cancel()

    async def events(self) -> AsyncGenerator[Event]:
        """Run, yielding every event after it has been recorded.

        Failures that are part of the work (endpoint, contract, cancellation) end the run with a
        :class:`StageFailed` and a :class:`RunFinished` event; they are not raised.

        Raises:
            StoreError: the session cannot be saved.
        """
        error: LiftError | None = None
        with Recorder(self._store) as recorder:
            session_id = self._begin(recorder)
            self._made.base_draft = recorder.draft_id
            request = self._request
            yield RunStarted(
                session_id=session_id,
                kind=request.kind,
                prompt=request.asked,
                endpoint=request.profile.name,
                model=self._model,
                ir=request.ir,
                ir_text=render(request.ir) if request.ir else "",
            )
            try:
                async with aclosing(self._work()) as events:
                    async for event in events:
                        self._note(event)
                        with self._saving():
                            recorder.record(event)
                        yield event
            except LiftError as failure:
                error = failure
                answer = self._made.answer
                self._usage += answer.usage
                failed = StageFailed(
                    stage=self._stage,
                    at_s=self._clock(),
                    error=failure.as_dict(),
                    partial_text=answer.given + answer.text if answer.text else "",
                )
                with self._saving():
                    recorder.record(failed)
                yield failed
            last = self._finished(session_id, error)
            with self._saving():
                recorder.record(last)
            start = self._clock() - self._saving_s
            saving = SpanFinished(span=Span(stage="save", name="save", start_s=start, duration_s=self._saving_s))
            recorder.record(saving)
            yield saving
            yield last

    async def _work(self) -> AsyncGenerator[Event]:
        """The stages, in a task of their own so that :meth:`cancel` reaches them wherever they wait.

        Raises:
            LiftError: what a stage raised, or :class:`Cancelled`.
        """
        self._task = asyncio.create_task(self._drive())
        self._task.add_done_callback(lambda _: self._queue.put_nowait(None))
        if self._cancelled:
            self._task.cancel()
        try:
            while (event := await self._queue.get()) is not None:
                yield event
            await self._task
        except asyncio.CancelledError:
            if not self._cancelled:
                raise
            raise Cancelled("Stopped.", "What had been made is kept in the session.") from None
        finally:
            # Whoever listens has gone, or the task is over: either way nothing may outlive the run.
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _drive(self) -> None:
        async with CheckTools(unsafe=self._request.unsafe) as tools:
            self._made.tools = tools
            for stage in self._request.stages:
                await self._take(stage)
            if self._made.needs_repair():
                await self._take("repair")
            if self._made.needs_opinion():
                await self._take("compare")

    async def _take(self, stage: Stage) -> None:
        self._enter(stage)
        if stage in ASKING and self._made.endpoint is None:
            self._made.endpoint = await self._connect()
        if stage == "implement" and self._made.tools is not None:
            self._made.tools.prepare()  # while the model writes
        await self._pump(self._made.stage(stage))
        self._leave()

    async def _pump(self, stage: AsyncIterator[Event]) -> None:
        async with aclosing(cast("AsyncGenerator[Event]", stage)) as events:
            async for event in events:
                self._made.note(event)
                self._queue.put_nowait(event)

    def _enter(self, stage: Stage) -> None:
        self._made.answer = Answer()
        self._queue.put_nowait(StageStarted(stage=stage, at_s=self._clock()))
        self._stage = stage

    def _leave(self) -> None:
        answer = self._made.answer
        self._model = answer.model or self._model
        self._queue.put_nowait(StageFinished(stage=self._stage, at_s=self._clock(), usage=answer.usage))

    async def _connect(self) -> ChatEndpoint:
        stage = self._stage
        start = self._clock()

        def hear(wait: Waiting) -> None:
            self._queue.put_nowait(waiting(stage, wait))

        endpoint = await connect(self._request.profile, self._client, hear, model=self._request.model)
        took = self._clock() - start
        if took >= SLOW_START_S:
            span = Span(stage=stage, name="queue", start_s=start, duration_s=took)
            self._queue.put_nowait(SpanFinished(span=span))
        return endpoint

    def _begin(self, recorder: Recorder) -> str:
        request = self._request
        session_id, draft_id = request.session_id, request.draft_id
        if request.ir is not None and session_id is None:
            with self._store.transaction():
                session_id = self._store.sessions.create(request.prompt, origin="spec").id
                draft_id = self._store.drafts.add(session_id, request.ir, parent=None).id
        begun = recorder.begin(
            request.instruction if session_id else request.asked,
            endpoint=request.profile.name,
            model=self._model,
            seed=request.sampling.seed,
            temperature=request.sampling.temperature,
            prompt_version=prompts.version(),
            kind=request.kind,
            session_id=session_id,
            draft_id=draft_id,
            prompt_id=request.prompt_id,
            hole=request.hole,
        )
        if request.code_id is not None:
            recorder.check(request.code_id)
        return begun.session_id

    def _note(self, event: Event) -> None:
        match event:
            case CodeFinished():
                self._results[event.attempt] = []
                self._chosen = event.attempt
            case CheckFinished():
                self._results.setdefault(event.attempt, []).append(event.result)
            case CodeChosen():
                self._chosen = event.attempt
            case StageStarted():
                self._asked_at_s = event.at_s if event.stage in ASKING else None
            case StageFinished():
                self._usage += event.usage
                self._end_asking(event.at_s)
            case _:
                pass

    def _end_asking(self, at_s: float) -> None:
        """The endpoint has had its turn, which is the time that it is paid for."""
        if self._asked_at_s is not None:
            self._asking_s += at_s - self._asked_at_s
            self._asked_at_s = None

    def _finished(self, session_id: str, error: LiftError | None) -> RunFinished:
        duration_s = self._clock()
        self._end_asking(duration_s)
        return RunFinished(
            session_id=session_id,
            kind=self._request.kind,
            status=_status(error, self._results.get(self._chosen, []), self._made.ir),
            model=self._model,
            usage=self._usage,
            cost_usd=self._request.profile.cost_usd(
                prompt_tokens=self._usage.prompt_tokens,
                completion_tokens=self._usage.completion_tokens,
                seconds=self._asking_s,
            ),
            duration_s=duration_s,
            error=error.as_dict() if error else None,
        )

    @contextmanager
    def _saving(self) -> Generator[None]:
        start = self._clock()
        yield
        self._saving_s += self._clock() - start


def _status(error: LiftError | None, results: list[CheckResult], ir: IR | None) -> RunStatus:
    match error:
        case None:
            if not verdict(results):
                return "failed"
            return "open" if results and ir is not None and in_doubt(ir) else "passed"
        case Cancelled():
            return "cancelled"
        case ContractBroken():
            return "broken"
        case EndpointError() | WeightsError():
            return "unreachable"
        case _:
            return "error"
