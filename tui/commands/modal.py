"""``lift modal``: an inference server of the user's own on Modal."""

from __future__ import annotations

import click

from tui.lazy import LazyGroup

COMMANDS = {
    "deploy": ("tui.commands.modal_deploy", "Deploy it, make a token for it, and make it the current endpoint."),
    "status": ("tui.commands.modal_look", "Say what is deployed, and whether a container is up."),
    "url": ("tui.commands.modal_look", "Print where it is reached."),
    "warm": ("tui.commands.modal_warm", "Start a container now, and show how that goes."),
    "logs": ("tui.commands.modal_look", "Show what its containers wrote."),
    "stop": ("tui.commands.modal_look", "Stop it; nothing of it runs or costs any more."),
    "cost": ("tui.commands.modal_cost", "Say what the recorded sessions cost, and what a month would."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def modal() -> None:
    """Your own GPU endpoint on Modal.

    It serves a model with vLLM, scales to zero when idle, and answers only requests that carry its
    token. You need an account (modal.com) and its credentials on this machine: modal token new
    """
