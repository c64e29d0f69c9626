"""The body of a request, in each dialect."""

from __future__ import annotations

import json

import pytest

from engine.endpoints.probe import CAPABILITIES
from engine.endpoints.protocol import ChatRequest, Message, Sampling
from engine.endpoints.wire import request_body
from engine.grammar.grammar import Grammar
from engine.stages.short_wire import grammar_for

GRAMMAR = Grammar("a test", 'root ::= "x"')
FIELDS = {"model", "messages", "stream", "stream_options", "temperature", "max_tokens"}


def body(flavor="openai", **fields):
    return request_body(
        ChatRequest((Message("system", "s"), Message("user", "u")), **fields), "m", CAPABILITIES[flavor]
    )


def test_plain_chat_says_no_more_than_it_must():
    made = body(sampling=Sampling(temperature=0.5, max_tokens=7))
    assert made.keys() == FIELDS
    assert made["messages"] == [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    assert (made["temperature"], made["max_tokens"], made["stream"]) == (0.5, 7, True)


def test_a_seed_of_zero_is_a_seed():
    assert body(sampling=Sampling(seed=0))["seed"] == 0


@pytest.mark.parametrize(("flavor", "extra"), [("llama.cpp", "grammar"), ("vllm", "structured_outputs")])
def test_code_grammars(flavor, extra):
    made = body(flavor, grammar=GRAMMAR)
    assert 'root ::= "x"' in json.dumps(made[extra]).replace('\\"', '"')


def test_a_schema_goes_to_each_in_its_own_way():
    grammar = grammar_for("Raise an error.")
    assert body("llama.cpp", grammar=grammar)["grammar"] == grammar.to_gbnf()
    assert body("vllm", grammar=grammar)["structured_outputs"] == {"grammar": grammar.to_xgrammar()}
    asked = body("openai", grammar=grammar)["response_format"]
    assert asked["type"] == "json_schema"
    assert asked["json_schema"]["strict"] is True
    assert asked["json_schema"]["schema"] == grammar.json_schema
    assert body("openai", grammar=GRAMMAR).keys() == FIELDS


def test_prefill():
    llama, vllm = (body(flavor, prefill="def f():") for flavor in ("llama.cpp", "vllm"))
    for made in (llama, vllm):
        assert made["messages"][-1] == {"role": "assistant", "content": "def f():"}
    assert "continue_final_message" not in llama
    assert vllm["continue_final_message"] is True


def test_only_llama_cpp_reports_progress():
    assert [flavor for flavor in CAPABILITIES if body(flavor).get("return_progress")] == ["llama.cpp"]


@pytest.mark.parametrize("flavor", list(CAPABILITIES))
def test_every_body_is_json(flavor):
    json.dumps(body(flavor, grammar=grammar_for("Raise an error."), prefill="x"))


def test_probabilities_are_asked_for_only_where_they_are_told():
    for flavor in ("llama.cpp", "vllm"):
        assert body(flavor, logprobs=True)["logprobs"] is True
        assert "logprobs" not in body(flavor)
    assert body("openai", logprobs=True).keys() == FIELDS
