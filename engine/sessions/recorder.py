"""Writing a run into the store while it happens, by listening to the pipeline's events."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple

from engine.ir.models import Source
from engine.sessions.records import Origin, RunKind, RunState
from engine.sessions.store import SessionStore
from engine.stages.events import (
    AnswerDropped,
    CheckFinished,
    CodeChosen,
    CodeFinished,
    Event,
    RefinementProposed,
    RepairStarted,
    RunFinished,
    RunStatus,
    SpanFinished,
    SpecFinished,
    StageFailed,
    StageFinished,
    StageStarted,
    TextDelta,
)

FLUSH_S = 0.25
"""How often streamed text is written at most, in seconds."""

_STATUS: dict[RunStatus, RunState] = {
    "passed": "finished",
    "open": "finished",
    "failed": "finished",
    "cancelled": "cancelled",
    "broken": "failed",
    "unreachable": "failed",
    "error": "failed",
}


class Begun(NamedTuple):
    """The session and the run that a recorder writes to."""

    session_id: str
    run_id: int


class Recorder:
    """Records one run.

    A context manager: a run that is left without a :class:`RunFinished` event is marked as
    interrupted. Of streamed text a sudden death loses at most what came after the last write,
    which is never older than :data:`FLUSH_S` while text arrives.

    Args:
        store: where to write.
        clock: seconds on a monotonic clock.
    """

    def __init__(self, store: SessionStore, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._begun: Begun | None = None
        self._source: Source = "agent"
        self._author = ""
        self._reason = ""
        self._asked = ""
        self._parent: int | None = None
        self._draft_id: int | None = None
        self._code_id: int | None = None
        self._versions: dict[int, int] = {}
        self._repair: RepairStarted | None = None
        self._finished = False
        self._pending: dict[str, list[str]] = {}
        self._flushed_at = float("-inf")

    def begin(
        self,
        prompt: str = "",
        *,
        endpoint: str,
        model: str,
        seed: int | None = None,
        temperature: float | None = None,
        prompt_version: str = "",
        kind: RunKind = "generate",
        session_id: str | None = None,
        draft_id: int | None = None,
        origin: Origin = "prompt",
        author: str = "",
        prompt_id: int | None = None,
        hole: str = "",
    ) -> Begun:
        """Create the session, or continue one, and begin the run.

        Args:
            prompt: what the user asked for; in a session that exists, a request to refine it.
            session_id: the session to continue; None for a new one.
            draft_id: the draft to implement or refine; the session's head when not given.
            origin: how a new session came about.
            author: the user's name.
            prompt_id: what the user asked for, where the session has that prompt already.
            hole: identifier of the hole that an assist proposes options for.

        Raises:
            StoreError: nothing was written.
            NoSuchRecord: there is no such session or draft.
        """
        store = self._store
        with store.transaction():
            if session_id is None:
                session_id = store.sessions.create(prompt, origin=origin, author=author).id
            elif prompt and prompt_id is None:
                purpose = "refine" if kind == "refine" else "draft"
                store.sessions.add_prompt(session_id, prompt, purpose=purpose, author=author)
            if prompt_id is None:
                prompt_id = next((asked.id for asked in reversed(store.sessions.prompts(session_id))), None)
            run = store.runs.start(
                session_id,
                kind,
                prompt_id=prompt_id,
                endpoint=endpoint,
                model=model,
                seed=seed,
                temperature=temperature,
                prompt_version=prompt_version,
                base_id=draft_id,
                hole=hole,
            )
        self._source = "refinement" if kind == "refine" else "agent"
        self._author = model
        self._parent = self._draft_id = run.base_id
        self._reason = f"options for {hole}" if hole else ""
        self._asked = prompt
        self._begun = Begun(session_id, run.id)
        return self._begun

    @property
    def draft_id(self) -> int | None:
        """The draft that the run wrote last, or else works from."""
        return self._draft_id

    @property
    def code_id(self) -> int | None:
        """The code version that the run wrote last."""
        return self._code_id

    def check(self, code_id: int) -> None:
        """Let the verdicts that follow be about ``code_id``, in a run that writes no code."""
        self._code_id = code_id

    def record(self, event: Event) -> None:
        """Write down what ``event`` says; events that only concern faces are ignored.

        Raises:
            StoreError: it could not be written.
        """
        session_id, run_id = self._running()
        if isinstance(event, TextDelta):
            self._pending.setdefault(event.stage, []).append(event.text)
            if self._clock() - self._flushed_at >= FLUSH_S:
                self.flush()
            return
        store = self._store
        match event:
            case StageStarted():
                self.flush()
                store.runs.enter_stage(run_id, event.stage)
            case AnswerDropped():
                self._superseded(run_id, event.stage)
            case SpecFinished():
                with store.transaction():
                    draft = store.drafts.add(
                        session_id,
                        event.ir,
                        parent=self._parent,
                        ir_text=event.ir_text,
                        author=self._author,
                        source=self._source,
                        reason=self._reason,
                    )
                    self._superseded(run_id, "assist" if self._reason else "draft")
                self._parent = self._draft_id = draft.id
            case RefinementProposed():
                with store.transaction():
                    if event.changes:
                        store.proposals.add(
                            session_id,
                            event.ir,
                            base=event.base_draft,
                            ir_text=event.ir_text,
                            author=self._author,
                            reason=self._asked,
                            run_id=run_id,
                        )
                    self._superseded(run_id, "refine")
            case RepairStarted():
                self._repair = event
            case CodeFinished():
                self._code_id = self._versions[event.attempt] = self._add_code(event, run_id)
            case CodeChosen():
                store.codes.choose(run_id, self._versions[event.attempt], reason=event.reason)
            case CheckFinished():
                if self._code_id is None:
                    raise RuntimeError("a check was finished before any code")
                store.codes.add_checks(self._code_id, [event.result], run_id=run_id)
            case SpanFinished():
                store.runs.add_spans(run_id, [event.span])
            case StageFinished():
                store.runs.add_usage(run_id, event.stage, event.usage)
            case StageFailed():
                with store.transaction():
                    if event.partial_text:
                        self._superseded(run_id, event.stage)
                        store.runs.append_text(run_id, event.stage, event.partial_text)
                    self.flush()
            case RunFinished():
                self._finish(_STATUS[event.status], event)
            case _:
                pass  # RunStarted repeats begin(); StageWaiting and SpecUpdated are for eyes only

    def flush(self) -> None:
        """Write the streamed text that is still in memory."""
        if self._pending:
            with self._store.transaction(durable=False):
                for stage, pieces in self._pending.items():
                    self._store.runs.append_text(self._running().run_id, stage, "".join(pieces))
            self._pending.clear()
        self._flushed_at = self._clock()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._begun is not None and not self._finished:
            self.flush()
            self._store.runs.finish(self._begun.run_id, "interrupted")
            self._finished = True

    def _add_code(self, event: CodeFinished, run_id: int) -> int:
        if self._draft_id is None:
            raise RuntimeError("code was finished before any specification")
        codes, repair = self._store.codes, self._repair
        with self._store.transaction():
            if event.attempt and repair is not None and repair.attempt == event.attempt:
                failed = self._versions[repair.of]
                code = codes.add_repair(
                    failed,
                    event.code,
                    attempt=event.attempt,
                    draft_id=self._draft_id,
                    reason=repair.reason,
                    author=self._author,
                    run_id=run_id,
                )
            else:
                code = codes.add(self._draft_id, event.code, author=self._author, run_id=run_id)
            self._superseded(run_id, "repair" if event.attempt else "implement")
        return code.id

    def _finish(self, status: RunState, event: RunFinished) -> None:
        with self._store.transaction():
            self.flush()
            self._store.runs.finish(
                self._running().run_id,
                status,
                outcome=event.status,
                error=event.error,
                cost_usd=event.cost_usd,
            )
        self._finished = True

    def _superseded(self, run_id: int, stage: str) -> None:
        self._pending.pop(stage, None)
        self._store.runs.discard_text(run_id, stage)

    def _running(self) -> Begun:
        if self._begun is None:
            raise RuntimeError("Recorder.begin() comes first")
        return self._begun
