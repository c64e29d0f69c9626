"""What checking needs beside the code: children that are ready, a search for inputs, a type checker."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType

from engine.inputs.search import InputSearch
from engine.sandbox.limits import Limits
from engine.sandbox.standby import Standby
from engine.stages.check_types import TypeChecker

SEARCH_S = 6.0


class CheckTools:
    """An asynchronous context that holds the tools of one run.

    Args:
        limits: what generated code may use.
        unsafe: run it without confinement.
        search_s: seconds that the search for inputs may take; it needs a few tenths, on a machine that is not busy.
    """

    def __init__(self, limits: Limits | None = None, *, unsafe: bool = False, search_s: float = SEARCH_S) -> None:
        self.unsafe = unsafe
        self.search_s = search_s
        self.standby = Standby(limits, unsafe=unsafe)
        self.search = InputSearch()
        self.types = TypeChecker()
        self._held = AsyncExitStack()

    def prepare(self) -> None:
        """Start what takes a while, typically while the model still writes."""
        self.standby.prepare("worker", "judge")
        self.search.prepare()

    async def __aenter__(self) -> CheckTools:
        await self._held.enter_async_context(self.standby)
        await self._held.enter_async_context(self.search)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._held.aclose()
