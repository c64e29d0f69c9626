"""Running tasks: through the pipeline first, then, where it is wanted, asking the same model directly.

The baselines have their turns after the pipeline's: in between, their prompts would push the beginning that all of
the pipeline's prompts share out of the endpoint's cache.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from engine.bench.cold import Chill
from engine.bench.heard import Heard
from engine.bench.machine import load_average
from engine.bench.raw import ask, code_of
from engine.bench.records import BASELINES, Baseline, Mode, Record, utc_now
from engine.bench.results import Ledger
from engine.bench.score import asks_about, score
from engine.bench.tasks import Task
from engine.endpoints.connect import connect
from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import Sampling, Waiting
from engine.errors import ContractBroken, LiftError, SandboxFailed
from engine.sessions.store import SessionStore
from engine.stages.check_header import parse_module
from engine.stages.pipeline import Run, RunRequest

FAULTS = 3
"""So many tasks in a row that failed for another reason than the model end the run: the endpoint has gone."""

_WARM_UP = "Write a function that returns the larger of two integers."
"""Asked before anything is measured, so that the first task finds what all prompts begin with read already."""

OnWaiting = Callable[[Waiting], None]


class EndpointGone(LiftError):
    """Several tasks in a row failed because the endpoint or the sandbox did."""

    exit_code = 3
    kind = "endpoint"


@dataclass(frozen=True, slots=True)
class Job:
    """One task in one mode, once."""

    mode: Mode
    task: Task
    repeat: int
    cold: bool

    @property
    def key(self) -> tuple[Mode, str, str, int, bool]:
        """The key of its record."""
        return self.mode, self.task.suite, self.task.name, self.repeat, self.cold


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: ``done`` of ``total`` jobs, and about how many seconds are left, where that can be told."""

    done: int
    total: int
    left_s: float | None


def phases(
    tasks: Sequence[Task], *, repeat: int = 1, baselines: Collection[Baseline] = (), cold: bool = False
) -> list[list[Job]]:
    """The jobs, mode by mode; each phase is over before the next one begins.

    Repetitions of a task do not follow each other, or its whole prompt would be in the endpoint's cache. What is
    ambiguous has no baseline: there is nothing to test, and a model by itself is not asked for questions.
    """
    modes: list[Mode] = ["lift", *(mode for mode in BASELINES if mode in baselines)]
    return [
        [
            Job(mode, task, number, cold)
            for number in range(1, repeat + 1)
            for task in tasks
            if mode == "lift" or task.tested
        ]
        for mode in modes
    ]


