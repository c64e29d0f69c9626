"""``lift session accept|reject``: deciding about what a refinement proposes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from tui.commands import session_json
from tui.commands.session_common import WORDS, Output, author_option, reason_option, session_argument, store_command

if TYPE_CHECKING:
    from engine.lifecycle.refinement import Accepted, Proposal
    from engine.sessions.store import SessionStore
    from engine.stages.events import ProposedChange
    from engine.stages.jobs import RunRequest

proposal_option = click.option(
    "--proposal",
    "number",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of the proposed draft.",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What to accept: all changes (None), some of them by number, or none."""

    only: frozenset[int] | None = None
    override_human: bool = False

    @property
    def rejects(self) -> bool:
        """Whether nothing is accepted."""
        return self.only is not None and not self.only

    @classmethod
    def parse(cls, text: str, *, override_human: bool = False) -> Choice:
        """Read ``all``, ``none`` or numbers such as ``1,3``.

        Raises:
            UsageError: it is neither.
        """
        from engine.errors import UsageError

        said = text.strip().lower()
        if said in ("all", "none"):
            return cls(None if said == "all" else frozenset(), override_human)
        try:
            return cls(frozenset(int(part) for part in said.replace(" ", ",").split(",") if part), override_human)
        except ValueError:
            what = f"“{text}” does not say which changes."
            raise UsageError(what, "Say all, none, or their numbers: 1,3") from None


@click.command()
@session_argument
@click.option("--only", metavar="N,N…", type=WORDS, help="Numbers of the changes to accept; default: all.")
@proposal_option
@click.option("--override-human", is_flag=True, help="Also change what a person wrote.")
@author_option
@store_command
def accept(
    store: SessionStore,
    output: Output,
    *,
    session: str,
    only: str | None,
    number: int | None,
    override_human: bool,
    author: str,
) -> None:
    """Accept what a refinement proposes for SESSION, or only some of its changes.

    What would alter or remove a clause that a person wrote is left out unless its number is named
    with --only, or with --override-human.

    JSON: {"session_id", "verdict": "accepted", "proposal", "draft", "became_sibling", "accepted", "left_out",
    "problems"}; "accepted" and "left_out" are the numbers of changes
    """
    from engine.lifecycle.finding import find_session

    choice = Choice.parse(only if only is not None else "all", override_human=override_human)
    found = find_session(store, session)
    document = _decide(store, output, found.id, choice, number=number, author=author)
    if output.as_json:
        output.done(document)


@click.command()
@session_argument
@proposal_option
@reason_option
@author_option
@store_command
def reject(store: SessionStore, output: Output, *, session: str, number: int | None, reason: str, author: str) -> None:
    """Turn down what a refinement proposes for SESSION; it stays in the history.

    JSON: {"session_id", "verdict": "rejected", "proposal"}
    """
    from engine.lifecycle.finding import find_session

    found = find_session(store, session)
    choice = Choice(frozenset())
    document = _decide(store, output, found.id, choice, number=number, author=author, reason=reason)
    if output.as_json:
        output.done(document)


def decide_new(
    store: SessionStore,
    output: Output,
    request: RunRequest,
    choice: Choice | None,
    *,
    author: str,
    events: bool,
) -> int:
    """Run a refinement, and decide about it: as ``choice`` says, or as the user says on a terminal, or not yet."""
    from engine.errors import UsageError
    from engine.lifecycle.refinement import find_proposal
    from tui.driving import asks, drive, on_terminal
    from tui.present_json import JsonPresenter
    from tui.presenters import choose_presenter, exclusive

    exclusive(as_json=output.as_json, events=events)
    held = JsonPresenter(hold=True) if output.as_json else None
    session_id = request.session_id or ""
    known = set(store.proposals.list(session_id))
    code = drive(request, store, held or choose_presenter(as_json=False, events=events, terminal=on_terminal()))
    decision: dict[str, Any] | None = None
    made = [draft_id for draft_id in store.proposals.list(session_id) if draft_id not in known]
    if code == 0 and made:
        number = store.drafts.get(made[-1]).seq
        proposal = find_proposal(store, session_id, number)
        if choice is None and asks() and not (output.as_json or events):
            choice = _ask(output, proposal)
        quiet = output if not events else Output(as_json=True)
        if choice is not None:
            try:
                decision = _decide(store, quiet, session_id, choice, number=number, author=author)
            except UsageError as error:
                if held is None:
                    raise
                decision, code = {"error": error.as_dict()}, error.exit_code
        elif not (output.as_json or events):
            _tell_how(output, session_id, proposal)
    elif code == 0 and not (output.as_json or events):
        output.say("Nothing would change; say it in other words, or edit it: lift session edit " + session_id)
    if held is not None:
        held.print(decision=decision)
    return code


