"""One conversation with one child: a request line out, an answer line back, within limits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import signal
from collections.abc import Awaitable, Callable
from typing import Any, Literal, cast

from engine.errors import SandboxFailed, SandboxUnavailable
from engine.sandbox import confine
from engine.sandbox.boot import Role, boot_line
from engine.sandbox.child import Child, Exit, confined, unconfined
from engine.sandbox.limits import Limits

Fault = Literal["timeout", "memory", "exited", "crashed", "output", "endless"]
Message = dict[str, Any]
Callback = Callable[[Message], Awaitable[Message]]

_START_S = 20.0
"""For an interpreter on a busy machine."""

_DRAIN_S = 1.0
_TAIL_BYTES = 2000
_CHUNK_BYTES = 2**16


class Died(Exception):
    """The child is gone, or was ended, before it answered."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault: Fault = fault
        self.detail = detail


class Peer:
    """A child in the role of worker or judge. Use :meth:`start`, and :meth:`close` it always."""

    def __init__(self, child: Child, limits: Limits) -> None:
        self._child = child
        self._limits = limits
        self._printed = 0
        self._tail = b""
        self._flooded = False
        self._drain = asyncio.create_task(self._read_prints())

    @classmethod
    async def start(cls, role: Role, limits: Limits, *, unsafe: bool) -> Peer:
        """Start a child and wait until it is ready and, unless ``unsafe``, has proved to be confined.

        Raises:
            SandboxUnavailable: this machine cannot confine it.
            SandboxFailed: the interpreter does not start.
        """
        if unsafe:
            child, options = await unconfined(limits), {"confined": False, "rlimits": confine.rlimits(limits)}
        else:
            child, options = await confined(limits), {"confined": True, "socket_number": confine.socket_number()}
        peer = cls(child, limits)
        try:
            async with asyncio.timeout(_START_S):
                await peer._send(boot_line(role, options))
                ready = await peer._receive()
        except (Died, TimeoutError) as error:
            await peer.close()
            what = f"The sandbox's interpreter does not start: {error or 'no answer'} {peer.printed}".strip()
            raise SandboxFailed(what, "Run `lift doctor`.") from error
        except BaseException:
            await peer.close()
            raise
        if leaks := ready.get("leaks", ["no self-test"]):
            await peer.close()
            raise SandboxUnavailable(f"The confinement leaks: {', '.join(map(str, leaks))}.", "Run `lift doctor`.")
        return peer

    @property
    def printed(self) -> str:
        """The end of what the child has printed since the last request."""
        return self._tail.decode(errors="replace")

    async def ask(self, request: Message, timeout_s: float, on_apply: Callback | None = None) -> Message:
        """The answer to ``request``.

        ``timeout_s`` bounds the child's silence; while it asks back through ``on_apply``, the
        callback bounds itself.

        Raises:
            Died: it did not answer; the child is gone afterwards.
        """
        token = secrets.token_hex(8)
        self._printed, self._tail = 0, b""
        try:
            answer = await self._exchange({**request, "id": token}, timeout_s)
            while on_apply is not None and "apply" in answer:
                answer = await self._exchange(await on_apply(answer["apply"]), timeout_s)
        except TimeoutError:
            self._child.kill()
            raise Died("timeout", f"timed out after {timeout_s:.3g} s") from None
        except Died:
            self._child.kill()
            raise
        if answer.get("id") != token:
            self._child.kill()
            raise Died("crashed", "interfered with the sandbox's own channel")
        return answer

    def kill(self) -> None:
        """End the child at once."""
        self._child.kill()

    async def close(self) -> None:
        """End the child and release its pipes."""
        self._child.kill()
        await self._child.wait()
        # Read to the end, so that the event loop closes the pipes. A dead child's pipes end, unless
        # an unconfined one has left a process of its own behind that holds them open.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_S):
                while await self._child.stdout.read(_CHUNK_BYTES):
                    pass
                await self._drain
        self._drain.cancel()
        self._child.stdin.close()

    async def _exchange(self, message: Message, timeout_s: float) -> Message:
        async with asyncio.timeout(timeout_s):
            await self._send(json.dumps(message).encode() + b"\n")
            return await self._receive()

    async def _send(self, line: bytes) -> None:
        self._child.stdin.write(line)
        # A broken pipe is told by the answer that does not come.
        with contextlib.suppress(ConnectionError):
            await self._child.stdin.drain()

    async def _receive(self) -> Message:
        try:
            line = await self._child.stdout.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            raise Died("output", f"returned more than {self._limits.output_bytes} bytes") from None
        except asyncio.IncompleteReadError:
            raise self._post_mortem(await self._child.wait()) from None
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise Died("crashed", "interfered with the sandbox's own channel")
        return cast("Message", message)

    def _post_mortem(self, ended: Exit) -> Died:
        if self._flooded:
            return Died("output", f"printed more than {self._limits.output_bytes} bytes")
        if not ended.signal:
            return Died("exited", f"ended the interpreter with exit code {ended.code}")
        if ended.signal == getattr(signal, "SIGXCPU", None):
            return Died("timeout", f"used more than {self._limits.cpu_s} s of processor time")
        return Died("crashed", f"crashed the interpreter ({_signal_name(ended.signal)})")

    async def _read_prints(self) -> None:
        while chunk := await self._child.stderr.read(_CHUNK_BYTES):
            self._tail = (self._tail + chunk)[-_TAIL_BYTES:]
            self._printed += len(chunk)
            if self._printed > self._limits.output_bytes and not self._flooded:
                self._flooded = True
                self._child.kill()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
