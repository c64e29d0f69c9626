"""Children that are started before they are needed: the start takes longer than most calls."""

from __future__ import annotations

import asyncio
from types import TracebackType

from engine.sandbox.boot import Role
from engine.sandbox.limits import Limits
from engine.sandbox.peer import Peer


class Standby:
    """An asynchronous context that keeps at most one child of each role ready.

    Nothing starts by itself: :meth:`prepare` says when, typically while a model is still writing the code.

    Args:
        limits: what each child may use.
        unsafe: start the children without confinement.
        spare: replace a worker that is taken at once, because generated code may take its worker down.
    """

    def __init__(self, limits: Limits | None = None, *, unsafe: bool = False, spare: bool = True) -> None:
        self.limits = limits or Limits()
        self._unsafe = unsafe
        self._spare = spare
        self._starting: dict[Role, asyncio.Task[Peer]] = {}
        self._closing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Standby:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    def prepare(self, *roles: Role) -> None:
        """Start a child in each of ``roles`` that has none ready."""
        for role in roles:
            if role not in self._starting:
                self._starting[role] = asyncio.create_task(Peer.start(role, self.limits, unsafe=self._unsafe))

    async def take(self, role: Role) -> Peer:
        """A child in this role, ready or started now; whoever takes it has to close it.

        Raises:
            SandboxUnavailable: this machine cannot confine it.
            SandboxFailed: the interpreter does not start.
        """
        self.prepare(role)
        peer = await asyncio.shield(self._starting[role])
        del self._starting[role]
        if self._spare and role == "worker":
            self.prepare(role)
        return peer

    async def _close(self) -> None:
        starting = [*self._starting.values()]
        self._starting.clear()
        for task in starting:
            task.cancel()
        for peer in await asyncio.gather(*starting, return_exceptions=True):
            if isinstance(peer, Peer):
                await peer.close()
