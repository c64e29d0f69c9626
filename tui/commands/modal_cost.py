"""``lift modal cost``: what the recorded sessions cost, and what a month would."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.options import store_option

if TYPE_CHECKING:
    from engine.endpoints.modal_cost import Cost, Side
    from engine.endpoints.modal_prices import PriceTable, Rate
    from engine.endpoints.profiles import Profile
    from engine.sessions.spending import Request


@click.command()
@click.argument("name", required=False)
@store_option
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave out what was recorded before this day.")
@click.option("--gpu", metavar="GPU", help="GPU to price it with; default: the one it was deployed on.")
@click.option(
    "--prices",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A price table; default: modal-prices.toml beside the endpoints, or else the built-in one.",
)
@click.option(
    "--volume",
    "volumes",
    type=click.IntRange(min=0),
    multiple=True,
    metavar="N",
    help="Requests per month to project; may be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def cost(
    name: str | None,
    *,
    db: Path | None,
    since: datetime | None,
    gpu: str | None,
    prices: Path | None,
    volumes: tuple[int, ...],
    as_json: bool,
) -> None:
    """Say what the recorded sessions cost on the endpoint NAME (the current one on Modal, if not given).

    A container is paid for while it starts, answers, and waits for more. Requests are priced by the seconds
    they took; projections add the waiting. Prices are before credits and taxes, and `modal billing rates`
    prints what your workspace pays.
    """
    from engine.endpoints.memory import EndpointMemory
    from engine.endpoints.modal_cost import VOLUMES
    from engine.endpoints.modal_cost import cost as priced
    from engine.endpoints.modal_endpoint import deployed_endpoint
    from engine.endpoints.modal_prices import PriceTable
    from engine.lifecycle.starter import open_store

    profile = deployed_endpoint(name)
    table = PriceTable.load(prices)
    rate = table.rate(gpu or profile.gpu, profile.memory_mib)
    with open_store(db) as store:
        requests = store.spending.requests([profile.name], since=since.replace(tzinfo=UTC) if since else None)
    found = (
        priced(
            requests,
            rate.total,
            idle_s=profile.idle_s,
            min_containers=profile.min_containers,
            typical_start_s=EndpointMemory(profile).typical_start_s,
            volumes=volumes or VOLUMES,
        )
        if requests
        else None
    )
    if as_json:
        click.echo(json.dumps(_document(profile, gpu or profile.gpu, table, rate, found), indent=2, default=str))
        return
    _say_rate(profile, gpu or profile.gpu, table, rate)
    if found is None:
        click.echo("No request to it has been recorded yet.")
        return
    _say_recorded(requests, found)
    _say_months(profile, found)


def _say_rate(profile: Profile, gpu: str, table: PriceTable, rate: Rate) -> None:
    click.echo(
        f"{profile.name} on {gpu}: ${rate.total:.6f} a second, ${rate.total * 3600:.2f} an hour "
        f"(GPU {rate.gpu:.6f}, {profile.memory_mib / 1024:.0f} GiB of memory {rate.memory:.6f}, "
        f"one core {rate.cpu:.6f}); prices as of {table.as_of}"
    )


def _say_recorded(requests: list[Request], found: Cost) -> None:
    runs = len({request.run_id for request in requests})
    click.echo(f"\nRecorded: {len(requests)} requests in {runs} runs, ${found.usd:.4f}")
    click.echo(f"  {'stage':<12}{'requests':>9}{'seconds':>10}{'cost':>12}{'each':>11}")
    for stage in found.stages:
        each = stage.usd / stage.requests
        click.echo(f"  {stage.stage:<12}{stage.requests:>9}{stage.busy_s:>10.1f}{_usd(stage.usd):>12}{_usd(each):>11}")
    cold = found.cold.requests if found.cold else 0
    seconds = found.cold.requests * found.cold.starting_s if found.cold else 0.0
    click.echo(f"  {'cold starts':<12}{cold:>9}{seconds:>10.1f}{_usd(found.starting_usd):>12}")
    click.echo(f"\nPer request:\n{_side('warm', found.warm)}\n{_side('cold', found.cold)}")


def _side(label: str, side: Side | None) -> str:
    if side is None:
        return f"  {label}  none was recorded"
    start = f", {side.starting_s:.1f} s of it starting" if side.starting_s else ""
    return f"  {label}  {_usd(side.usd_per_request)} for {side.busy_s + side.starting_s:.1f} s{start}"


def _say_months(profile: Profile, found: Cost) -> None:
    waits = f"{profile.min_containers} always on" if profile.min_containers else f"idle for {profile.idle_s:.0f} s"
    start = f"{found.start_s:.0f} s" if found.start_s is not None else "unknown, counted as nothing"
    click.echo(f"\nA month of 30 days, requests spread evenly (containers {waits}; a start: {start}):")
    click.echo(f"  {'requests':>9}{'of them cold':>14}{'answering':>12}{'idle':>11}{'starting':>11}{'total':>12}")
    for month in found.months:
        click.echo(
            f"  {month.requests:>9,}{month.cold:>14,.0f}{_usd(month.busy_usd):>12}{_usd(month.idle_usd):>11}"
            f"{_usd(month.starting_usd):>11}{_usd(month.usd):>12}"
        )


def _usd(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"


def _document(profile: Profile, gpu: str, table: PriceTable, rate: Rate, found: Cost | None) -> dict[str, Any]:
    figures = found.model_dump() if found else None
    if found and figures:
        figures["usd"] = found.usd
        figures["months"] = [{**month.model_dump(), "usd": month.usd} for month in found.months]
    return {
        "endpoint": profile.name,
        "gpu": gpu,
        "as_of": table.as_of,
        "usd_per_second": {**rate.model_dump(), "total": rate.total},
        "recorded": figures,
    }
