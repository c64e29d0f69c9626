"""``lift endpoint``: the places tokens come from."""

from __future__ import annotations

import asyncio
import json

import click

from tui.commands.local import logs, start, status, stop


@click.group()
def endpoint() -> None:
    """Where tokens come from.

    The embedded model is the endpoint "local". Any server that speaks the OpenAI chat API can
    be added: llama.cpp, vLLM, Ollama, a Modal deployment.
    """


for _command in (status, start, stop, logs):
    endpoint.add_command(_command)


@endpoint.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_endpoints(*, as_json: bool) -> None:
    """List the endpoints; the current one is marked."""
    from engine.endpoints.profiles import Profiles

    profiles = Profiles()
    if as_json:
        rows = [{"name": p.name, "current": p.name == profiles.current, **p.model_dump()} for p in profiles]
        click.echo(json.dumps(rows, indent=2))
        return
    for profile in profiles:
        mark = "*" if profile.name == profiles.current else " "
        where = profile.url or "embedded"
        key = f"  key: ${profile.key_env}" if profile.key_env else ""
        click.echo(f"{mark} {profile.name:<16} {where:<40} {profile.model or '(its own model)'}{key}")


@endpoint.command()
@click.argument("name")
@click.argument("url")
@click.option("--model", default="", metavar="NAME", help="The model to ask for; default: the server's first.")
@click.option("--flavor", type=click.Choice(["llama.cpp", "vllm", "openai"]), help="Kind of server; default: ask it.")
@click.option("--key-env", metavar="VARIABLE", help="Environment variable that holds the key.")
@click.option("--store-key", is_flag=True, help="Ask for the key and keep it in the OS keyring.")
@click.option("--usd-per-second", type=click.FloatRange(min=0), default=0.0, help="Price of a second of its time.")
@click.option(
    "--second-opinion", is_flag=True, help="Compare code that passes with another answer: a small model errs."
)
@click.option("--use", "use_it", is_flag=True, help="Make it the current endpoint.")
def add(
    name: str,
    url: str,
    *,
    model: str,
    flavor: str | None,
    key_env: str | None,
    store_key: bool,
    usd_per_second: float,
    second_opinion: bool,
    use_it: bool,
) -> None:
    """Add the endpoint NAME at URL, or change it.

    Secrets never go into the profile file: name an environment variable, or use the keyring.
    """
    from engine.endpoints.credentials import store_key as keep
    from engine.endpoints.profiles import Profiles

    profiles = Profiles()
    profiles.add(
        name,
        url=url,
        model=model,
        flavor=flavor,
        key_env=key_env,
        usd_per_second=usd_per_second,
        second_opinion=second_opinion,
    )
    if store_key:
        keep(name, click.prompt(f"Key for {name}", hide_input=True))
    if use_it:
        profiles.use(name)
    click.echo(f"Added {name}. `lift endpoint test {name}` tries it.")


@endpoint.command()
@click.argument("name")
def use(name: str) -> None:
    """Make NAME the current endpoint."""
    from engine.endpoints.profiles import Profiles

    profile = Profiles().use(name)
    click.echo(f"{profile.name} is the current endpoint now.")


@endpoint.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget the endpoint NAME and its key."""
    from engine.endpoints.credentials import forget_key
    from engine.endpoints.profiles import Profiles

    Profiles().remove(name)
    forget_key(name)
    click.echo(f"Forgot {name}.")


@endpoint.command()
@click.argument("name", required=False)
def test(name: str | None) -> None:
    """Ask NAME (or the current endpoint) for a few tokens and say how long each part took."""
    asyncio.run(_test(name))


async def _test(name: str | None) -> None:
    from engine.endpoints.profiles import Profiles
    from engine.endpoints.protocol import Waiting
    from tui.endpoint_trial import try_out

    told: set[str] = set()

    def waiting(wait: Waiting) -> None:
        if wait.what not in told:
            told.add(wait.what)
            click.echo(f"{wait.what} …", err=True)

    trial = await try_out(Profiles().get(name), waiting)
    click.echo("\n".join(trial.lines()))
