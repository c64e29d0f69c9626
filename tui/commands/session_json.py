"""The JSON documents of ``lift session … --json``. Keys are only ever added; times are ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.ir.diff import Change
    from engine.ir.validate import Problem
    from engine.lifecycle.compare import Comparison, Step
    from engine.lifecycle.editing import Edited
    from engine.sessions.records import Code, DraftInfo, Run, Session
    from engine.sessions.search import Hit
    from engine.sessions.store import SessionStore

Json = dict[str, Any]


def session(record: Session) -> Json:
    """A session as lists show it: id, title, state, tags, function, counts, model, times."""
    return record.model_dump(mode="json", exclude={"num"})


def draft(record: DraftInfo) -> Json:
    """A draft: number, id, parent_id, became_sibling, author, source, reason; in full also ir and ir_text."""
    fields = record.model_dump(mode="json")
    return {"number": fields.pop("seq"), **fields}


def code(record: Code) -> Json:
    """A version of the code: number, id, draft_id, author, code."""
    fields = record.model_dump(mode="json")
    return {"number": fields.pop("seq"), **fields}


def run(store: SessionStore, record: Run) -> Json:
    """A run of the pipeline, with its spans, its tokens per stage, and what it streamed that became nothing yet."""
    return {
        **record.model_dump(mode="json"),
        "spans": [span.model_dump() for span in store.runs.spans(record.id)],
        "usage": {stage: usage.model_dump() for stage, usage in store.runs.usage(record.id).items()},
        "text": store.runs.text(record.id),
    }


def changes(found: Iterable[Change]) -> list[Json]:
    """Changes: kind, address_old, address_new, old, new, summary; to be named by their place, from 1."""
    return [{"number": number, **asdict(change)} for number, change in enumerate(found, 1)]


def problems(found: Iterable[Problem]) -> list[Json]:
    """Problems of a draft: address, message, suggestion, severity, line, column."""
    return [asdict(problem) for problem in found]


def edited(session_id: str, result: Edited) -> Json:
    """``{"session_id", "draft", "became_sibling", "changes", "problems"}``"""
    return {
        "session_id": session_id,
        "draft": draft(result.draft),
        "became_sibling": result.became_sibling,
        "changes": changes(result.changes),
        "problems": problems(result.problems),
    }


def comparison(session_id: str, found: Comparison) -> Json:
    """``{"session_id", "old", "new", "changes"}``, the drafts without their content."""
    content = {"ir", "ir_text"}
    old, new = ({k: v for k, v in draft(d).items() if k not in content} for d in (found.old, found.new))
    return {"session_id": session_id, "old": old, "new": new, "changes": changes(found.changes)}


def step(found: Step) -> Json:
    """An entry of the history: at, kind, ref, number, author, detail, reason, and a draft's changes."""
    return {**found.entry.model_dump(mode="json"), "changes": changes(found.changes)}


def hit(found: Hit) -> Json:
    """A search hit: session, kind, number, snippet, and ``matches``, the spans of the snippet that match."""
    text, spans = split_marks(found.snippet)
    return {
        "session": session(found.session),
        "kind": found.kind,
        "number": found.number,
        "snippet": text,
        "matches": [list(span) for span in spans],
    }


def split_marks(snippet: str) -> tuple[str, list[tuple[int, int]]]:
    """A snippet without its marks, and the spans (start, end, in characters) that were marked."""
    from engine.sessions.search import MARK_END, MARK_START

    text, spans, start = "", [], 0
    for character in snippet:
        if character == MARK_START:
            start = len(text)
        elif character == MARK_END:
            spans.append((start, len(text)))
        else:
            text += character
    return text, spans
