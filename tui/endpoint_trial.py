"""Trying an endpoint with a small request: what it says, and how long each part took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.endpoints.profiles import Profile
    from engine.endpoints.protocol import Capabilities, PhaseTiming, Waiting

QUESTION = "Say hello in five words."
MAX_TOKENS = 16


@dataclass(frozen=True)
class Trial:
    """An answer: the model, what it said, the request's phases, tokens, and what the server can do."""

    name: str
    model: str
    said: str
    timings: tuple[PhaseTiming, ...]
    completion_tokens: int
    can: Capabilities

    def lines(self) -> tuple[str, str, str]:
        """The trial in words: the answer, the times, the abilities."""
        phases = ", ".join(f"{timing.phase} {timing.duration_s:.2f} s" for timing in self.timings)
        return (
            f"{self.name} answers with {self.model}: {self.said.strip()!r}",
            f"{phases}; {self.completion_tokens} tokens",
            f"grammars: {self.can.structured}; continues an answer: {'yes' if self.can.prefill else 'no'}",
        )


async def try_out(profile: Profile, on_waiting: Callable[[Waiting], None], *, model: str | None = None) -> Trial:
    """Ask ``profile`` for a few tokens, starting it if need be.

    Args:
        on_waiting: hears what a slow start is waiting for.
        model: another model than the profile's own.

    Raises:
        LiftError: what connecting or asking raises.
    """
    from engine.endpoints.connect import connect, new_client
    from engine.endpoints.protocol import ChatRequest, Delta, Finished, Message, Sampling, Waiting
    from engine.errors import StreamBroken

    async with new_client() as client:
        reached = await connect(profile, client, on_waiting, model=model)
        request = ChatRequest((Message("user", QUESTION),), sampling=Sampling(max_tokens=MAX_TOKENS))
        said = ""
        async for item in reached.stream(request):
            match item:
                case Waiting():
                    on_waiting(item)
                case Delta():
                    said += item.text
                case Finished():
                    return Trial(
                        profile.name, item.model, said, item.timings, item.completion_tokens, reached.capabilities
                    )
    raise StreamBroken(f"{profile.name} ended its answer without saying so.", "Try again.")
