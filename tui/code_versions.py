"""The versions of a session's code that the workbench leafs through, stored and streaming, and how they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tui.highlight import Line
    from tui.run_view import RunView
    from tui.session_view import SessionView

Kind = Literal["stored", "streaming", "partial"]
Mark = Literal["", "+", "-"]


@dataclass(frozen=True)
class Version:
    """One version of the code.

    Attributes:
        kind: ``streaming`` while it is written, ``partial`` when a run was stopped at it.
        key: what it is known by while it is shown; a version that streams has one key from its first character on.
        attempt: its number in its run: 0 is the implementation, repairs count from 1; ``attempts`` is the last one's.
        reason: what failed, where it is a repair.
        draft: number of the draft that it was written for, 0 where it is not known.
        chosen: whether its run settled on it.
    """

    kind: Kind
    key: str
    code: str
    attempt: int = 0
    attempts: int = 0
    reason: str = ""
    draft: int = 0
    chosen: bool = False


def versions(view: SessionView | None, run: RunView | None) -> list[Version]:
    """All versions, oldest first: those that are stored, then those of the run that goes on."""
    found: list[Version] = []
    if view is not None:
        last: dict[int | None, int] = {}
        goes_on = view.runs[-1].id if run is not None and view.runs and view.runs[-1].status == "running" else -1
        codes = [code for code in view.codes if code.run_id != goes_on]
        for code in codes:
            last[code.run_id] = max(last.get(code.run_id, 0), code.attempt)
        drafts = {info.id: info.seq for info in view.drafts}
        found = [
            Version(
                "stored",
                str(code.id),
                code.code,
                code.attempt,
                last[code.run_id],
                code.reason,
                drafts.get(code.draft_id, 0),
                code.chosen,
            )
            for code in codes
        ]
    if run is not None:
        return found + _of_run(run)
    if view is not None and view.interrupted is not None:
        partial = view.partial.get("repair") or view.partial.get("implement") or ""
        if "\n" in partial.strip():  # a header alone is what the model was given
            found.append(Version("partial", f"partial {view.interrupted.id}", partial))
    return found


def newest(found: list[Version], view: SessionView | None) -> int:
    """Index of the version to show first: what streams or broke off, else the code of the draft that is shown."""
    if found and found[-1].kind != "stored":
        return len(found) - 1
    if view is not None and view.code is not None:
        key = str(view.code.id)
        for index, version in enumerate(found):
            if version.key == key:
                return index
    return len(found) - 1


def facts(found: list[Version], index: int, view: SessionView | None) -> list[str]:
    """What there is to know about a version, in short pieces."""
    version = found[index]
    parts: list[str] = []
    if version.kind == "partial":
        parts += ["as far as a stopped run came", "R goes on with it"]
    elif version.kind == "streaming":
        parts.append("being written")
    if len(found) > 1:
        parts.append(f"version {index + 1} of {len(found)}")
    if version.attempts:
        parts.append(f"attempt {version.attempt + 1} of {version.attempts + 1}")
    if version.reason:
        parts.append(f"repairs: {version.reason}")
    if version.chosen:
        parts.append("chosen")
    shown = view.draft.seq if view is not None and view.draft is not None else 0
    if version.draft and shown and version.draft != shown:
        parts.append(f"written for draft {version.draft}, not for draft {shown}: g writes it anew")
    return parts


def differences(old: list[Line], new: list[Line]) -> list[tuple[Mark, int | None, Line]]:
    """``new`` with what it lost of ``old``: for each line its mark, its number in ``new``, and the line."""
    from difflib import SequenceMatcher

    rows: list[tuple[Mark, int | None, Line]] = []
    matcher = SequenceMatcher(None, [line.text for line in old], [line.text for line in new], autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind != "equal":
            rows.extend(("-", None, line) for line in old[old_from:old_to])
        mark: Mark = "" if kind == "equal" else "+"
        rows.extend((mark, number + 1, new[number]) for number in range(new_from, new_to))
    return rows


def _of_run(run: RunView) -> list[Version]:
    """The versions of a run that goes on; the last one streams until it is complete."""
    done = [version.attempt for version in run.versions]
    last = max([run.attempt, *done])
    reason = run.repair.reason if run.repair is not None else ""
    found = [
        Version(
            "stored",
            f"run {version.attempt}",
            version.code,
            version.attempt,
            last,
            reason if run.repair is not None and version.attempt == run.repair.attempt else "",
            chosen=version.attempt == run.chosen,
        )
        for version in run.versions
    ]
    if run.code and run.attempt not in done:
        key = f"run {run.attempt}"
        found.append(Version("streaming", key, run.code, run.attempt, last, reason if run.attempt else ""))
    return found
