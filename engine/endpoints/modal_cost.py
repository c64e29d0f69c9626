"""What recorded sessions cost on Modal, and what a month would.

A container is paid for from its start to its end: while it starts, while it answers, and while it waits for
more work. Requests are priced by the seconds they took; the waiting belongs to none of them and appears in the
projection only.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from engine.sessions.spending import Request

MONTH_S = 30 * 86_400
VOLUMES = (100, 1_000, 10_000, 100_000)
"""Requests per month that are projected unless others are wanted."""

_COLD_S = 5.0
"""A request that queued for so long waited for a start: a container that is up begins within a second or two."""


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True)


class Side(_Figures):
    """The cold or the warm requests; means per request, in seconds and USD."""

    requests: int
    starting_s: float
    busy_s: float
    usd_per_request: float


class StageCost(_Figures):
    """What one stage cost, without starts."""

    stage: str
    requests: int
    busy_s: float
    usd: float


class Month(_Figures):
    """30 days with ``requests`` requests; ``cold`` of them find no container."""

    requests: int
    cold: float
    busy_usd: float
    idle_usd: float
    starting_usd: float

    @property
    def usd(self) -> float:
        """All of it."""
        return self.busy_usd + self.idle_usd + self.starting_usd


class Cost(_Figures):
    """What the recorded requests cost, and projections.

    Args:
        usd_per_second: of one container.
        warm: requests that found a container; None when there were none.
        cold: requests that waited for one to start; None when there were none.
        stages: by stage, without starts.
        starting_usd: what the starts cost.
        start_s: seconds of a start that the projection counts with; None when no start is known.
        months: one for each volume.
    """

    usd_per_second: float
    warm: Side | None
    cold: Side | None
    stages: tuple[StageCost, ...]
    starting_usd: float
    start_s: float | None
    months: tuple[Month, ...]

    @property
    def usd(self) -> float:
        """What all recorded requests cost."""
        return sum(stage.usd for stage in self.stages) + self.starting_usd


def cost(
    requests: Sequence[Request],
    usd_per_second: float,
    *,
    idle_s: float,
    min_containers: int = 0,
    typical_start_s: float | None = None,
    volumes: Iterable[int] = VOLUMES,
) -> Cost:
    """Price ``requests``, of which there has to be at least one.

    Args:
        idle_s: seconds that a container waits without a request.
        min_containers: containers that are always on.
        typical_start_s: what a start takes, where no request has waited for one.
        volumes: requests per month to project.
    """
    cold = [request for request in requests if request.queue_s >= _COLD_S]
    warm = [request for request in requests if request.queue_s < _COLD_S]
    start_s = statistics.median(request.queue_s for request in cold) if cold else typical_start_s
    busy_s = statistics.fmean(request.busy_s for request in requests)
    return Cost(
        usd_per_second=usd_per_second,
        warm=_side(warm, usd_per_second, cold=False),
        cold=_side(cold, usd_per_second, cold=True),
        stages=tuple(
            _stage(stage, [request for request in requests if request.stage == stage], usd_per_second)
            for stage in dict.fromkeys(request.stage for request in requests)
        ),
        starting_usd=sum(request.queue_s for request in cold) * usd_per_second,
        start_s=start_s,
        months=tuple(
            month(volume, usd_per_second, busy_s, start_s or 0.0, idle_s=idle_s, min_containers=min_containers)
            for volume in volumes
        ),
    )


def month(
    requests: int, usd_per_second: float, busy_s: float, start_s: float, *, idle_s: float, min_containers: int = 0
) -> Month:
    """What 30 days with ``requests`` requests, spread evenly at random, cost on one container at a time.

    Each request keeps a container up for ``busy_s + idle_s`` seconds from its arrival, however many others do
    too. That is the queue M/G/∞: with a rate r of arrivals and a mean hold h, nobody holds it for a share
    exp(-r·h) of the time, and that share of the arrivals is cold (Takács, Introduction to the Theory of Queues,
    1962, chapter 3). Requests that come in bursts, as people's do, find it cold less often.
    """
    rate = requests / MONTH_S
    if min_containers:
        cold, up_s = 0.0, float(MONTH_S * min_containers)
    else:
        empty = math.exp(-rate * (busy_s + idle_s))
        cold, up_s = requests * empty, MONTH_S * (1 - empty)
    answering_s = min(MONTH_S * (1 - math.exp(-rate * busy_s)), up_s)
    return Month(
        requests=requests,
        cold=cold,
        busy_usd=answering_s * usd_per_second,
        idle_usd=(up_s - answering_s) * usd_per_second,
        starting_usd=cold * start_s * usd_per_second,
    )


def _side(requests: list[Request], usd_per_second: float, *, cold: bool) -> Side | None:
    if not requests:
        return None
    starting = statistics.fmean(request.queue_s for request in requests) if cold else 0.0
    busy = statistics.fmean(request.busy_s for request in requests)
    return Side(
        requests=len(requests), starting_s=starting, busy_s=busy, usd_per_request=(starting + busy) * usd_per_second
    )


def _stage(stage: str, requests: list[Request], usd_per_second: float) -> StageCost:
    busy_s = sum(request.busy_s for request in requests)
    return StageCost(stage=stage, requests=len(requests), busy_s=busy_s, usd=busy_s * usd_per_second)
