"""``lift modal deploy``: from nothing to a current endpoint."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from modal_app.settings import DEFAULT_PROFILE, DEFAULT_SCALE, PROFILES, SCALES, Settings, choices, variable

if TYPE_CHECKING:
    from engine.endpoints.modal_endpoint import Adopted

F = TypeVar("F", bound=Callable[..., Any])


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _settings_options(command: F) -> F:
    """An option for each setting; what is not given comes from its LIFT_MODAL_ variable, or the profile."""
    for name, field in reversed(Settings.model_fields.items()):
        if field.annotation is bool:
            declaration = f"{_flag(name)}/--no-{name.replace('_', '-')}"
            option = click.option(declaration, name, default=None, help=field.description)
        else:
            option = click.option(_flag(name), name, metavar="VALUE", help=field.description)
        command = option(command)
    return command


@click.command()
@click.option("--profile", type=click.Choice(list(PROFILES)), help=f"Model and GPU; default: {DEFAULT_PROFILE}.")
@click.option("--scale", type=click.Choice(list(SCALES)), help=f"How it scales; default: {DEFAULT_SCALE}.")
@_settings_options
@click.option("--name", default="modal", show_default=True, help="What to call the endpoint.")
@click.option("--key-env", metavar="VARIABLE", help="Variable with a proxy token of your own; none is made then.")
def deploy(*, name: str, key_env: str | None, **given: Any) -> None:
    """Deploy the inference server and make it the current endpoint.

    Without options: Qwen2.5-Coder-7B-Instruct on one L40S, which scales to zero after a minute. Each option
    can also be set as a variable, e.g. LIFT_MODAL_GPU; an option goes first. The first deployment builds
    the image and fetches the weights, which takes several minutes.
    """
    from engine.endpoints.modal import require_credentials
    from engine.errors import UsageError
    from modal_app.settings import SettingsError

    require_credentials()
    options = {option: value for option, value in given.items() if value is not None}
    chosen = choices(os.environ)
    try:
        settings = Settings.choose(
            chosen | options, lambda name: variable(name) if name in chosen.keys() - options.keys() else _flag(name)
        )
    except SettingsError as error:
        raise UsageError(str(error), "`lift modal deploy --help` lists the settings.") from error
    click.echo(f"Deploying {settings.model} on {settings.gpu} as {settings.app_name} …", err=True)
    adopted = asyncio.run(_deploy(settings, name, key_env))
    click.echo(f"{adopted.profile.name} is the current endpoint: {adopted.profile.url}")
    click.echo(_where_the_token_is(adopted))
    click.echo("`lift modal warm` starts a container; a first run does so, too. `lift modal cost` says what it costs.")


async def _deploy(settings: Settings, name: str, key_env: str | None) -> Adopted:
    from engine.endpoints.modal import account
    from engine.endpoints.modal_endpoint import adopt
    from engine.endpoints.modal_prices import PriceTable
    from engine.errors import UsageError
    from modal_app.deployment import SERVER_NAME, define

    try:
        usd_per_second = PriceTable.load().rate(settings.gpu, settings.memory_mib).total
    except UsageError as error:
        click.echo(f"{error.what} Sessions will be recorded without a cost.", err=True)
        usd_per_second = 0.0
    async with account() as modal:
        await modal.deploy(define(settings))
        deployment = await modal.find(settings.app_name, SERVER_NAME)
        return await adopt(
            modal,
            deployment,
            name=name,
            key_env=key_env,
            model=settings.model,
            idle_s=settings.scaledown_seconds,
            gpu=settings.gpu,
            memory_mib=settings.memory_mib,
            min_containers=settings.min_containers,
            usd_per_second=usd_per_second,
        )


def _where_the_token_is(adopted: Adopted) -> str:
    from engine.endpoints.credentials import key_file

    match adopted.token:
        case "variable":
            return f"Its proxy token is read from ${adopted.profile.key_env}."
        case "kept":
            return "Its proxy token is the one from the last deployment."
        case "made":
            where = "the OS keyring" if adopted.place == "keyring" else f"{key_file()} (only you can read it)"
            return f"Its proxy token is new, and kept in {where}."
