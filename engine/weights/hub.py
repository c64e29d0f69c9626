"""Weights from a Hugging Face hub: one plain file over HTTP, resumed where it stopped."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Literal

import httpx

from engine.weights.source import Report, SourceFailed

DEFAULT_HUB = "https://huggingface.co"
_CONNECT_S = 10.0
_SILENCE_S = 30.0
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file on the main branch of a repository; ``HF_ENDPOINT`` names another hub or a mirror."""

    repo: str
    file: str
    kind: Literal["hub"] = "hub"
    label: str = "the model hub"
    scratch_bytes: int = 0

    async def fetch(self, part: Path, size: int, report: Report) -> None:
        """See :class:`engine.weights.source.Source`."""
        timeout = httpx.Timeout(_SILENCE_S, connect=_CONNECT_S)
        async with httpx.AsyncClient(timeout=timeout, follow_redirects=True) as client:
            failures = 0
            while _length(part) < size:
                before = _length(part)
                try:
                    await self._fetch_rest(client, part, size, report)
                except httpx.ConnectError as error:
                    raise SourceFailed(f"{self._url()}: cannot connect ({error})") from error
                except httpx.ConnectTimeout as error:
                    reason = f"{self._url()}: no connection within {_CONNECT_S:.0f} s"
                    raise SourceFailed(reason) from error
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    failures = 0 if _length(part) > before else failures + 1
                    if failures >= _ATTEMPTS:
                        reason = str(error) or type(error).__name__
                        raise SourceFailed(f"{self._url()}: broke off ({reason})") from error
                    await asyncio.sleep(failures)

    def _url(self) -> str:
        hub = os.environ.get("HF_ENDPOINT") or DEFAULT_HUB
        return f"{hub.rstrip('/')}/{self.repo}/resolve/main/{self.file}"

    async def _fetch_rest(self, client: httpx.AsyncClient, part: Path, size: int, report: Report) -> None:
        """One request for the bytes that are missing.

        Raises:
            SourceFailed: the hub answers, but not with this file.
            httpx.HTTPError: the connection failed; what arrived is in ``part``.
        """
        have = _length(part)
        # Compression would turn byte offsets into offsets of something else.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        async with client.stream("GET", self._url(), headers=headers) as response:
            if response.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
                raise SourceFailed(f"{self._url()}: HTTP {response.status_code} {response.reason_phrase}")
            resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT
            announced = _announced_size(response)
            if announced not in (None, size):
                raise SourceFailed(f"{self._url()}: has {announced} bytes, expected {size}")
            with part.open("ab" if resumed else "wb") as file:
                await _copy(response, file, size, report)


async def _copy(response: httpx.Response, file: BinaryIO, size: int, report: Report) -> None:
    # In the pieces the network brings: a chunk size would hold back, and lose when cut, up to a chunk.
    async for chunk in response.aiter_raw():
        if file.tell() + len(chunk) > size:
            raise SourceFailed(f"{response.url}: sends more than the expected {size} bytes")
        await asyncio.to_thread(file.write, chunk)
        report(file.tell())


def _announced_size(response: httpx.Response) -> int | None:
    """The size of the whole file as the server states it, in bytes."""
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        stated = response.headers.get("content-range", "").rpartition("/")[2]
    else:
        stated = response.headers.get("content-length", "")
    return int(stated) if stated.isdigit() else None


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
