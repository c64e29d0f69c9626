"""What tasks cost at the endpoint's price, one by one and by the month."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from engine.bench.records import Record
from engine.bench.results import EndpointFacts
from engine.endpoints.modal_cost import month

VOLUMES = (1_000, 10_000)
"""Requests per month that are projected; a request is a prompt taken all the way to checked code."""


@dataclass(frozen=True, slots=True)
class Bill:
    """USD of one request, and of a month with each of :data:`VOLUMES`; ``basis`` says what is paid for, in words."""

    each_usd: float
    months_usd: dict[int, float]
    basis: str


def bill(records: Sequence[Record], endpoint: EndpointFacts, *, start_s: float = 0.0) -> Bill | None:
    """What ``records`` cost on ``endpoint``; None where no price is known or nothing was measured.

    Args:
        start_s: what a cold start takes, in seconds.
    """
    some = [record for record in records if record.settled]
    if not some:
        return None
    if endpoint.kind == "local":
        return Bill(0.0, dict.fromkeys(VOLUMES, 0.0), "The embedded model runs on this machine: nothing is paid for.")
    each = statistics.fmean(record.cost_usd for record in some)
    if endpoint.usd_per_second:
        busy_s = each / endpoint.usd_per_second
        months = {
            volume: month(
                volume,
                endpoint.usd_per_second,
                busy_s,
                start_s,
                idle_s=endpoint.idle_s,
                min_containers=endpoint.min_containers,
            ).usd
            for volume in VOLUMES
        }
        where = f" on {endpoint.gpu}" if endpoint.gpu else ""
        return Bill(each, months, f"${endpoint.usd_per_second:.6f} a second{where}; months with idle time and starts.")
    if endpoint.usd_per_million_prompt_tokens or endpoint.usd_per_million_completion_tokens:
        return Bill(each, {volume: volume * each for volume in VOLUMES}, "Priced by tokens.")
    return None


def queue_s(records: Sequence[Record]) -> float:
    """What a cold start took as a rule, in seconds; 0 where none was measured."""
    waits = [record.span_s("queue") for record in records if record.cold and record.settled]
    return statistics.median(waits) if waits else 0.0
