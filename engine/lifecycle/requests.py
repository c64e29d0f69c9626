"""What to ask of the pipeline for a session that exists: generate, refine, assist, or go on after an interruption.

Each function returns a :class:`~engine.stages.jobs.RunRequest` with the default sampling; callers
adapt it with :func:`dataclasses.replace`.
"""

from __future__ import annotations

from dataclasses import replace

from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import Sampling
from engine.errors import UsageError
from engine.lifecycle.errors import NothingInterrupted
from engine.lifecycle.finding import find_draft
from engine.lifecycle.holes import find_hole
from engine.lifecycle.states import require_editable
from engine.sessions.errors import NoSuchRecord
from engine.sessions.records import Draft, Run
from engine.sessions.store import SessionStore
from engine.stages.jobs import RunRequest


def first_prompt(store: SessionStore, session_id: str) -> str:
    """What the session began with, in plain English; empty when it began with something else."""
    return next((asked.text for asked in store.sessions.prompts(session_id) if asked.purpose == "draft"), "")


def generate_request(
    store: SessionStore, session_id: str, profile: Profile, *, number: int | None = None
) -> RunRequest:
    """Write code for a draft (the head when not given) and check it; without any draft, begin with the prompt.

    Raises:
        NoSuchRecord: there is no such session or draft, or neither a draft nor a prompt.
    """
    prompt = first_prompt(store, session_id)
    if number is None and prompt and store.heads.current(session_id) is None:
        return RunRequest(prompt, profile, session_id=session_id)
    return _on(store, find_draft(store, session_id, number), profile)


def refine_request(
    store: SessionStore, session_id: str, instruction: str, profile: Profile, *, number: int | None = None
) -> RunRequest:
    """Propose how to change a draft (the head when not given) as ``instruction`` says.

    Raises:
        UsageError: the instruction is empty.
        NoSuchRecord: there is no such session or draft.
        NotAllowed: the session is finalized, abandoned or deleted.
    """
    require_editable(store, session_id)
    if not instruction.strip():
        raise UsageError("What should change?", f'Say it: lift session refine {session_id} "also accept None"')
    request = _on(store, find_draft(store, session_id, number), profile)
    return replace(request, kind="refine", instruction=instruction.strip())


def assist_request(
    store: SessionStore, session_id: str, hole: str, profile: Profile, *, number: int | None = None
) -> RunRequest:
    """Propose options for a hole of a draft (the head when not given).

    Raises:
        UnknownHole: the draft has no such hole.
        NoSuchRecord: there is no such session or draft.
        NotAllowed: the session is finalized, abandoned or deleted.
    """
    require_editable(store, session_id)
    draft = find_draft(store, session_id, number)
    return replace(_on(store, draft, profile), kind="assist", hole=find_hole(draft.ir, hole).identifier)


def interrupted_run(store: SessionStore, session_id: str) -> Run:
    """The session's last run, if it did not come to its end.

    Raises:
        NothingInterrupted: it did, or there was none.
    """
    last = next(reversed(store.runs.list(session_id)), None)
    if last is None or last.status not in ("interrupted", "cancelled", "failed"):
        state = "is still running" if last and last.status == "running" else "came to its end"
        what = f"The last run of session {session_id} {state}." if last else f"Session {session_id} has no runs."
        raise NothingInterrupted(what, f"Write code for it: lift session generate {session_id}")
    return last


def resume_request(store: SessionStore, run: Run, profile: Profile) -> RunRequest:
    """Do again what ``run`` did not finish, with its model, seed and temperature.

    What it had made counts: with a specification it goes on to the code, with code to the checks.

    Raises:
        NoSuchRecord: what it worked on is gone.
        NotAllowed: it would change a session that is finalized, abandoned or deleted.
    """
    request = _again(store, run, profile)
    sampling = Sampling(temperature=run.temperature or 0.0, seed=run.seed)
    return replace(request, model=run.model or None, sampling=sampling, prompt_id=run.prompt_id)


def _again(store: SessionStore, run: Run, profile: Profile) -> RunRequest:
    session_id = run.session_id
    base = store.drafts.get(run.base_id) if run.base_id is not None else None
    match run.kind:
        case "refine" | "assist":
            number = base.seq if base else None
            if run.kind == "assist":
                return assist_request(store, session_id, store.runs.hole(run.id), profile, number=number)
            asked = [prompt.text for prompt in store.sessions.prompts(session_id) if prompt.id == run.prompt_id]
            return refine_request(store, session_id, "".join(asked), profile, number=number)
        case "generate" | "draft" if run.stage in ("", "draft"):
            return RunRequest(first_prompt(store, session_id), profile, session_id=session_id, kind=run.kind)
        case _:
            code = next((code for code in store.codes.list(session_id) if code.run_id == run.id), None)
            if code is not None:
                request = _on(store, store.drafts.get(code.draft_id), profile)
                return replace(request, kind="check", code_id=code.id, code=code.code)
            own = base if run.kind == "implement" else None
            return _on(store, own or find_draft(store, session_id), profile)


def _on(store: SessionStore, draft: Draft, profile: Profile) -> RunRequest:
    """Write code for ``draft`` and check it."""
    if store.sessions.get(draft.session_id).deleted_at is not None:
        raise NoSuchRecord(f"Session {draft.session_id} is deleted.", "Bring it back first: undelete it.")
    return RunRequest(
        first_prompt(store, draft.session_id) or draft.ir.intent.summary,
        profile,
        ir=draft.ir,
        session_id=draft.session_id,
        kind="implement",
        draft_id=draft.id,
    )