def _ask(output: Output, proposal: Proposal) -> Choice | None:
    """What the user wants to accept; None for later."""
    from engine.errors import UsageError

    last = proposal.changes[-1].number
    while True:
        text = click.prompt(f"Accept which changes: all, none, later, or numbers from 1 to {last}", default="later")
        if text.strip().lower() == "later":
            return None
        try:
            choice = Choice.parse(text)
        except UsageError as error:
            output.say(str(error))
            continue
        if choice.only is None or all(1 <= number <= last for number in choice.only):
            return choice
        output.say(f"The changes are numbered from 1 to {last}.")


def _tell_how(output: Output, session_id: str, proposal: Proposal) -> None:
    seq = proposal.draft.seq
    human = _numbers(proposed for proposed in proposal.changes if proposed.human)
    output.say(
        f"Kept as proposal {seq}; the current draft is as it was.",
        f"Accept it:    lift session accept {session_id}   (some of it: --only 1,3)",
        *([f"              --override-human also takes {human}, which a person wrote"] if human else []),
        f"Turn it down: lift session reject {session_id}",
    )


def _decide(
    store: SessionStore,
    output: Output,
    session_id: str,
    choice: Choice,
    *,
    number: int | None,
    author: str,
    reason: str = "",
) -> dict[str, Any]:
    """Accept or reject, tell what became of it (unless JSON is wanted), and return it as a document."""
    from engine.lifecycle import refinement

    if choice.rejects:
        rejected = refinement.reject(store, session_id, number=number, author=author, reason=reason)
        seq = store.drafts.get(rejected.proposal_id).seq
        if not output.as_json:
            output.say(f"Proposal {seq} is rejected; the current draft is as it was.")
        return {"session_id": session_id, "verdict": "rejected", "proposal": seq}
    accepted = refinement.accept(
        store, session_id, choice.only, number=number, override_human=choice.override_human, author=author
    )
    if not output.as_json:
        _tell(output, store, session_id, accepted, by_number=choice.only is not None)
    return {
        "session_id": session_id,
        "verdict": "accepted",
        "proposal": accepted.proposal.draft.seq,
        "draft": session_json.draft(accepted.draft),
        "became_sibling": accepted.draft.became_sibling,
        "accepted": [proposed.number for proposed in accepted.changes],
        "left_out": [proposed.number for proposed in accepted.left_out],
        "problems": session_json.problems(accepted.problems),
    }


def _tell(output: Output, store: SessionStore, session_id: str, accepted: Accepted, *, by_number: bool) -> None:
    draft = accepted.draft
    numbers = _numbers(accepted.changes)
    output.say(f"Accepted {numbers}: draft {draft.seq} of {session_id}. Take it back: lift session undo {session_id}")
    if draft.became_sibling:
        head = store.drafts.head(session_id)
        current = head.seq if head else draft.seq
        output.say(
            f"It is a sibling: meanwhile somebody else has made draft {current} the current one.",
            f"Choose yours: lift session select {session_id} {draft.seq}",
        )
    human = _numbers(proposed for proposed in accepted.left_out if proposed.human)
    if human and not by_number:
        again = f"lift session accept {session_id} --proposal {accepted.proposal.draft.seq} --override-human"
        output.say(
            f"Left out, because a person wrote it: {human}.",
            f"To take all of it: lift session undo {session_id}, then {again}",
        )
    output.problems(accepted.problems)


def _numbers(changes: Iterable[ProposedChange]) -> str:
    return ", ".join(str(proposed.number) for proposed in changes)
