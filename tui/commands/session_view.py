"""``lift session show|history|diff``: looking at one session."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import click

from tui.commands import session_json
from tui.commands.session_common import Output, draft_option, session_argument, store_command

if TYPE_CHECKING:
    from engine.sessions.records import Draft, Session
    from engine.sessions.store import SessionStore


@click.command()
@session_argument
@draft_option
@store_command
def show(store: SessionStore, output: Output, *, session: str, number: int | None) -> None:
    """Show SESSION: its prompts, the specification with its open questions, code, checks and drafts.

    JSON: {"session", "prompts", "draft" (with "ir" and "ir_text") or null, "problems", "code" or null,
    "checks", "drafts" (without content), "runs" (with spans, usage, and text not used yet)}
    """
    from engine.ir.validate import validate
    from engine.lifecycle.finding import find_draft, find_session

    found = find_session(store, session)
    draft = find_draft(store, found.id, number) if number or found.head_id else None
    problems = validate(draft.ir) if draft else []
    code = store.codes.latest(draft.id) if draft else None
    checks = store.codes.checks(code.id) if code else []
    if output.as_json:
        document: dict[str, Any] = {
            "session": session_json.session(found),
            "prompts": [prompt.model_dump(mode="json") for prompt in store.sessions.prompts(found.id)],
            "draft": session_json.draft(draft) if draft else None,
            "problems": session_json.problems(problems),
            "code": session_json.code(code) if code else None,
            "checks": [check.model_dump(mode="json") for check in checks],
            "drafts": [session_json.draft(info) for info in store.drafts.list(found.id)],
            "runs": [session_json.run(store, run) for run in store.runs.list(found.id)],
        }
        output.done(document)
        return
    _head(store, output, found, draft)
    if draft is not None:
        output.say("", draft.ir_text.rstrip("\n"))
        output.problems(problems)
    if code is not None:
        from tui.wording import check_line

        output.say("", f"--- code {code.seq}, by {code.author or 'an unknown author'}", code.code.rstrip("\n"))
        output.say(*(check_line(check) for check in checks))
    _interrupted(store, output, found)
    _next_steps(output, found, draft)
    if waiting := [store.drafts.get(proposal) for proposal in store.proposals.list(found.id, undecided=True)]:
        output.say("", "Proposed, and not decided:", *(f"  draft {p.seq}: {p.reason}" for p in waiting))
        output.say(f"Decide: lift session accept {found.id} - or: lift session reject {found.id}")


@click.command()
@session_argument
@store_command
def history(store: SessionStore, output: Output, *, session: str) -> None:
    """Tell who changed what in SESSION, when and why, oldest first.

    JSON: {"session_id", "history": [{"at", "kind", "ref", "number", "author", "detail", "reason", "changes"}…]}
    """
    from engine.lifecycle.compare import steps
    from engine.lifecycle.finding import find_session

    found = find_session(store, session)
    told = steps(store, found.id)
    if output.as_json:
        output.done({"session_id": found.id, "history": [session_json.step(step) for step in told]})
        return
    for step in told:
        entry = step.entry
        kind = "draft" if entry.kind == "spec" else entry.kind
        what = f"{kind} {entry.number}" if entry.number is not None else kind
        about = ": ".join(part for part in (entry.detail, entry.reason) if part)
        output.say(f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}  {entry.author or '-':<12} {what:<12} {about}".rstrip())
        if len(step.changes) > 1 or (step.changes and step.changes[0].summary != entry.reason):
            output.changes(step.changes)


@click.command()
@session_argument
@click.argument("old", required=False, type=click.IntRange(min=1))
@click.argument("new", required=False, type=click.IntRange(min=1))
@click.option("--text", "as_text", is_flag=True, help="Compare the texts line by line.")
@store_command
def diff(store: SessionStore, output: Output, *, session: str, old: int | None, new: int | None, as_text: bool) -> None:
    """Tell what changed from draft OLD to draft NEW of SESSION, clause by clause.

    NEW is the current draft when not given, OLD the draft that NEW was made from.

    JSON: {"session_id", "old", "new", "changes": [{"number", "kind", "address_old", "address_new", "old", "new",
    "summary"}…]}
    """
    from engine.lifecycle.compare import compare
    from engine.lifecycle.finding import find_session

    found = find_session(store, session)
    compared = compare(store, found.id, old, new)
    if output.as_json:
        output.done(session_json.comparison(found.id, compared))
        return
    before, after = compared.old, compared.new
    if as_text:
        lines = difflib.unified_diff(
            before.ir_text.splitlines(),
            after.ir_text.splitlines(),
            f"draft {before.seq}",
            f"draft {after.seq}",
            "",
            "",
            3,
            "",
        )
        for line in lines:
            output.styled(line, fg={"+": "green", "-": "red", "@": "cyan"}.get(line[:1]))
        return
    output.say(f"draft {before.seq} ({before.author or '-'}) → draft {after.seq} ({after.author or '-'})")
    output.changes(compared.changes)
    if not compared.changes:
        output.say("  They say the same.")


def _head(store: SessionStore, output: Output, found: Session, draft: Draft | None) -> None:
    facts = [found.state, *(f"#{tag}" for tag in found.tags), found.model, f"origin {found.origin}"]
    output.say(f"{found.id}  {found.title}", f"  {', '.join(fact for fact in facts if fact)}")
    if found.deleted_at is not None:
        output.say(f"  deleted; bring it back: lift session undelete {found.id}")
    for prompt in store.sessions.prompts(found.id):
        output.say(f"  {'prompt' if prompt.purpose == 'draft' else prompt.purpose} {prompt.seq}: {prompt.text}")
    if draft is not None:
        drafts = store.drafts.list(found.id)
        others = [str(info.seq) for info in drafts if info.became_sibling]
        beside = f"; siblings: {', '.join(others)}" if others else ""
        here = "" if draft.id == found.head_id else " (not the current one)"
        output.say(f"  draft {draft.seq}{here} of {len(drafts)}{beside}")


def _interrupted(store: SessionStore, output: Output, found: Session) -> None:
    """What the last run had streamed when it was cut off."""
    runs = store.runs.list(found.id)
    if not runs or runs[-1].status not in ("interrupted", "cancelled", "failed"):
        return
    run = runs[-1]
    output.say("", f"--- the last run ({run.kind}) was {run.status} in its stage {run.stage or 'start'}")
    for stage, text in store.runs.text(run.id).items():
        output.say(f"what {stage} had streamed:", text.rstrip("\n"))
    if run.error:
        output.say(run.error.get("what", ""))
    output.say(f"Go on with it: lift session resume {found.id}")


def _next_steps(output: Output, found: Session, draft: Draft | None) -> None:
    if draft is None:
        output.say("", f"There is no specification yet: lift run --resume {found.id}")
        return
    if draft.ir.holes:
        from engine.lifecycle.holes import describe

        output.say("", "Open questions:", *map(describe, draft.ir.holes))
        output.say(f"Answer one: lift session resolve {found.id} {draft.ir.holes[0].identifier} --pick 1")
