"""The streaming client against a server that behaves, and one that does not."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from engine.endpoints.client import ChatEndpoint, Timeouts
from engine.endpoints.probe import CAPABILITIES
from engine.endpoints.protocol import ChatRequest, Delta, Finished, Message, Sampling, Waiting
from engine.errors import EndpointRefused, EndpointUnreachable, StreamBroken
from engine.grammar.grammar import Grammar
from tests.support.chat_server import Answer, chat_server

REQUEST = ChatRequest((Message("user", "hello"),), sampling=Sampling(seed=7, max_tokens=50))
QUICK = Timeouts(connect=2, first_token=5, between_tokens=0.3, retry_pause=0.01)


@pytest.fixture
async def client():
    async with httpx.AsyncClient() as pool:
        yield pool


def endpoint(url, client, *, flavor="llama.cpp", headers=None, timeouts=QUICK):
    return ChatEndpoint(
        name="scripted",
        base_url=url,
        model="scripted",
        headers=headers or {},
        capabilities=CAPABILITIES[flavor],
        client=client,
        timeouts=timeouts,
    )


async def collect(stream, into):
    async for item in stream:
        into.append(item)


async def everything(stream):
    items = [item async for item in stream]
    return "".join(item.text for item in items if isinstance(item, Delta)), items


async def test_text_usage_and_phases_arrive_in_order(client):
    async with chat_server(Answer("Hallo, Wörld", cached_tokens=4)) as server:
        text, items = await everything(endpoint(server.url, client).stream(REQUEST))
    assert text == "Hallo, Wörld"
    last = items[-1]
    assert isinstance(last, Finished)
    assert (last.reason, last.cached_tokens, last.model) == ("stop", 4, "scripted")
    assert [t.phase for t in last.timings] == ["connect", "queue", "prefill", "decode"]
    assert all(t.duration_s >= 0 for t in last.timings)
    starts = [t.start_s for t in last.timings]
    assert starts == sorted(starts)


async def test_request_carries_sampling_and_key(client):
    async with chat_server(Answer("x"), key="secret") as server:
        headers = {"Authorization": "Bearer secret"}
        await everything(endpoint(server.url, client, headers=headers).stream(REQUEST))
        body = server.requests[0]
    assert body["seed"] == 7
    assert body["max_tokens"] == 50
    assert body["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("flavor", "schema", "field"),
    [
        ("llama.cpp", None, "grammar"),
        ("llama.cpp", {"type": "object"}, "grammar"),
        ("vllm", None, "structured_outputs"),
        ("vllm", {"type": "object"}, "structured_outputs"),
        ("openai", {"type": "object"}, "response_format"),
        ("openai", None, None),
    ],
)
async def test_the_grammar_goes_where_the_endpoint_reads_it(client, flavor, schema, field):
    request = ChatRequest((Message("user", "x"),), grammar=Grammar("a test", 'root ::= "x"', schema))
    async with chat_server(Answer("x")) as server:
        await everything(endpoint(server.url, client, flavor=flavor).stream(request))
        body = server.requests[0]
    present = {"grammar", "structured_outputs", "response_format"} & body.keys()
    assert present == ({field} if field else set())


async def test_prefill_is_the_last_message(client):
    request = ChatRequest((Message("user", "x"),), prefill="def f():\n")
    async with chat_server(Answer("    pass")) as server:
        await everything(endpoint(server.url, client, flavor="vllm").stream(request))
        body = server.requests[0]
    assert body["messages"][-1] == {"role": "assistant", "content": "def f():\n"}
    assert body["continue_final_message"] is True
    assert body["add_generation_prompt"] is False


@pytest.mark.parametrize(
    ("status", "says"), [(400, "rejected"), (401, "key"), (403, "permissions"), (404, "address"), (500, "log")]
)
async def test_refusals_say_what_to_do_and_are_not_retried(client, status, says):
    async with chat_server(Answer(status=status)) as server:
        with pytest.raises(EndpointRefused, match=says) as refused:
            await everything(endpoint(server.url, client).stream(REQUEST))
        assert len(server.requests) == 1
    assert refused.value.status == status


async def test_a_wrong_key_is_a_refusal(client):
    async with chat_server(Answer("x"), key="secret") as server:
        with pytest.raises(EndpointRefused, match="Invalid API Key"):
            await everything(endpoint(server.url, client).stream(REQUEST))


async def test_a_booting_server_is_waited_for(client):
    async with chat_server(Answer(status=503), Answer(status=503), Answer("ready")) as server:
        text, items = await everything(endpoint(server.url, client).stream(REQUEST))
    assert text == "ready"
    assert sum(isinstance(item, Waiting) for item in items) == 2
    assert {t.phase: t for t in items[-1].timings}["queue"].duration_s > 0.02


async def test_nothing_listening_is_unreachable(client):
    async with chat_server() as server:
        url = server.url
    with pytest.raises(EndpointUnreachable, match="cannot be reached"):
        await everything(endpoint(url, client).stream(REQUEST))


async def test_a_slow_first_token_has_its_own_limit(client):
    patient = Timeouts(connect=2, first_token=0.2, between_tokens=30)
    async with chat_server(Answer("x", before_first_s=5)) as server:
        with pytest.raises(EndpointUnreachable, match="did not begin to answer"):
            await everything(endpoint(server.url, client, timeouts=patient).stream(REQUEST))
        assert len(server.requests) == 1  # whoever has waited so long is not made to wait again


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer("0123456789" * 4, cut_after=14), "broke off"),
        (Answer("0123456789" * 4, silent_after=14), "silent"),
        (Answer("0123456789" * 4, error_after=14), "out of memory"),
    ],
)
async def test_a_stream_that_breaks_keeps_what_came_and_is_not_retried(client, answer, says):
    got = []
    async with chat_server(answer) as server:
        with pytest.raises(StreamBroken, match=says):
            await collect(endpoint(server.url, client).stream(REQUEST), got)
        assert len(server.requests) == 1
    assert "".join(item.text for item in got if isinstance(item, Delta)) == "01234567890123"


async def test_a_stream_without_an_end_is_broken(client):
    async with chat_server(Answer("abc", finish="")) as server:
        with pytest.raises(StreamBroken, match="before the model had finished"):
            await everything(endpoint(server.url, client).stream(REQUEST))


async def test_an_answer_that_is_no_event_stream_is_refused(client):
    async with chat_server(Answer(body="<html>hello</html>")) as server:
        with pytest.raises(EndpointRefused, match="event stream"):
            await everything(endpoint(server.url, client).stream(REQUEST))


async def test_closing_the_stream_stops_the_server(client):
    async with chat_server(Answer("word " * 400, pause_s=0.01)) as server:
        stream = endpoint(server.url, client).stream(REQUEST)
        async for item in stream:
            if isinstance(item, Delta):
                break
        await stream.aclose()
        for _ in range(100):
            if server.aborted:
                break
            await asyncio.sleep(0.01)
        assert server.aborted == 1
        assert server.sent_pieces < 100


async def test_running_out_of_tokens_is_reported(client):
    async with chat_server(Answer("x", finish="length")) as server:
        _, items = await everything(endpoint(server.url, client).stream(REQUEST))
    assert items[-1].reason == "length"


async def test_one_connection_serves_one_request_after_the_other(client):
    async with chat_server(Answer("x" * 500)) as server:
        one = endpoint(server.url, client)
        for _ in range(3):
            _, items = await everything(one.stream(REQUEST))
        assert server.connections == 1
        assert len(server.requests) == 3
    assert {t.phase: t for t in items[-1].timings}["connect"].duration_s == 0
