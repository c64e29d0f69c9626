"""What is killed by :mod:`bench.crash`: writers that edit, stream, migrate and export without end.

A writer says what it has done only after the operation has returned, which is when a face would
tell its user. Everything that it says can be checked in the file afterwards.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from engine.ir.models import IR, Intent
from engine.ir.text import render
from engine.lifecycle import editing, moving, states
from engine.lifecycle.creating import create
from engine.lifecycle.exporting import ExportForm, export
from engine.lifecycle.files import write_files
from engine.lifecycle.holes import resolve
from engine.lifecycle.material import read
from engine.sessions.database import Database
from engine.sessions.migrations import SCHEMA_VERSION, migrate
from engine.sessions.recorder import Recorder
from engine.sessions.store import SessionStore
from engine.stages.events import (
    CheckFinished,
    CheckResult,
    CodeFinished,
    RunFinished,
    Span,
    SpanFinished,
    SpecFinished,
    StageStarted,
    TextDelta,
    Usage,
)

SPEC = '''def clamp(value: int, low: int, high: int) -> int:
    """Clamp a value."""
    ensures(low <= result <= high)
    example(clamp(15, 0, 10) == 10)
    hole("nan", kind="intent", ask="Should NaN be rejected?", options=["yes", "no"])
'''
CODE = "def clamp(value: int, low: int, high: int) -> int:\n    return max(low, min(value, high))\n"


class Say(Protocol):
    """Tells the parent what has been acknowledged."""

    def __call__(self, **said: Any) -> None:
        """Say it; returns when the parent can read it, whatever happens to this process."""
        ...


Writer = Callable[[Path, Say], None]


def edits(folder: Path, say: Say) -> None:
    """A person who edits: clauses, texts, holes, undo and redo, states, titles, tags."""
    with SessionStore(folder / "sessions.db") as store:
        for number in itertools.count():
            session = create(store, read(SPEC), title=f"session {number}").id
            _say_head(store, session, say)
            for step in range(4):
                made = editing.edit_clause(store, session, "intent.summary", f"Clamp {number} {step}.")
                say(kind="draft", draft=made.draft.id, text=made.draft.ir_text)
            made = resolve(store, session, "nan", pick=1)
            say(kind="draft", draft=made.draft.id, text=made.draft.ir_text)
            say(kind="answer", draft=made.draft.id, hole="nan")
            made = editing.edit_text(store, session, render(made.draft.ir).replace("Clamp", "Limit", 1))
            say(kind="draft", draft=made.draft.id, text=made.draft.ir_text)
            for move in (moving.undo, moving.undo, moving.redo):
                draft = move(store, session)
                say(kind="move", session=session, draft=draft.id, moves=len(store.heads.moves(session)))
            states.finalize(store, session)
            _say_event(store, session, "finalized", say)
            states.reopen(store, session)
            _say_event(store, session, "draft", say)
            store.sessions.tag(session, "kept")
            _say_event(store, session, "kept", say)
            store.sessions.rename(session, "a title")
            _say_event(store, session, "a title", say)


def streams(folder: Path, say: Say) -> None:
    """A run of the pipeline: text that streams, a specification, code, verdicts, timings."""
    ticks = itertools.count(0, 0.1)  # so that every third piece is due to be written
    with SessionStore(folder / "sessions.db") as store:
        while True:
            with Recorder(store, clock=lambda: next(ticks)) as recorder:
                _stream(store, recorder, say)


def _stream(store: SessionStore, recorder: Recorder, say: Say) -> None:
    session, run_id = recorder.begin("clamp a value", endpoint="local", model="m")
    say(kind="prompt", session=session, text="clamp a value")
    recorder.record(StageStarted(stage="draft", at_s=0))
    text = ""
    for number in range(30):
        text += f"{number} "
        recorder.record(TextDelta(stage="draft", text=f"{number} "))
        if number % 3 == 2:
            recorder.flush()
            say(kind="text", run=run_id, pieces=number + 1)
    ir = read(SPEC).ir
    assert ir is not None
    ir = ir.model_copy(update={"intent": Intent(summary="Clamp.", rationale=text.strip())})
    recorder.record(SpecFinished(ir=ir, ir_text=render(ir)))
    say(kind="draft", draft=recorder.draft_id, text=render(ir))
    recorder.record(StageStarted(stage="implement", at_s=1))
    recorder.record(CodeFinished(code=CODE))
    say(kind="code", code=recorder.code_id, text=CODE)
    recorder.record(CheckFinished(result=CheckResult(kind="example", name="example 1", status="passed")))
    recorder.record(SpanFinished(span=Span(stage="check", name="check.examples", start_s=2, duration_s=1)))
    recorder.record(RunFinished(session_id=session, status="passed", usage=Usage(), cost_usd=0, duration_s=3))
    say(kind="finished", run=run_id)


def migrations(folder: Path, say: Say) -> None:
    """The first start of a new Lift on an old file, and the first edits after it."""
    edits(folder, say)


def exports(folder: Path, say: Say) -> None:
    """Exports over exports: each file is the old one or the new one, never half of either."""
    target = folder / "exports"
    forms: tuple[ExportForm, ...] = ("json", "markdown", "spec")
    with SessionStore(folder / "sessions.db") as store:
        session = create(store, read(SPEC)).id
        _say_head(store, session, say)
        for _ in itertools.count():
            made = editing.edit_clause(store, session, "intent.summary", f"Clamp {_version(target) + 1:09}")
            say(kind="draft", draft=made.draft.id, text=made.draft.ir_text)
            for form in forms:
                for file in export(store, session, form):
                    write_files([(target / file.name, file.text)], overwrite=True)
                    version = int(made.draft.ir.intent.summary.split()[-1])
                    say(kind="export", folder=str(target), name=file.name, version=version)


def old_file(folder: Path, chance: random.Random) -> list[dict[str, Any]]:
    """Make a database as an earlier Lift left it; returns what is in it, in the words of a writer."""
    database = Database(folder / "sessions.db")
    migrate(database, upto=chance.randrange(1, SCHEMA_VERSION))
    text = "INSERT INTO texts (id, session_id, kind, seq, body, created_at) VALUES (?, ?, 'prompt', 1, ?, 2)"
    said: list[dict[str, Any]] = []
    for number in range(1, 41):
        session = f"1s00000{number:02}"
        database.execute(
            "INSERT INTO sessions (num, id, origin, created_at, updated_at) VALUES (?, ?, 'prompt', 2, 2)",
            (number, session),
        )
        database.execute(text, (number, session, f"prompt {number}"))
        database.execute("INSERT INTO prompts (id, purpose) VALUES (?, 'draft')", (number,))
        said.append({"kind": "prompt", "session": session, "text": f"prompt {number}"})
    database.close()
    return said


WRITERS: dict[str, Writer] = {"edits": edits, "streams": streams, "migrations": migrations, "exports": exports}


def _say_head(store: SessionStore, session: str, say: Say) -> None:
    head = store.drafts.head(session)
    assert head is not None
    say(kind="draft", draft=head.id, text=head.ir_text)


def _say_event(store: SessionStore, session: str, value: str, say: Say) -> None:
    say(kind="event", session=session, value=value, events=len(store.sessions.events(session)))


def _version(target: Path) -> int:
    """The number of the newest export in ``target``, so that a new writer goes on from there."""
    versions = [0]
    for file in target.glob("*.json"):
        versions.append(int(IR.model_validate_json(file.read_text(encoding="utf-8")).intent.summary.split()[-1]))
    return max(versions)
