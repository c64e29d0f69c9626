"""``lift modal status|url|logs|stop``: the deployed app, as Modal knows it."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from modal_app.settings import Settings, variable

if TYPE_CHECKING:
    from engine.endpoints.modal import Deployment
    from engine.endpoints.profiles import Profile

_app_name = click.option(
    "--app-name",
    envvar=variable("app_name"),
    default=Settings.model_fields["app_name"].default,
    show_default=True,
    help="Name of the Modal app.",
)


@click.command()
@_app_name
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(*, app_name: str, as_json: bool) -> None:
    """Say what is deployed, and whether a container is up. Asking wakes nothing."""
    deployment = asyncio.run(_find(app_name))
    profile = _endpoint_at(deployment.url)
    if as_json:
        click.echo(json.dumps(_document(app_name, deployment, profile), indent=2, default=str))
        return
    version = f", version {deployment.version}" if deployment.version else ""
    when = f" on {deployment.deployed_at:%Y-%m-%d %H:%M}" if deployment.deployed_at else ""
    by = f" by {deployment.deployed_by}" if deployment.deployed_by else ""
    click.echo(f"{app_name}: {deployment.state}{version}{when}{by}")
    click.echo(f"  at          {deployment.url}")
    click.echo(f"  containers  {_containers(deployment, profile)}")
    if profile is None:
        click.echo("  endpoint    none here: lift modal deploy")
        return
    click.echo(f"  endpoint    {profile.name}: {profile.model} on {profile.gpu or 'an unknown GPU'}")
    if from_here := _from_here(profile):
        click.echo(f"  from here   {from_here}")


@click.command()
@_app_name
def url(*, app_name: str) -> None:
    """Print where the server is reached, and nothing else."""
    click.echo(asyncio.run(_find(app_name)).url)


@click.command()
@_app_name
@click.option("-n", "--lines", type=click.IntRange(1, 1000), default=100, show_default=True, help="Entries to show.")
@click.option("-f", "--follow", is_flag=True, help="Go on as more is written, until Ctrl-C.")
def logs(*, app_name: str, lines: int, follow: bool) -> None:
    """Show what the containers wrote: vLLM's log, and why a start failed."""
    asyncio.run(_logs(app_name, lines, follow))


@click.command()
@_app_name
@click.option("--yes", is_flag=True, help="Do not ask.")
def stop(*, app_name: str, yes: bool) -> None:
    """Stop the app: its containers end, whoever uses them, and its URL answers no more."""
    from engine.errors import UsageError
    from tui.driving import asks

    if not yes:
        if not asks():
            raise UsageError("Stopping ends what others may be using.", "Confirm it with --yes.")
        click.confirm(f"Stop {app_name}?", abort=True)
    asyncio.run(_stop(app_name))
    click.echo(f"Stopped {app_name}. `lift modal deploy` brings it back; `lift endpoint use local` goes on without it.")


async def _find(app_name: str) -> Deployment:
    from engine.endpoints.modal import account
    from modal_app.deployment import SERVER_NAME

    async with account() as modal:
        return await modal.find(app_name, SERVER_NAME)


async def _logs(app_name: str, lines: int, follow: bool) -> None:
    from engine.endpoints.modal import account
    from tui.wording import printable

    async with account() as modal, aclosing(modal.logs(app_name, lines=lines, follow=follow)) as entries:
        async for entry in entries:
            click.echo(printable(entry.text), nl=not entry.text.endswith("\n"))


async def _stop(app_name: str) -> None:
    from engine.endpoints.modal import account

    async with account() as modal:
        await modal.stop(app_name)


def _endpoint_at(address: str) -> Profile | None:
    from engine.endpoints.profiles import Profiles

    return next((profile for profile in Profiles() if profile.url == address), None)


def _containers(deployment: Deployment, profile: Profile | None) -> str:
    if deployment.containers is None:
        return "Modal does not say"
    if deployment.containers:
        return f"{deployment.containers} up"
    from engine.endpoints.memory import EndpointMemory

    typical = EndpointMemory(profile).typical_start_s if profile else None
    return "none up: the next request starts one" + (f", which took {typical:.0f} s the last times" if typical else "")


def _from_here(profile: Profile) -> str:
    from engine.endpoints.memory import warmth

    warm = warmth(profile)
    if warm.idle_s is None:
        return ""
    ago = f"last answer {warm.idle_s:.0f} s ago"
    if warm.sleeps_in_s is not None:
        return f"{ago}; scales to zero in {warm.sleeps_in_s:.0f} s unless it is asked again"
    return f"{ago}; it scales to zero after {profile.idle_s:.0f} s" if warm.state == "cold" else ago


def _document(app_name: str, deployment: Deployment, profile: Profile | None) -> dict[str, Any]:
    from engine.endpoints.memory import EndpointMemory, warmth

    return {
        "app": app_name,
        **asdict(deployment),
        "endpoint": profile.name if profile else None,
        "typical_start_s": EndpointMemory(profile).typical_start_s if profile else None,
        "warmth": asdict(warmth(profile)) if profile else None,
    }
