"""A session as a Markdown report that people read and that Lift reads back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.ir.validate import validate
from engine.lifecycle.compare import Step, steps
from engine.lifecycle.fences import fenced
from engine.sessions.records import Code, Draft, Run, Session
from engine.sessions.store import SessionStore

PROMPT_BLOCK = "text lift-prompt"
SPEC_BLOCK = "python lift-spec"
CODE_BLOCK = "python lift-code"
IR_BLOCK = "json lift-ir"
"""What the fenced blocks begin with that are read back."""


def markdown(store: SessionStore, session: Session, draft: Draft) -> str:
    """The report: prompt, specification, code, checks, timings, history, and the specification as JSON."""
    parts = [*_parts(store, session, draft, store.codes.latest(draft.id))]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _parts(store: SessionStore, session: Session, draft: Draft, code: Code | None) -> Iterator[str]:
    yield f"# {_cell(session.title) or session.id}"
    yield _facts(session, draft)
    for prompt in store.sessions.prompts(session.id):
        yield "## Prompt" if prompt.seq == 1 else f"## Request {prompt.seq} ({prompt.purpose})"
        yield fenced(PROMPT_BLOCK if prompt.seq == 1 else "text", prompt.text)
    yield "## Specification"
    yield fenced(SPEC_BLOCK, draft.ir_text)
    if problems := validate(draft.ir):
        yield "\n".join(f"- {p.severity} at `{p.address}`: {_cell(p.message)}. {_cell(p.suggestion)}" for p in problems)
    if code is not None:
        yield f"## Code\n\nVersion {code.seq}, by {_cell(code.author) or 'an unknown author'}."
        yield fenced(CODE_BLOCK, code.code)
        if checks := store.codes.checks(code.id):
            yield "## Checks"
            yield _table(("Verdict", "Check", "Detail"), ((c.status, c.name, c.detail) for c in checks))
    runs = [run for run in store.runs.list(session.id) if store.runs.spans(run.id)]
    if runs:
        yield "## Timings\n\nIn seconds since each run began."
        yield from (_run(store, run) for run in runs)
    yield "## History"
    yield "\n".join(_step(step) for step in steps(store, session.id))
    yield "## The specification as JSON\n\nLift reads it back, with everything that is known of each clause."
    yield fenced(IR_BLOCK, draft.ir.model_dump_json(indent=2))


def _facts(session: Session, draft: Draft) -> str:
    facts = {
        "Session": session.id,
        "State": session.state,
        "Draft": f"{draft.seq} of {session.draft_count}",
        "Model": session.model,
        "Tags": ", ".join(session.tags),
        "Created": f"{session.created_at:%Y-%m-%d %H:%M} UTC",
        "Cost": f"{session.cost_usd:.4f} US dollars" if session.cost_usd else "",
    }
    return _table(("", ""), ((name, value) for name, value in facts.items() if value))


def _run(store: SessionStore, run: Run) -> str:
    spans = store.runs.spans(run.id)
    used = [f"{usage.completion_tokens} tokens by {stage}" for stage, usage in store.runs.usage(run.id).items()]
    title = f"### {run.kind} on {run.started_at:%Y-%m-%d %H:%M} UTC ({run.outcome or run.status})"
    rows = ((span.stage, span.name, f"{span.start_s:.3f}", f"{span.duration_s:.3f}") for span in spans)
    table = _table(("Stage", "Span", "Start", "Duration"), rows)
    model = ", ".join([f"Model {_cell(run.model) or 'unknown'}", *used])
    return f"{title}\n\n{model}.\n\n{table}"


def _step(step: Step) -> str:
    entry = step.entry
    number = f" {entry.number}" if entry.number is not None else ""
    by = f" by {_cell(entry.author)}" if entry.author else ""
    told = ": ".join(_cell(part) for part in (entry.detail, entry.reason) if part)
    line = f"- {entry.at:%Y-%m-%d %H:%M:%S} {entry.kind}{number}{by}" + (f": {told}" if told else "")
    return "\n".join([line, *(f"  - {_cell(change.summary)}" for change in step.changes)])


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *(tuple(_cell(cell) for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    """``text`` on one line, without what Markdown would take for a table or for markup."""
    line = " ".join(text.split())
    for mark in "\\`*_<>[]|#":
        line = line.replace(mark, f"\\{mark}")
    return line
