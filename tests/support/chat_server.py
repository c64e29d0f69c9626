"""A loopback server that speaks the chat API and misbehaves on request.

It never stands in for a model's quality: it plays answers word for word, so that faults,
cancellation and speed can be tested. Each request takes the next :class:`Answer` of the script.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One scripted answer to ``POST /v1/chat/completions``."""

    text: str = ""
    status: int = 200
    piece: int = 7
    pause_s: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    cut_after: int | None = None
    reset_after: int | None = None
    silent_after: int | None = None
    error_after: int | None = None
    finish: str = "stop"
    before_first_s: float = 0.0
    cached_tokens: int = 0
    logprob: float | None = None


class ChatServer:
    """The running server; ``requests`` are the bodies it was sent, ``aborted`` counts hung-up clients.

    The next ``booting`` requests of any kind are answered with 503, as by a server that is starting.
    """

    def __init__(self, answers: Iterable[Answer], *, key: str | None, owner: str) -> None:
        self.answers = list(answers)
        self.key = key
        self.owner = owner
        self.requests: list[dict[str, Any]] = []
        self.connections = 0
        self.aborted = 0
        self.sent_pieces = 0
        self.booting = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        usable = await self._respond(reader, writer, first, headers, body)
        await writer.drain()
        return usable

    async def _respond(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        first: str,
        headers: dict[str, str],
        body: bytes,
    ) -> bool:
        """Answer one request whose first line is ``first``; False when the connection is no longer usable."""
        if self.key and headers.get("authorization") != f"Bearer {self.key}":
            self._plain(writer, 401, '{"error":{"message":"Invalid API Key"}}')
        elif self.booting:
            self.booting -= 1
            self._plain(writer, 503, '{"error":{"message":"Loading model"}}')
        elif "/v1/models" in first:
            self._plain(writer, 200, json.dumps({"data": [{"id": "scripted", "owned_by": self.owner}]}))
        elif "/v1/chat/completions" in first:
            self.requests.append(json.loads(body))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer.status != 200 or answer.body is not None:
                self._plain(writer, answer.status, answer.body or "{}", answer.headers)
            else:
                return await self._stream(reader, writer, answer)
        else:
            self._plain(writer, 404, "{}")
        return True

    def _plain(
        self, writer: asyncio.StreamWriter, status: int, body: str, headers: dict[str, str] | None = None
    ) -> None:
        extra = "".join(f"{k}: {v}\r\n" for k, v in (headers or {}).items())
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{extra}"
            f"content-length: {len(body.encode())}\r\n\r\n{body}".encode()
        )

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> bool:
        """Play one answer; False when the connection is no longer usable."""
        hung_up = asyncio.ensure_future(reader.read(1))
        try:
            if answer.before_first_s:
                await asyncio.wait({hung_up}, timeout=answer.before_first_s)
                if hung_up.done():
                    self.aborted += 1
                    return False
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            for start in range(0, len(answer.text), answer.piece):
                if start == answer.cut_after:
                    return False
                if start == answer.reset_after:
                    reset(writer)
                    return False
                if start == answer.silent_after:
                    await asyncio.wait({hung_up}, timeout=30)
                    return False
                if start == answer.error_after:
                    self._chunk(writer, {"error": {"message": "out of memory"}})
                    return False
                choice: dict[str, Any] = {"delta": {"content": answer.text[start : start + answer.piece]}}
                if answer.logprob is not None:
                    choice["logprobs"] = {"content": [{"logprob": answer.logprob}]}
                self._chunk(writer, {"model": "scripted", "choices": [choice | {"finish_reason": None}]})
                await writer.drain()
                self.sent_pieces += 1
                await asyncio.wait({hung_up}, timeout=answer.pause_s)
                if hung_up.done():
                    self.aborted += 1
                    return False
            self._chunk(writer, {"choices": [{"delta": {}, "finish_reason": answer.finish}]})
            details = {"cached_tokens": answer.cached_tokens}
            usage = {"prompt_tokens": 10, "completion_tokens": len(answer.text), "prompt_tokens_details": details}
            self._chunk(writer, {"choices": [], "usage": usage})
            self._raw(writer, "data: [DONE]\n\n")
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            return True
        finally:
            hung_up.cancel()
            await asyncio.wait({hung_up})

    def _chunk(self, writer: asyncio.StreamWriter, data: dict[str, Any]) -> None:
        self._raw(writer, f"data: {json.dumps(data)}\n\n")

    def _raw(self, writer: asyncio.StreamWriter, text: str) -> None:
        data = text.encode()
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def reset(writer: asyncio.StreamWriter) -> None:
    """End the connection with a TCP reset, as a proxy or a network that gives up does."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def chat_server(*answers: Answer, key: str | None = None, owner: str = "llamacpp"):
    """Run a :class:`ChatServer` on a free loopback port."""
    chat = ChatServer(answers or (Answer(),), key=key, owner=owner)
    server = await asyncio.start_server(chat.serve, "127.0.0.1", 0)
    chat.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield chat
    finally:
        server.close()
