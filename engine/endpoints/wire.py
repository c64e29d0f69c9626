"""The body of a chat request, in the dialect that the endpoint speaks."""

from __future__ import annotations

from typing import Any

from engine.endpoints.protocol import Capabilities, ChatRequest
from engine.grammar.grammar import Grammar


def request_body(request: ChatRequest, model: str, capabilities: Capabilities) -> dict[str, Any]:
    """The JSON body of ``POST /v1/chat/completions`` for ``request``.

    A grammar that the endpoint has no field for is left out: the stream is verified on our
    side in any case, so such an endpoint is held to the same contract without being helped to keep it.
    """
    messages: list[dict[str, str]] = [{"role": m.role, "content": m.content} for m in request.messages]
    body: dict[str, Any] = {
        "model": model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": request.sampling.temperature,
        "max_tokens": request.sampling.max_tokens,
    }
    if request.sampling.seed is not None:
        body["seed"] = request.sampling.seed
    if request.prefill:
        messages.append({"role": "assistant", "content": request.prefill})
        if capabilities.structured == "structured_outputs":
            body |= {"add_generation_prompt": False, "continue_final_message": True}
    if request.logprobs and capabilities.logprobs:
        body |= {"logprobs": True, "top_logprobs": 1}
    if capabilities.progress:
        body["return_progress"] = True
    if request.grammar is not None:
        body |= _constraint(request.grammar, capabilities)
    return body


def _constraint(grammar: Grammar, capabilities: Capabilities) -> dict[str, Any]:
    match capabilities.structured:
        case "grammar":
            return {"grammar": grammar.to_gbnf()}
        case "structured_outputs":
            return {"structured_outputs": {"grammar": grammar.to_xgrammar()}}
        case "response_format" if grammar.json_schema is not None:
            schema = {"name": grammar.name, "schema": dict(grammar.json_schema), "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": schema}}
        case _:
            return {}
