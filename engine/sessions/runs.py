"""Runs of the pipeline: what was streamed, how long it took, what it used, how it ended."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable

from engine.sessions.database import Database, Row
from engine.sessions.errors import NoSuchRecord
from engine.sessions.heads import current_head
from engine.sessions.owner import Owner, is_alive, this_process
from engine.sessions.records import Run, RunKind, RunState
from engine.sessions.summary import refresh
from engine.sessions.texts import require_session
from engine.stages.events import RunStatus, Span, Usage

SILENCE_MS = 600_000
"""How long a run on another machine may stay silent before it counts as interrupted (10 minutes)."""

_COLD_S = 1.0
_RECENT_RUNS = 50
_RECENT_STARTS = 5


class Runs:
    """The runs of all sessions.

    Args:
        clock: the time, in milliseconds since the Unix epoch.
    """

    def __init__(self, db: Database, clock: Callable[[], int]) -> None:
        self._db = db
        self._clock = clock

    def start(
        self,
        session_id: str,
        kind: RunKind = "generate",
        *,
        prompt_id: int | None = None,
        endpoint: str = "",
        model: str = "",
        seed: int | None = None,
        temperature: float | None = None,
        prompt_version: str = "",
        base_id: int | None = None,
        hole: str = "",
    ) -> Run:
        """Begin a run, owned by this process.

        Args:
            base_id: the draft that it implements or refines; the session's head when not given.
            hole: identifier of the hole that it proposes options for.

        Raises:
            NoSuchRecord: there is no such session.
            NotAllowed: the session is deleted.
        """
        owner = this_process()
        now = self._clock()
        with self._db.transaction():
            require_session(self._db, session_id)
            run_id = self._db.insert(
                "runs",
                {
                    "session_id": session_id,
                    "kind": kind,
                    "status": "running",
                    "prompt_id": prompt_id,
                    "base_id": current_head(self._db, session_id) if base_id is None else base_id,
                    "endpoint": endpoint,
                    "model": model,
                    "seed": seed,
                    "temperature": temperature,
                    "prompt_version": prompt_version,
                    "owner_pid": owner.pid,
                    "owner_birth": owner.birth,
                    "owner_machine": owner.machine,
                    "started_at": now,
                    "seen_at": now,
                },
            )
            if hole:
                self._db.insert("assists", {"run_id": run_id, "hole": hole})
            refresh(self._db, session_id, now)
            return self.get(run_id)

    def hole(self, run_id: int) -> str:
        """Identifier of the hole that a run of kind ``assist`` proposes options for; empty for other runs."""
        return self._db.scalar("SELECT hole FROM assists WHERE run_id = ?", (run_id,)) or ""

    def get(self, run_id: int) -> Run:
        """The run with this id.

        Raises:
            NoSuchRecord: there is none.
        """
        row = self._db.row("SELECT * FROM runs WHERE id = ?", (run_id,))
        if row is None:
            raise NoSuchRecord(f"There is no run {run_id}.")
        return _run(row)

    def list(self, session_id: str) -> list[Run]:
        """All runs of a session, oldest first."""
        rows = self._db.rows("SELECT * FROM runs WHERE session_id = ? ORDER BY id", (session_id,))
        return [_run(row) for row in rows]

    def enter_stage(self, run_id: int, stage: str) -> None:
        """Note that the run has come to ``stage``."""
        with self._db.transaction(durable=False):
            self._db.execute("UPDATE runs SET stage = ?, seen_at = ? WHERE id = ?", (stage, self._clock(), run_id))

    def append_text(self, run_id: int, stage: str, text: str) -> None:
        """Keep a piece of what ``stage`` streams; it survives the process, not a loss of power."""
        with self._db.transaction(durable=False):
            self._db.execute(
                """
                INSERT INTO streams (run_id, stage, body) VALUES (?, ?, ?)
                ON CONFLICT (run_id, stage) DO UPDATE SET body = body || excluded.body
                """,
                (run_id, stage, text),
            )
            self._db.execute("UPDATE runs SET seen_at = ? WHERE id = ?", (self._clock(), run_id))

    def discard_text(self, run_id: int, stage: str) -> None:
        """Forget what ``stage`` streamed, because the draft or code made of it is stored."""
        with self._db.transaction():
            self._db.execute("DELETE FROM streams WHERE run_id = ? AND stage = ?", (run_id, stage))

    def text(self, run_id: int) -> dict[str, str]:
        """What each stage streamed that did not become a draft or code, by stage."""
        rows = self._db.rows("SELECT stage, body FROM streams WHERE run_id = ?", (run_id,))
        return {row["stage"]: row["body"] for row in rows}

    def add_spans(self, run_id: int, spans: Iterable[Span]) -> None:
        """Add timed pieces of the run's stages."""
        with self._db.transaction(durable=False):
            for seq, span in enumerate(spans, self._next_seq("spans", run_id)):
                self._db.insert("spans", {"run_id": run_id, "seq": seq, **span.model_dump()})

    def spans(self, run_id: int) -> list[Span]:
        """The timed pieces of a run, in the order in which they ended."""
        rows = self._db.rows("SELECT * FROM spans WHERE run_id = ? ORDER BY seq", (run_id,))
        return [Span.model_validate(row) for row in rows]

    def add_usage(self, run_id: int, stage: str, usage: Usage) -> None:
        """Add the tokens that a stage used."""
        with self._db.transaction(durable=False):
            seq = self._next_seq("usage", run_id)
            self._db.insert("usage", {"run_id": run_id, "seq": seq, "stage": stage, **usage.model_dump()})

    def usage(self, run_id: int) -> dict[str, Usage]:
        """The tokens that each stage of a run used."""
        used: dict[str, Usage] = {}
        for row in self._db.rows("SELECT * FROM usage WHERE run_id = ? ORDER BY seq", (run_id,)):
            used[row["stage"]] = used.get(row["stage"], Usage()) + Usage.model_validate(row)
        return used

    def typical_wait_s(self, endpoint: str) -> float | None:
        """Median of the last cold starts at ``endpoint`` in seconds; None when none is on record.

        A wait of a second or more for an endpoint to begin is taken for one.
        """
        rows = self._db.rows(
            """
            SELECT duration_s FROM spans JOIN (SELECT id FROM runs WHERE endpoint = ? ORDER BY id DESC LIMIT ?) AS r
            ON r.id = spans.run_id WHERE name = 'queue' AND duration_s >= ? ORDER BY r.id DESC LIMIT ?
            """,
            (endpoint, _RECENT_RUNS, _COLD_S, _RECENT_STARTS),
        )
        return statistics.median(row["duration_s"] for row in rows) if rows else None

    def finish(
        self,
        run_id: int,
        status: RunState,
        *,
        outcome: RunStatus | None = None,
        error: dict[str, str] | None = None,
        cost_usd: float = 0.0,
    ) -> Run:
        """End a run; its state is final unless it was only ``interrupted``.

        Args:
            outcome: the pipeline's own verdict.
            error: what went wrong, as :meth:`engine.errors.LiftError.as_dict` says it.

        Raises:
            NoSuchRecord: there is no such run.
        """
        now = self._clock()
        with self._db.transaction():
            run = self.get(run_id)
            if run.status in ("running", "interrupted"):
                self._db.execute(
                    """
                    UPDATE runs SET status = ?, outcome = ?, error = ?, cost_usd = ?, seen_at = ?, finished_at = ?
                    WHERE id = ?
                    """,
                    (status, outcome or "", json.dumps(error) if error else None, cost_usd, now, now, run_id),
                )
                refresh(self._db, run.session_id, now)
            return self.get(run_id)

    def mark_interrupted(self) -> list[Run]:
        """Mark the running runs whose process is gone as interrupted, and return them.

        They keep what they had streamed (:meth:`text`) and the parameters to begin them again.
        """
        dead = [row["id"] for row in self._running() if self._is_dead(row)]
        if not dead:
            return []
        with self._db.transaction():
            still = {row["id"] for row in self._running()}
            return [self.finish(run_id, "interrupted") for run_id in dead if run_id in still]

    def _running(self) -> list[Row]:
        return self._db.rows("SELECT * FROM runs WHERE status = 'running' ORDER BY id")

    def _is_dead(self, row: Row) -> bool:
        alive = is_alive(Owner(row["owner_pid"], row["owner_birth"], row["owner_machine"]))
        if alive is None:
            return self._clock() - row["seen_at"] > SILENCE_MS
        return not alive

    def _next_seq(self, table: str, run_id: int) -> int:
        return self._db.scalar(f"SELECT coalesce(max(seq), 0) + 1 FROM {table} WHERE run_id = ?", (run_id,))


def _run(row: Row) -> Run:
    return Run.model_validate({**row, "error": json.loads(row["error"]) if row["error"] else None})
