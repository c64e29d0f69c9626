"""``lift modal warm``: start a container, and watch it start."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.endpoints.protocol import Waiting

_UP_ALREADY_S = 3.0
"""An answer within this time came from a container that was up."""


@click.command()
@click.argument("name", required=False)
def warm(name: str | None) -> None:
    """Start a container for the endpoint NAME (the current one on Modal, if not given) and wait until it is up.

    Ctrl-C stops the waiting; a container that has begun to start goes on.
    """
    from engine.endpoints.modal_endpoint import deployed_endpoint

    profile = deployed_endpoint(name)
    with _Boot() as boot:
        took = asyncio.run(_wake(profile.name, boot))
    if boot.typical_s is None and took < _UP_ALREADY_S and not boot.waited:
        click.echo(f"{profile.name} is up; it answered after {took:.1f} s.")
    else:
        usual = f" (the last times: {boot.typical_s:.0f} s)" if boot.typical_s else ""
        click.echo(f"{profile.name} is up after {took:.1f} s{usual}.")
    if not profile.min_containers:
        click.echo(f"It scales to zero {profile.idle_s:.0f} s after its last answer.")


async def _wake(name: str, boot: _Boot) -> float:
    from engine.endpoints.connect import new_client, wake
    from engine.endpoints.profiles import Profiles

    async with new_client() as client:
        return await wake(Profiles().get(name), client, boot.show)


class _Boot:
    """One line on standard error: what is waited for, how long already, and how long it usually takes.

    Without a terminal each new thing is a line of its own.
    """

    def __init__(self) -> None:
        self.typical_s: float | None = None
        self.waited = False
        self._told = ""

    def __enter__(self) -> _Boot:
        from rich.console import Console

        console = Console(stderr=True, highlight=False)
        self._status = console.status("asking …") if console.is_terminal else None
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def show(self, wait: Waiting) -> None:
        """Hear from :func:`engine.endpoints.connect.wake`."""
        from rich.markup import escape

        self.waited, self.typical_s = True, wait.typical_s or self.typical_s
        usual = f" of about {wait.typical_s:.0f} s" if wait.typical_s else " s"
        if self._status:
            self._status.update(escape(f"{wait.what} · {wait.elapsed_s:.0f}{usual}"))
        elif wait.what != self._told:
            self._told = wait.what
            about = f", usually for {wait.typical_s:.0f} s" if wait.typical_s else ""
            click.echo(f"{wait.what}{about} …", err=True)
