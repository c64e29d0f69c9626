"""A running child: three pipes, a way to end it, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import signal
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from typing import IO, Protocol

from engine.sandbox import confine
from engine.sandbox.boot import command
from engine.sandbox.limits import Limits

_GRACE_S = 2.0
"""How long a child that has closed its pipe may take to exit."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: by itself with ``code``, or by ``signal`` (0 for none)."""

    code: int
    signal: int = 0


class Child(Protocol):
    """What :mod:`engine.sandbox.peer` needs of a process."""

    stdin: StreamWriter
    stdout: StreamReader
    stderr: StreamReader

    def kill(self) -> None:
        """Kill the process and its group at once; does nothing when it is gone."""
        ...

    async def wait(self) -> Exit:
        """How it ended; it is killed if it does not end by itself now."""
        ...


async def confined(limits: Limits) -> Child:
    """Start a confined interpreter.

    Raises:
        SandboxUnavailable: this machine cannot confine it.
    """
    # The first import loads a shared library. The start itself stays in this thread, because a
    # child is tied to the life of the thread that started it, and takes a few milliseconds.
    with contextlib.suppress(ImportError):
        await asyncio.to_thread(importlib.import_module, "sandlock")
    process = confine.spawn(limits)
    try:
        return _Confined(
            process,
            await _writer(process.stdin),
            await _reader(process.stdout, limits.output_bytes),
            await _reader(process.stderr, limits.output_bytes),
        )
    except BaseException:
        process.kill()
        process.wait()
        raise


async def unconfined(limits: Limits) -> Child:
    """Start a plain interpreter, with a clean environment and in a session of its own."""
    process = await asyncio.create_subprocess_exec(
        *command(),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=confine.ENVIRONMENT,
        cwd="/",
        start_new_session=True,
        limit=limits.output_bytes,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    return _Plain(process, process.stdin, process.stdout, process.stderr)


class _Confined:
    def __init__(
        self, process: confine.Process, stdin: StreamWriter, stdout: StreamReader, stderr: StreamReader
    ) -> None:
        self._process = process
        self._exit: asyncio.Task[Exit] | None = None
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr

    def kill(self) -> None:
        self._process.kill()

    async def wait(self) -> Exit:
        if self._exit is None:
            # sandlock closes this pipe from its own thread, so the event loop must have let go of it.
            if not self.stdin.transport.is_closing():
                self.stdin.transport.abort()
            self._exit = asyncio.ensure_future(asyncio.to_thread(self._reap))
        return await asyncio.shield(self._exit)

    def _reap(self) -> Exit:
        from sandlock import ExitReason  # pyright: ignore[reportMissingTypeStubs]

        result = self._process.wait(_GRACE_S)
        if result.reason is ExitReason.EXITED:
            return Exit(result.exit_code)
        if result.reason is ExitReason.SIGNALED:
            return Exit(-1, result.signal)
        return Exit(-1, signal.SIGKILL)


class _Plain:
    def __init__(self, process: Process, stdin: StreamWriter, stdout: StreamReader, stderr: StreamReader) -> None:
        self._process = process
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def wait(self) -> Exit:
        try:
            async with asyncio.timeout(_GRACE_S):
                code = await self._process.wait()
        except TimeoutError:
            self.kill()
            code = await self._process.wait()
        return Exit(code) if code >= 0 else Exit(-1, -code)


async def _reader(pipe: IO[bytes], limit: int) -> StreamReader:
    reader = StreamReader(limit=limit)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader


async def _writer(pipe: IO[bytes]) -> StreamWriter:
    loop = asyncio.get_running_loop()
    # The flow control that StreamWriter needs; the reader half is never fed.
    protocol = asyncio.StreamReaderProtocol(StreamReader())
    transport, _ = await loop.connect_write_pipe(lambda: protocol, pipe)
    return StreamWriter(transport, protocol, None, loop)
