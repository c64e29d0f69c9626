"""``--json``: one document when the run is over, and nothing else.

Only ASCII is written: that survives every encoding, and no terminal obeys it.
"""

from __future__ import annotations

import json
import sys
from types import TracebackType
from typing import Any, Self

from engine.stages.events import (
    CheckFinished,
    ClauseDoubted,
    CodeChosen,
    CodeFinished,
    Event,
    OptionsProposed,
    RefinementProposed,
    RepairStarted,
    RunFinished,
    RunStarted,
    SpanFinished,
    SpecFinished,
)


class JsonPresenter:
    """Collects the run and prints it at its end, cancelled or not.

    ``code`` and ``checks`` are of the version that the run ended with, and ``attempt`` is its number;
    ``repairs`` has every version after the first. Beside the keys that every run has, options proposed
    for a hole are under ``options``, and a proposed refinement is under ``proposal``.

    Args:
        hold: leave the printing to whoever has something to add (:meth:`print`).
    """

    def __init__(self, *, hold: bool = False) -> None:
        self._hold = hold
        self._versions: dict[int, dict[str, Any]] = {}
        self._repair: RepairStarted | None = None
        self._document: dict[str, Any] = {
            "session_id": None,
            "status": None,
            "prompt": None,
            "ir": None,
            "ir_text": None,
            "code": None,
            "checks": [],
            "attempt": 0,
            "repairs": [],
            "doubts": [],
            "spans": [],
            "usage": {},
            "model": None,
            "endpoint": None,
            "cost_usd": 0.0,
            "error": None,
        }

    def show(self, event: Event) -> None:
        """Take what the document needs from one event."""
        document = self._document
        match event:
            case RunStarted():
                document |= event.model_dump(include={"session_id", "prompt", "endpoint", "model"})
                if event.ir is not None:
                    document |= {"ir": event.ir.model_dump(mode="json"), "ir_text": event.ir_text}
            case SpecFinished():
                document |= {"ir": event.ir.model_dump(mode="json"), "ir_text": event.ir_text}
            case CodeFinished():
                self._begin_version(event)
            case CheckFinished():
                document["checks"].append(event.result.model_dump())
            case RepairStarted():
                self._repair = event
            case ClauseDoubted():
                document["doubts"].append(event.model_dump(exclude={"type"}))
            case CodeChosen():
                document |= {"attempt": event.attempt, **self._versions[event.attempt]}
            case SpanFinished():
                document["spans"].append(event.span.model_dump())
            case OptionsProposed():
                document["options"] = event.model_dump(include={"hole", "options"})
            case RefinementProposed():
                document["proposal"] = event.model_dump(mode="json", exclude={"type"})
            case RunFinished():
                document |= event.model_dump(include={"status", "model", "usage", "cost_usd", "error"})
                if not self._hold:
                    self.print()
            case _:
                pass

    def _begin_version(self, event: CodeFinished) -> None:
        """The code and its checks, to which the version's own list of checks is still being added."""
        version: dict[str, Any] = {"code": event.code, "checks": []}
        self._versions[event.attempt] = version
        self._document |= {"attempt": event.attempt, **version}
        if event.attempt and self._repair is not None:
            asked = self._repair.model_dump(exclude={"type", "attempt"})
            self._document["repairs"].append({"attempt": event.attempt, **asked, **version})

    def print(self, **more: Any) -> None:
        """Print the document, with ``more`` in it."""
        json.dump(self._document | more, sys.stdout, indent=2)
        sys.stdout.write("\n")
        sys.stdout.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass
