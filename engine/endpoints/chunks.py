"""The pieces of a streamed answer as servers send them, read tolerantly: what is missing may be missing or null."""

from __future__ import annotations

from typing import Any, cast

from pydantic import BaseModel, ValidationError

from engine.endpoints.wording import GENERIC
from engine.errors import EndpointRefused, StreamBroken


class _Delta(BaseModel):
    content: str | None = None


class _Token(BaseModel):
    logprob: float | None = None


class _Logprobs(BaseModel):
    content: list[_Token] | None = None


class _Choice(BaseModel):
    delta: _Delta | None = None
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None


class _Details(BaseModel):
    cached_tokens: int | None = None


class Usage(BaseModel):
    """Tokens, as the last chunk tells them."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _Progress(BaseModel):
    total: int = 0
    processed: int = 0


class ServerTimings(BaseModel):
    """What the server measured, in milliseconds.

    llama.cpp says ``prompt_ms`` and ``predicted_ms``, vLLM the others.
    """

    prompt_ms: float | None = None
    predicted_ms: float | None = None
    queue_time_ms: float | None = None
    time_to_first_token_ms: float | None = None
    generation_time_ms: float | None = None

    @property
    def spent_s(self) -> float:
        """Seconds that the server says it spent on reading the prompt and writing the answer; 0 if it does not."""
        reading = self.prompt_ms if self.prompt_ms is not None else self.time_to_first_token_ms
        writing = self.predicted_ms if self.predicted_ms is not None else self.generation_time_ms
        return (reading + writing) / 1000 if reading is not None and writing is not None else 0.0


class Chunk(BaseModel):
    """One ``chat.completion.chunk``, as far as it matters here."""

    model: str | None = None
    choices: list[_Choice] | None = None
    usage: Usage | None = None
    timings: ServerTimings | None = None
    metrics: ServerTimings | None = None
    prompt_progress: _Progress | None = None
    error: Any = None

    @property
    def text(self) -> str:
        """The piece of the answer; empty when there is none."""
        delta = self.choices[0].delta if self.choices else None
        return (delta.content if delta else None) or ""

    @property
    def logprob(self) -> float | None:
        """The logarithm of the probability of the piece's tokens together; None where the server does not tell."""
        told = self.choices[0].logprobs if self.choices else None
        each = [token.logprob for token in (told.content if told else None) or ()]
        known = [logprob for logprob in each if logprob is not None]
        return sum(known) if known and len(known) == len(each) else None

    @property
    def finish_reason(self) -> str | None:
        """Why the answer ends here; None while it goes on."""
        return self.choices[0].finish_reason if self.choices else None

    @property
    def progress(self) -> float | None:
        """How much of the prompt has been read, from 0 to 1, where the server says so."""
        told = self.prompt_progress
        return min(max(told.processed / told.total, 0.0), 1.0) if told and told.total > 0 else None


def read_chunk(data: str, name: str) -> Chunk:
    """Read the data of one server-sent event from the endpoint called ``name``.

    vLLM accepts a streamed request before it has looked at its grammar, and then says so in the stream, with the
    status that the response would have had.

    Raises:
        StreamBroken: it is no chunk, or it reports an error of the server's.
        EndpointRefused: it reports that the request was wrong.
    """
    try:
        chunk = Chunk.model_validate_json(data)
    except ValidationError as error:
        raise StreamBroken(
            f"{name} sent something that is no part of a chat completion: {data[:80]!r}",
            "Is it really an OpenAI-compatible server? `lift endpoint test` tells.",
        ) from error
    if chunk.error is not None:
        if status := _request_error(chunk.error):
            what, todo = GENERIC.statuses.get(status, GENERIC.other)
            raise EndpointRefused(f"{name} {what} (HTTP {status}: {_message(chunk.error)}).", todo, status=status)
        raise StreamBroken(
            f"{name} reported an error in mid-stream: {_message(chunk.error)}",
            "What had arrived is kept; run the stage again.",
        )
    return chunk


def _request_error(error: Any) -> int | None:
    """The status of an error that is the request's own, not the server's."""
    code = cast("dict[str, Any]", error).get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 429 else None


def _message(error: Any) -> str:
    if isinstance(error, dict):
        error = cast("dict[str, Any]", error).get("message", cast("dict[str, Any]", error))
    return str(error)[:300]
