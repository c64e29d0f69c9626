"""What the rest of the engine knows about an endpoint: a request goes in, typed items stream out.

A Modal deployment, a server of the user's own and the embedded model all look like this;
nothing outside this package knows which one it talks to.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.grammar.grammar import Grammar

Role = Literal["system", "user", "assistant"]
Phase = Literal["connect", "queue", "prefill", "decode"]
FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. ``max_tokens`` bounds one answer, in tokens."""

    temperature: float = 0.0
    seed: int | None = None
    max_tokens: int = 1024


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request for a streamed answer.

    Args:
        messages: the conversation, oldest first, ending with a user message.
        grammar: the contract the answer has to keep, if there is one.
        prefill: text the answer begins with; the stream continues it and does not repeat it.
            Only endpoints whose :attr:`Capabilities.prefill` is true accept one.
        sampling: temperature, seed and token limit.
        logprobs: whether each piece is to come with its probability; only where
            :attr:`Capabilities.logprobs` is true does it.
    """

    messages: tuple[Message, ...]
    grammar: Grammar | None = None
    prefill: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    logprobs: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing streams yet: the model loads, a container boots, or the prompt is being read.

    ``typical_s`` is how long that takes as a rule, in seconds, where it is known.
    """

    what: str
    elapsed_s: float
    fraction: float | None = None
    typical_s: float | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the answer, and the logarithm of its probability where that is known."""

    text: str
    logprob: float | None = None


@dataclass(frozen=True, slots=True)
class PhaseTiming:
    """One phase of the request, in seconds of the monotonic clock :func:`time.perf_counter`."""

    phase: Phase
    start_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The last item: why the answer ended, the tokens it took, and where the time went.

    ``server_s`` is how many seconds the server says it computed, 0 if it does not say.
    """

    reason: FinishReason
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    model: str
    timings: tuple[PhaseTiming, ...]
    server_s: float = 0.0


StreamItem = Waiting | Delta | Finished


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an endpoint can do beside plain chat.

    Args:
        structured: the field that carries a grammar. ``grammar`` (llama.cpp) takes GBNF or
            llguidance Lark, ``structured_outputs`` (vLLM) a JSON Schema or EBNF,
            ``response_format`` (OpenAI, Ollama) a JSON Schema only, ``none`` nothing at all.
        prefill: the endpoint continues a last assistant message.
        progress: the endpoint reports how far it has read the prompt (llama.cpp).
        compact: structured JSON comes without white space between its tokens.
        parallel: several answers at once take about as long as one. Not so where a processor computes them: four
            at once take as long as one after the other there, with 26 tokens/s in all on two cores.
        logprobs: the endpoint tells the probability of what it says, if it is asked to.
    """

    structured: Literal["grammar", "structured_outputs", "response_format", "none"] = "response_format"
    prefill: bool = False
    progress: bool = False
    compact: bool = False
    parallel: bool = True
    logprobs: bool = False

    def takes(self, grammar: Grammar) -> bool:
        """Whether the endpoint can be held to ``grammar`` while it speaks."""
        match self.structured:
            case "grammar" | "structured_outputs":
                return True
            case "response_format":
                return grammar.json_schema is not None
            case "none":
                return False


class Endpoint(Protocol):
    """Somewhere tokens come from."""

    @property
    def name(self) -> str:
        """The profile's name."""
        ...

    @property
    def model(self) -> str:
        """The model's name, as the endpoint knows it."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What the endpoint can do, declared by its profile or found by probing."""
        ...

    def stream(self, request: ChatRequest) -> AsyncGenerator[StreamItem]:
        """Stream one answer; closing the iterator stops the server.

        Raises:
            EndpointUnreachable: no connection, or no first token in time.
            EndpointRefused: an HTTP error status.
            StreamBroken: the stream ended early or fell silent.
        """
        ...
