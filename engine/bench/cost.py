"""What tasks cost at the endpoint's price, one by one and by the month."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from engine.bench.records import Record
from engine.endpoints.modal_cost import month
from engine.endpoints.profiles import Profile

VOLUMES = (1_000, 10_000)
"""Requests per month that are projected; a request is a prompt taken all the way to checked code."""


class EndpointFacts(BaseModel):
    """What of an endpoint's profile matters for times and cost; neither its address nor its key."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str
    gpu: str = ""
    idle_s: float = 0.0
    min_containers: int = 0
    usd_per_second: float = 0.0
    usd_per_million_prompt_tokens: float = 0.0
    usd_per_million_completion_tokens: float = 0.0

    @classmethod
    def of(cls, profile: Profile) -> EndpointFacts:
        """The facts of ``profile``; an endpoint that was given as a URL is called ``url``."""
        facts = profile.model_dump(include=cls.model_fields.keys() - {"name"})
        return cls(name="url" if profile.name == profile.url else profile.name, **facts)


class Bill(BaseModel):
    """USD of one request, and of a month with each of :data:`VOLUMES`; ``basis`` says what is paid for, in words."""

    model_config = ConfigDict(frozen=True)

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
        return Bill(
            each_usd=0.0,
            months_usd=dict.fromkeys(VOLUMES, 0.0),
            basis="The embedded model runs on this machine: nothing is paid for.",
        )
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
        basis = f"${endpoint.usd_per_second:.6f} a second{where}; months with idle time and starts."
        return Bill(each_usd=each, months_usd=months, basis=basis)
    if endpoint.usd_per_million_prompt_tokens or endpoint.usd_per_million_completion_tokens:
        months = {volume: volume * each for volume in VOLUMES}
        return Bill(each_usd=each, months_usd=months, basis="Priced by tokens.")
    return None


def usd(amount: float) -> str:
    """An amount in USD, as people write it."""
    return f"${amount:,.2f}" if amount >= 1 or not amount else f"${amount:.6f}"


def queue_s(records: Sequence[Record]) -> float:
    """What a cold start took as a rule, in seconds; 0 where none was measured."""
    waits = [record.span_s("queue") for record in records if record.cold and record.settled]
    return statistics.median(waits) if waits else 0.0
