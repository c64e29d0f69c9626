"""``lift session generate|assist|refine|resume``: what the model does for a session that exists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from tui.commands.session_common import WORDS, Output, author_option, draft_option, session_argument, store_command
from tui.options import endpoint_options

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore
    from engine.stages.jobs import RunRequest

events_option = click.option("--events", is_flag=True, help="Print the pipeline's events as JSON lines.")
unsafe_option = click.option(
    "--unsafe-run", is_flag=True, help="Run the code without confinement where this platform has none."
)


@click.command()
@session_argument
@draft_option
@endpoint_options
@events_option
@unsafe_option
@store_command
def generate(
    store: SessionStore,
    output: Output,
    *,
    session: str,
    number: int | None,
    events: bool,
    unsafe_run: bool,
    endpoint: str | None,
    **sampling: Any,
) -> int:
    """Write code for a draft of SESSION and check it; a session without drafts begins with its prompt.

    JSON: as of lift run. Exit codes: 0 done and checked; 1 a check failed; 2 wrong usage; 3 the
    endpoint cannot be reached or refuses; 4 the output broke the contract; 130 cancelled.
    """
    from engine.endpoints.profiles import Profiles
    from engine.lifecycle.finding import find_session
    from engine.lifecycle.requests import generate_request

    found = find_session(store, session)
    request = generate_request(store, found.id, Profiles().get(endpoint), number=number)
    return _run(store, output, replace(_sampled(request, **sampling), unsafe=unsafe_run), events=events)


@click.command()
@session_argument
@click.argument("hole", type=WORDS)
@draft_option
@endpoint_options
@events_option
@store_command
def assist(
    store: SessionStore,
    output: Output,
    *,
    session: str,
    hole: str,
    number: int | None,
    events: bool,
    endpoint: str | None,
    **sampling: Any,
) -> int:
    """Let the model propose two to four answers to the open question HOLE of SESSION, the best one first.

    They become the options of the hole in a new draft, to be picked with lift session resolve.

    JSON: as of lift run, and "options": {"hole", "options"}. Exit codes as of lift session generate.
    """
    from engine.endpoints.profiles import Profiles
    from engine.lifecycle.finding import find_session
    from engine.lifecycle.requests import assist_request

    found = find_session(store, session)
    request = assist_request(store, found.id, hole, Profiles().get(endpoint), number=number)
    code = _run(store, output, _sampled(request, **sampling), events=events)
    if code == 0 and not (output.as_json or events):
        draft = store.drafts.list(found.id)[-1]
        if draft.became_sibling:
            output.say(f"The session has moved on meanwhile: the options are in draft {draft.seq}, a sibling.")
        output.say(f"Pick one: lift session resolve {found.id} {hole} --pick N (or --answer TEXT)")
    return code


@click.command()
@session_argument
@click.argument("text", type=WORDS)
@draft_option
@click.option("--accept", metavar="all|none|N,N…", type=WORDS, help="Decide at once, without being asked.")
@click.option("--override-human", is_flag=True, help="With all: also change what a person wrote.")
@author_option
@endpoint_options
@events_option
@store_command
def refine(
    store: SessionStore,
    output: Output,
    *,
    session: str,
    text: str,
    number: int | None,
    accept: str | None,
    override_human: bool,
    author: str,
    events: bool,
    endpoint: str | None,
    **sampling: Any,
) -> int:
    """Let the model change the specification of SESSION as TEXT says, and decide change by change.

    \b
    lift session refine @ "also accept None, return an empty list"
    lift session refine @ "raise ValueError if low is greater than high" --accept all
    lift session refine @ "count words of three letters or more" --accept 1,3

    On a terminal you are asked what to accept. Elsewhere, and without --accept, the proposal is kept
    for lift session accept and lift session reject. What a person wrote is changed only when its
    number is named, or with --override-human.

    JSON: as of lift run, and "proposal": {"base_draft", "changes", "ir", "ir_text"}, "decision" as of
    lift session accept, or null while it is open. Exit codes as of lift session generate.
    """
    from engine.endpoints.profiles import Profiles
    from engine.lifecycle.finding import find_session
    from engine.lifecycle.requests import refine_request
    from tui.commands.session_proposal import Choice, decide_new

    choice = Choice.parse(accept, override_human=override_human) if accept is not None else None
    found = find_session(store, session)
    request = _sampled(refine_request(store, found.id, text, Profiles().get(endpoint), number=number), **sampling)
    return decide_new(store, output, request, choice, author=author, events=events)


@click.command()
@session_argument
@click.option("--endpoint", metavar="NAME|URL", help="Another endpoint than the run had.")
@click.option("--max-tokens", type=click.IntRange(1, 32768), default=1024, show_default=True, help="As of lift run.")
@author_option
@events_option
@unsafe_option
@store_command
def resume(
    store: SessionStore,
    output: Output,
    *,
    session: str,
    endpoint: str | None,
    max_tokens: int,
    author: str,
    events: bool,
    unsafe_run: bool,
) -> int:
    """Go on with what was interrupted in SESSION: the draft, the code, the checks, a refinement or an assist.

    JSON and exit codes: as of the command that was interrupted.
    """
    from engine.endpoints.profiles import Profiles
    from engine.lifecycle.finding import find_session
    from engine.lifecycle.requests import interrupted_run, resume_request
    from tui.commands.session_proposal import decide_new

    found = find_session(store, session)
    run = interrupted_run(store, found.id)
    request = resume_request(store, run, Profiles().get(endpoint or run.endpoint or None))
    request = replace(request, sampling=replace(request.sampling, max_tokens=max_tokens), unsafe=unsafe_run)
    if request.kind == "refine":
        return decide_new(store, output, request, None, author=author, events=events)
    return _run(store, output, request, events=events)


def _run(store: SessionStore, output: Output, request: RunRequest, *, events: bool) -> int:
    from tui.driving import drive, on_terminal
    from tui.presenters import choose_presenter, exclusive

    exclusive(as_json=output.as_json, events=events)
    presenter = choose_presenter(as_json=output.as_json, events=events, terminal=on_terminal())
    return drive(request, store, presenter)


def _sampled(
    request: RunRequest, *, model: str | None, seed: int | None, temperature: float, max_tokens: int
) -> RunRequest:
    from engine.endpoints.protocol import Sampling

    return replace(request, model=model, sampling=Sampling(temperature=temperature, seed=seed, max_tokens=max_tokens))
