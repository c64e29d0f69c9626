"""The baselines: the same model is asked directly, without a specification, a grammar or a check."""

from __future__ import annotations

import ast
import re
import time
from typing import Any

import httpx

from engine.bench.records import Baseline, Timing, first_token_s, overhead_s
from engine.endpoints.connect import connect
from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import ChatRequest, Delta, Finished, Message, Sampling, Waiting
from engine.errors import LiftError
from engine.stages.check_header import parse_module
from engine.stages.events import Usage
from engine.stages.pipeline import SLOW_START_S

_MESSAGES: dict[Baseline, str] = {
    "raw": "Please write a Python function. {prompt}\n\nAnswer with the code only.",
    "plain": "{prompt}",
}
"""``raw`` asks as the pipeline asks for code, but for the first word: the endpoint must not find it read already.
``plain`` is what somebody types into a chat; the answer may explain, and show more than the function."""


def message_of(mode: Baseline, prompt: str) -> str:
    """What the model is sent: the whole conversation."""
    return _MESSAGES[mode].format(prompt=prompt)


async def ask(
    mode: Baseline, prompt: str, profile: Profile, client: httpx.AsyncClient, *, model: str | None, sampling: Sampling
) -> dict[str, Any]:
    """The fields of a :class:`~engine.bench.records.Record` for one direct answer; ``code`` is the whole answer."""
    began = time.perf_counter()
    fields: dict[str, Any] = {"model": model or profile.model}
    spans: list[Timing] = []
    text, last = "", None
    try:
        endpoint = await connect(profile, client, lambda _: None, model=model)
        ready_s = time.perf_counter() - began
        if ready_s >= SLOW_START_S:
            spans.append(Timing(stage=mode, name="queue", start_s=0.0, duration_s=ready_s))
        request = ChatRequest(messages=(Message("user", message_of(mode, prompt)),), sampling=sampling)
        async for item in endpoint.stream(request):
            match item:
                case Delta():
                    text += item.text
                case Finished():
                    last = item
                case Waiting():
                    pass
    except LiftError as error:
        fields["error"] = error.as_dict()
    seconds = time.perf_counter() - began
    if last is not None:
        spans += [
            Timing(stage=mode, name=t.phase, start_s=t.start_s - began, duration_s=t.duration_s) for t in last.timings
        ]
        usage = Usage(
            prompt_tokens=last.prompt_tokens,
            cached_tokens=last.cached_tokens,
            completion_tokens=last.completion_tokens,
            server_s=last.server_s,
        )
        fields |= {
            "model": last.model,
            "usage": usage,
            "tokens": usage.prompt_tokens + usage.completion_tokens,
            "stage_usage": {mode: usage},
            "server_s": last.server_s,
            "overhead_s": overhead_s(seconds, spans, last.server_s),
            "cost_usd": profile.cost_usd(
                prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens, seconds=seconds
            ),
        }
    return fields | {
        "seconds": seconds,
        "stage_seconds": {mode: seconds},
        "first_token_s": first_token_s(spans),
        "spans": spans,
        "code": text,
    }


def code_of(text: str) -> tuple[str, str]:
    """The code in a model's answer, and the name of the function it is about.

    The code is the first fenced block with a function in it, else the whole text; the function is the
    last one at the top level that does not look like a script's or a test's.
    """
    blocks = [match[1] for match in re.finditer(r"^```[^\n]*\n(.*?)(?:^```|\Z)", text, re.DOTALL | re.MULTILINE)]
    for code in (*blocks, text):
        if tree := parse_module(code)[0]:
            functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
            likely = [name for name in functions if name != "main" and not name.startswith("test")]
            if functions:
                return code, (likely or functions)[-1]
    return (blocks[0] if blocks else text), ""
