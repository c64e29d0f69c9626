"""Exporting a session: a Markdown report, the specification as JSON or text, or code with its tests."""

from __future__ import annotations

from typing import Literal, NamedTuple

from engine.lifecycle import report
from engine.lifecycle.errors import NotExportable
from engine.lifecycle.finding import find_draft
from engine.lifecycle.pytest_file import module_name, pytest_file
from engine.sessions.store import SessionStore

ExportForm = Literal["markdown", "json", "spec", "python"]


class ExportFile(NamedTuple):
    """One file of an export: its name, without a folder, and its text."""

    name: str
    text: str


def export(store: SessionStore, session_id: str, form: ExportForm, *, draft: int | None = None) -> list[ExportFile]:
    """The files of an export; ``python`` gives two of them, the module and its tests.

    Args:
        draft: number of the draft; the head when not given.

    Raises:
        NoSuchRecord: there is no such draft, or none at all.
        NotExportable: code is wanted where there is none, or a name in it cannot be a Python name.
    """
    session, chosen = store.sessions.get(session_id), find_draft(store, session_id, draft)
    name = chosen.ir.signature.name if chosen.ir.signature.name.isidentifier() else "spec"
    match form:
        case "markdown":
            return [ExportFile(f"{name}.md", report.markdown(store, session, chosen))]
        case "json":
            return [ExportFile(f"{name}.json", chosen.ir.model_dump_json(indent=2) + "\n")]
        case "spec":
            return [ExportFile(f"{name}.py", chosen.ir_text)]
        case "python":
            code = store.codes.latest(chosen.id)
            if code is None:
                raise NotExportable(
                    f"Draft {chosen.seq} of session {session_id} has no code yet.",
                    f"Generate it with: lift session generate {session_id}",
                )
            about = f"Made by Lift from draft {chosen.seq} of session {session_id}."
            module = module_name(chosen.ir)
            tests = pytest_file(chosen.ir, code.code, about=about)
            return [ExportFile(f"{module}.py", code.code), ExportFile(f"test_{module}.py", tests)]
