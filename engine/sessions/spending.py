"""The time that endpoints spent on recorded sessions, which is what they are paid for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from engine.sessions.database import Database

_REQUESTS = """
SELECT runs.id AS run_id, runs.endpoint, runs.model, runs.started_at, spans.stage,
    total(CASE WHEN spans.name = 'queue' THEN spans.duration_s END) AS queue_s,
    total(CASE WHEN spans.name IN ('prefill', 'decode') THEN spans.duration_s END) AS busy_s
FROM runs JOIN spans ON spans.run_id = runs.id
WHERE runs.endpoint IN ({places}) AND runs.started_at >= ? AND spans.name IN ('queue', 'prefill', 'decode')
GROUP BY runs.id, spans.stage
HAVING busy_s > 0
ORDER BY runs.id, min(spans.start_s)
"""


class Request(BaseModel):
    """What one stage of one run asked of its endpoint; times in seconds.

    ``queue_s`` is the wait before anything was computed, a cold start included; ``busy_s`` is reading the prompt
    and writing the answer.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    run_id: int
    endpoint: str
    model: str
    stage: str
    queue_s: float
    busy_s: float


class Spending:
    """The answered requests of all sessions, deleted ones included until they are purged."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def requests(self, endpoints: Collection[str], *, since: datetime | None = None) -> list[Request]:
        """Every answered request to one of ``endpoints``, by name, oldest first.

        Args:
            since: leave out runs that began before.
        """
        places = ", ".join("?" * len(endpoints))
        begin_ms = int(since.timestamp() * 1000) if since else 0
        rows = self._db.rows(_REQUESTS.format(places=places), (*endpoints, begin_ms))
        return [Request.model_validate(row) for row in rows]
