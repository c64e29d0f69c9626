"""Servers send chunks with much, little, null or nonsense in them."""

from __future__ import annotations

import json

import pytest

from engine.endpoints.chunks import read_chunk
from engine.errors import EndpointRefused, StreamBroken


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"choices": []},
        {"choices": None, "usage": None, "timings": None, "model": None, "prompt_progress": None},
        {"choices": [{}]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {"content": None, "role": "assistant"}, "finish_reason": None}]},
        {"prompt_progress": {"total": 0, "processed": 0, "cache": 0}},
        {"usage": {"prompt_tokens": None, "prompt_tokens_details": None}, "error": None},
    ],
)
def test_what_is_missing_may_be_missing(data):
    chunk = read_chunk(json.dumps(data), "lab")
    assert (chunk.text, chunk.finish_reason, chunk.progress) == ("", None, None)


def test_what_is_there_is_read():
    data = {
        "choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}, {"delta": {"content": "other"}}],
        "prompt_progress": {"total": 8, "processed": 2},
        "timings": {"prompt_ms": 3.5, "cache_n": 7},
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}},
    }
    chunk = read_chunk(json.dumps(data), "lab")
    assert (chunk.text, chunk.finish_reason, chunk.progress) == ("x", "stop", 0.25)
    assert chunk.timings.prompt_ms == 3.5
    assert chunk.usage.prompt_tokens_details.cached_tokens == 3


@pytest.mark.parametrize(
    ("told", "logprob"),
    [
        ({"content": [{"token": "x", "logprob": -0.5, "top_logprobs": []}]}, -0.5),
        ({"content": [{"logprob": -0.5}, {"logprob": -0.25}]}, -0.75),
        ({"content": [{"logprob": -0.5}, {"logprob": None}]}, None),
        ({"content": []}, None),
        ({"content": None}, None),
        (None, None),
    ],
)
def test_a_piece_is_as_probable_as_its_tokens_together(told, logprob):
    chunk = read_chunk(json.dumps({"choices": [{"delta": {"content": "x"}, "logprobs": told}]}), "lab")
    assert chunk.logprob == logprob


@pytest.mark.parametrize(
    "data",
    ["", "nonsense", "[]", "null", '"x"', '{"choices": 3}', '{"choices": [3]}', '{"usage": "many"}', '{"choices"'],
)
def test_what_is_no_chunk_breaks_the_stream(data):
    with pytest.raises(StreamBroken, match="no part of a chat completion") as broken:
        read_chunk(data, "lab")
    assert broken.value.todo


@pytest.mark.parametrize(
    "error", ["out of memory", {"message": "out of memory", "code": 500}, {"reason": "out of memory"}]
)
def test_an_error_is_told(error):
    with pytest.raises(StreamBroken, match="out of memory"):
        read_chunk(json.dumps({"error": error}), "lab")


def test_a_wrong_request_is_refused_even_when_the_stream_has_begun():
    error = {"message": "Invalid grammar specification.", "type": "BadRequestError", "code": 400}
    with pytest.raises(EndpointRefused, match=r"lab rejected the request \(HTTP 400: Invalid grammar") as refused:
        read_chunk(json.dumps({"error": error}), "lab")
    assert refused.value.status == 400


@pytest.mark.parametrize("code", [500, 503, 429, 3, None, "400"])
def test_any_other_error_in_the_stream_is_the_servers(code):
    with pytest.raises(StreamBroken, match="out of memory"):
        read_chunk(json.dumps({"error": {"message": "out of memory", "code": code}}), "lab")