@dataclass
class Bench:
    """Everything that the tasks of one run share.

    Args:
        folder: where sessions are kept while they are needed.
        chill: makes the endpoint cold before each task; None keeps it warm.
        concurrency: how many tasks are under way at once.
    """

    profile: Profile
    client: httpx.AsyncClient
    folder: Path
    model: str | None = None
    sampling: Sampling = field(default_factory=Sampling)
    unsafe: bool = False
    chill: Chill | None = None
    concurrency: int = 1

    async def run(
        self,
        rounds: Sequence[Sequence[Job]],
        ledger: Ledger,
        *,
        on_record: Callable[[Record, Progress], object],
        on_waiting: OnWaiting = lambda _: None,
    ) -> None:
        """Work through the jobs that ``ledger`` does not have yet. Cancelling drops the tasks under way.

        Raises:
            EndpointGone: too many tasks in a row could not be measured.
            LiftError: the endpoint does not start, or the sandbox does not work.
        """
        left = [[job for job in jobs if not ledger.has(job.key)] for jobs in rounds]
        total = sum(map(len, left))
        if total and self.chill is None:
            await self.warm_up(on_waiting, pipeline=bool(left[0]))
        tally = _Tally(total)
        for jobs in left:
            queue = deque(jobs)
            # Not a TaskGroup: it would wrap what a worker raises in a group that nobody expects.
            workers = [
                asyncio.create_task(self._work(queue, number, ledger, tally, on_record))
                for number in range(min(self.concurrency, len(jobs)))
            ]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def warm_up(self, on_waiting: OnWaiting, *, pipeline: bool) -> None:
        """Wait until the endpoint answers, and have it read what the pipeline's prompts have in common.

        Raises:
            LiftError: the endpoint does not start, or does not answer.
        """
        await connect(self.profile, self.client, on_waiting, model=self.model)
        if pipeline:
            async with self._store("warm-up") as store:
                heard = await self._run(_WARM_UP, self.sampling, store)
            error = heard.fields()["error"]
            if error and error["kind"] != ContractBroken.kind:
                raise EndpointGone(error["what"], error["todo"])

    async def lift(self, task: Task, store: SessionStore, *, repeat: int = 1) -> Record:
        """Run the task through the pipeline and score what comes out."""
        began = utc_now()
        heard = await self._run(task.prompt, self._sampling(repeat), store)
        record = self._record("lift", task, repeat, began, **heard.fields())
        record.asked_right = asks_about(heard.questions, task.holes) if task.holes else None
        return await self._scored(record, heard.function_name, task)

    async def directly(self, mode: Baseline, task: Task, *, repeat: int = 1) -> Record:
        """Ask the model without the pipeline, and score the code in its answer."""
        began = utc_now()
        sampling = self._sampling(repeat)
        fields = await ask(mode, task.prompt, self.profile, self.client, model=self.model, sampling=sampling)
        code, name = code_of(fields.pop("code"))
        return await self._scored(self._record(mode, task, repeat, began, code=code, **fields), name, task)

    async def _work(
        self,
        queue: deque[Job],
        number: int,
        ledger: Ledger,
        tally: _Tally,
        on_record: Callable[[Record, Progress], object],
    ) -> None:
        async with self._store(f"{number}") as store:
            while queue:
                job = queue.popleft()
                if self.chill is not None:
                    await self.chill()
                if job.mode == "lift":
                    record = await self.lift(job.task, store, repeat=job.repeat)
                else:
                    record = await self.directly(job.mode, job.task, repeat=job.repeat)
                ledger.add(record)
                on_record(record, tally.add(record))
                if tally.faults >= FAULTS and record.error:
                    raise EndpointGone(
                        f"{FAULTS} tasks in a row could not be measured; the last one says: {record.error['what']}",
                        record.error["todo"],
                    )

    async def _run(self, prompt: str, sampling: Sampling, store: SessionStore) -> Heard:
        request = RunRequest(
            prompt=prompt, profile=self.profile, model=self.model, sampling=sampling, unsafe=self.unsafe
        )
        heard = Heard()
        async with aclosing(Run(request, store, self.client).events()) as events:
            async for event in events:
                heard.note(event)
        return heard

    def _sampling(self, repeat: int) -> Sampling:
        """Repetitions differ by seed, where the seed has any effect."""
        seed = self.sampling.seed
        return self.sampling if seed is None else replace(self.sampling, seed=seed + repeat - 1)

    def _record(self, mode: Mode, task: Task, repeat: int, began: str, **fields: Any) -> Record:
        return Record(
            mode=mode,
            name=task.name,
            category=task.category,
            suite=task.suite,
            prompt=task.prompt,
            tested=task.tested,
            repeat=repeat,
            cold=self.chill is not None,
            at=began,
            load=load_average(),
            **fields,
        )

    async def _scored(self, record: Record, function_name: str, task: Task) -> Record:
        record.compiles = bool(record.code) and parse_module(record.code)[0] is not None
        if not task.tested:
            record.passed = record.asked_right
            return record
        record.passed = False
        if record.compiles and function_name:
            try:
                verdict = await score(record.code, function_name, task, unsafe=self.unsafe)
                record.passed, record.failures = verdict.passed, list(verdict.failures)
            except SandboxFailed as error:
                record.error = error.as_dict()  # says nothing about the model: to be measured again
        elif record.error is None:
            record.failures = ["no function that compiles"]
        return record

    @asynccontextmanager
    async def _store(self, name: str) -> AsyncGenerator[SessionStore]:
        """A store for one worker at a time: what two of them write must not end up in one transaction."""
        with SessionStore(self.folder / f"{name}.db") as store:
            yield store


class _Tally:
    """Counts jobs and guesses how long the rest takes, from how long those so far took on the clock."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._began = asyncio.get_running_loop().time()
        self.faults = 0

    def add(self, record: Record) -> Progress:
        self._done += 1
        self.faults = 0 if record.settled else self.faults + 1
        elapsed_s = asyncio.get_running_loop().time() - self._began
        left = self._total - self._done
        return Progress(self._done, self._total, elapsed_s / self._done * left)
