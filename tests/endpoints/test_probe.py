"""What kind of server is this?"""

from __future__ import annotations

import json

import httpx
import pytest

from engine.endpoints.connect import connect
from engine.endpoints.probe import CAPABILITIES, probe
from engine.endpoints.profiles import Profile
from engine.errors import EndpointRefused, EndpointUnreachable, SettingsError, UsageError
from tests.support.chat_server import Answer, chat_server


def saying(status=200, data=None, text=None):
    body = text if text is not None else json.dumps(data)
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(status, text=body)))


async def asked(client):
    async with client:
        return await probe("lab", "http://h:1", {}, client)


@pytest.mark.parametrize(
    ("owner", "flavor"), [("llamacpp", "llama.cpp"), ("vllm", "vllm"), ("library", "openai"), ("openai", "openai")]
)
async def test_the_owner_of_the_models_tells(owner, flavor):
    async with chat_server(owner=owner) as server, httpx.AsyncClient() as client:
        found = await probe("lab", server.url, {}, client)
    assert (found.flavor, found.models) == (flavor, ("scripted",))
    assert found.latency_s > 0


async def test_a_server_without_models():
    found = await asked(saying(data={"data": []}))
    assert (found.flavor, found.models) == ("openai", ())


@pytest.mark.parametrize(
    "text", ["<html>", "[]", '{"models": []}', '{"data": 3}', '{"data": [3]}', '{"data": [{}]}', '{"data": null}', ""]
)
async def test_an_answer_of_another_kind_is_told(text):
    with pytest.raises(EndpointRefused, match="not as an OpenAI-compatible server"):
        await asked(saying(text=text))


@pytest.mark.parametrize(
    ("status", "says"), [(401, "key"), (403, "permissions"), (404, "URL"), (500, "log"), (302, "test")]
)
async def test_refusals(status, says):
    with pytest.raises(EndpointRefused, match=says) as refused:
        await asked(saying(status, {"error": {"message": "because of this"}}))
    assert refused.value.status == status
    assert "because of this" in refused.value.what


async def test_nobody_there():
    async with chat_server() as server:
        url = server.url
    async with httpx.AsyncClient() as client:
        with pytest.raises(EndpointUnreachable, match=r"cannot be reached at http://127\.0\.0\.1"):
            await probe("lab", url, {}, client)


async def reached(waits=None, **fields):
    async with chat_server(Answer("x"), key="sk-1", owner="vllm") as server, httpx.AsyncClient() as client:
        profile = Profile(name="lab", url=server.url, key_env="LAB_KEY", **fields)
        endpoint = await connect(profile, client, (waits if waits is not None else []).append)
        return endpoint, server


async def test_connecting_asks_for_what_the_profile_does_not_say(monkeypatch):
    monkeypatch.setenv("LAB_KEY", "sk-1")
    endpoint, _ = await reached()
    assert endpoint.model == "scripted"
    assert endpoint.capabilities == CAPABILITIES["vllm"]
    endpoint, _ = await reached(model="mine", flavor="openai")
    assert endpoint.model == "mine"
    assert endpoint.capabilities == CAPABILITIES["openai"]


async def test_a_profile_that_says_all_is_not_asked(monkeypatch):
    monkeypatch.setenv("LAB_KEY", "sk-1")
    _, server = await reached(model="mine", flavor="openai")
    assert server.connections == 0


async def test_connecting_with_a_wrong_key_or_none(monkeypatch):
    monkeypatch.setenv("LAB_KEY", "sk-2")
    with pytest.raises(EndpointRefused, match="Invalid API Key"):
        await reached()
    monkeypatch.delenv("LAB_KEY")
    with pytest.raises(SettingsError):
        await reached()


async def test_no_model_anywhere():
    async with saying(data={"data": []}) as client:
        with pytest.raises(UsageError, match="--model"):
            await connect(Profile(name="lab", url="http://h"), client, lambda _: None)
