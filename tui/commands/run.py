"""``lift run``: one pass through the pipeline, without a screen."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.options import endpoint_options, store_option

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore
    from engine.stages.pipeline import RunRequest
    from tui.presenters import Presenter


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
    from engine.errors import UsageError
    from engine.lifecycle.starter import open_store
    from engine.stages.pipeline import RunRequest
    from tui.presenters import choose_presenter
    from tui.targets import read_target, resume_target

    if as_json and events:
        raise UsageError("--json and --events exclude each other.", "Choose one.")
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
        terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        presenter = choose_presenter(as_json=as_json, events=events, terminal=terminal)
        return asyncio.run(_present(request, store, presenter))


async def _present(request: RunRequest, store: SessionStore, presenter: Presenter) -> int:
    from engine.endpoints.connect import new_client
    from engine.stages.pipeline import Run
    from tui.presenters import exit_code

    code = 0
    async with new_client() as client:
        run = Run(request, store, client)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, run.cancel)
        with presenter:
            async with aclosing(run.events()) as events:
                async for event in events:
                    presenter.show(event)
                    if event.type == "run-finished":
                        code = exit_code(event)
    return code
