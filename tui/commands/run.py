"""``lift run``: one pass through the pipeline, without a screen."""

from __future__ import annotations

from pathlib import Path

import click

from tui.options import endpoint_options, store_option


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("target", required=False)
@endpoint_options
@store_option
@click.option("--resume", metavar="SESSION", help="Go on with a session: its specification, or else its prompt.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--events", is_flag=True, help="Print the pipeline's events as JSON lines.")
@click.option("--unsafe-run", is_flag=True, help="Run the code without confinement where this platform has none.")
def run(
    target: str | None,
    *,
    endpoint: str | None,
    model: str | None,
    seed: int | None,
    temperature: float,
    max_tokens: int,
    db: Path | None,
    resume: str | None,
    as_json: bool,
    events: bool,
    unsafe_run: bool,
) -> int:
    """Turn TARGET into a specification and checked code.

    TARGET is a request in plain English, "-" to read one from standard input, or the path of a
    specification (a .py file in the text form), which goes straight to code.

    \b
    Exit codes: 0 done and checked; 1 code was made but a check failed; 2 wrong usage;
    3 the endpoint cannot be reached or refuses; 4 the output broke the contract; 130 cancelled.
    """
    from engine.endpoints.profiles import Profiles
    from engine.endpoints.protocol import Sampling
    from engine.lifecycle.starter import open_store
    from engine.stages.jobs import RunRequest
    from tui.driving import drive, on_terminal
    from tui.presenters import choose_presenter, exclusive
    from tui.targets import read_target, resume_target

    exclusive(as_json=as_json, events=events)
    with open_store(db) as store:
        prompt, ir, session_id = resume_target(store, resume, target) if resume else (*read_target(target), None)
        request = RunRequest(
            prompt=prompt,
            ir=ir,
            session_id=session_id,
            profile=Profiles().get(endpoint),
            model=model,
            sampling=Sampling(temperature=temperature, seed=seed, max_tokens=max_tokens),
            unsafe=unsafe_run,
        )
        presenter = choose_presenter(as_json=as_json, events=events, terminal=on_terminal())
        return drive(request, store, presenter)
