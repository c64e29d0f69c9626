"""The client against a deployment that sleeps, boots, refuses, dies and is cut off, as Modal's do."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from engine.endpoints.client import ChatEndpoint, Timeouts
from engine.endpoints.connect import connect, wake
from engine.endpoints.memory import EndpointMemory, warmth
from engine.endpoints.modal_wording import MODAL, wording_for
from engine.endpoints.probe import CAPABILITIES
from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import ChatRequest, Delta, Finished, Message, Waiting
from engine.endpoints.waking import Waits
from engine.endpoints.wording import GENERIC
from engine.errors import EndpointRefused, EndpointUnreachable, StreamBroken
from tests.support.chat_server import Answer, chat_server
from tests.support.modal_server import TOKEN, Scenario, load, modal_server

REQUEST = ChatRequest((Message("user", "hello"),))
QUICK = Timeouts(connect=5, first_token=20, between_tokens=0.5, retry_pause=0.05, full=2, tick=0.05)
IMPATIENT = Waits(up_s=1.0, pause_s=0.05, tick_s=0.05)
TEXT = "0123456789" * 4


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("MODAL_KEY", TOKEN)


@asynccontextmanager
async def deployment(scenario, *answers, timeouts=QUICK):
    """A deployment in this scenario, and an endpoint that talks to it."""
    async with modal_server(scenario, *answers) as modal, httpx.AsyncClient() as client:
        profile = modal.profile()
        endpoint = ChatEndpoint(
            name="gpu",
            base_url=modal.url,
            model=profile.model,
            headers={"Authorization": f"Bearer {TOKEN}"},
            capabilities=CAPABILITIES["vllm"],
            client=client,
            timeouts=timeouts,
            wording=wording_for(profile),
            memory=EndpointMemory(profile),
        )
        yield modal, endpoint


async def everything(endpoint, into=None):
    items = [] if into is None else into
    async with aclosing(endpoint.stream(REQUEST)) as stream:
        async for item in stream:
            items.append(item)
    return items


def text(items):
    return "".join(item.text for item in items if isinstance(item, Delta))


def waits(items):
    return [item for item in items if isinstance(item, Waiting)]


@pytest.mark.parametrize("scenario", ["cold_start", "cold_start_web"])
async def test_a_cold_start_is_a_state_and_no_failure(scenario):
    async with deployment(scenario, Answer(TEXT)) as (modal, endpoint):
        first = await everything(endpoint)
        second = await everything(endpoint)
    assert text(first) == text(second) == TEXT
    assert modal.boots == 1
    told = waits(first)
    assert len(told) >= 3
    assert any("container" in wait.what for wait in told)
    elapsed = [wait.elapsed_s for wait in told]
    assert elapsed == sorted(elapsed)
    assert elapsed[-1] > elapsed[0]
    queue = {timing.phase: timing.duration_s for timing in first[-1].timings}["queue"]
    assert queue >= modal.scenario.boot_s * 0.9


async def test_a_held_request_is_followed_with_its_keys_and_as_a_get():
    async with deployment("cold_start_web", Answer(TEXT)) as (modal, endpoint):
        items = await everything(endpoint)
    assert text(items) == TEXT
    methods = [method for method, _ in modal.seen]
    assert methods[0] == "POST"
    assert len(methods) >= 3
    assert set(methods[1:]) == {"GET"}
    assert all(headers["authorization"] == f"Bearer {TOKEN}" for headers in modal.headers)
    assert all("content-length" not in headers for headers in modal.headers[1:])
    assert len(modal.requests) == 1


async def test_no_redirect_carries_the_key_to_another_host():
    async with chat_server() as thief:
        away = Answer(status=303, headers={"location": f"{thief.url}/v1/chat/completions"})
        async with chat_server(away) as server, httpx.AsyncClient() as client:
            endpoint = await connect(Profile(name="x", url=server.url, model="m", flavor="vllm"), client, print)
            with pytest.raises(EndpointRefused, match="points to"):
                await everything(endpoint)
        assert thief.connections == 0


async def test_what_a_start_took_is_an_estimate_for_the_next():
    async with deployment("scales_to_zero", Answer(TEXT)) as (modal, endpoint):
        first = await everything(endpoint)
        assert all(wait.typical_s is None and wait.fraction is None for wait in waits(first))
        while not modal.asleep:
            await asyncio.sleep(0.02)
        typical_s = EndpointMemory(modal.profile()).typical_start_s
        second = await everything(endpoint)
    assert modal.boots == 2
    assert typical_s > 0
    estimated = [wait for wait in waits(second) if wait.typical_s is not None]
    assert {wait.typical_s for wait in estimated} == {typical_s}
    assert all(0 <= wait.fraction < 1 for wait in estimated)
    assert text(second) == TEXT


async def test_waiting_can_be_cancelled_at_any_moment():
    for scenario in ("never_up", Scenario(kind="web", boot_s=3600, hold_s=3600)):
        async with deployment(scenario) as (modal, endpoint):
            items = []
            task = asyncio.create_task(everything(endpoint, items))
            while len(waits(items)) < 2:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert modal.requests == []


async def test_a_container_that_never_comes_up_is_given_up_with_a_reason():
    quick = Timeouts(first_token=1.5, retry_pause=0.05, tick=0.05)
    async with deployment("never_up", timeouts=quick) as (_, endpoint):
        with pytest.raises(EndpointRefused, match="did not start a container in time") as refused:
            await everything(endpoint)
    assert "lift modal logs" in refused.value.todo
    assert refused.value.status == 503
    async with deployment(Scenario(kind="web", boot_s=3600), timeouts=quick) as (_, endpoint):
        with pytest.raises(EndpointUnreachable, match="did not begin to answer") as unreachable:
            await everything(endpoint)
    assert "lift modal logs" in unreachable.value.todo


REFUSALS = {
    "unauthorized": (401, "proxy token", "lift modal deploy"),
    "foreign_token": (403, "does not let it in", "proxy-auth-tokens"),
    "stopped": (404, "is stopped", "lift modal deploy"),
    "failing": (500, "failed while answering", "lift modal logs"),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_each_refusal_has_its_own_words_and_is_not_retried(case, monkeypatch):
    status, what, todo = REFUSALS[case]
    scenario = load("warm") if case == "unauthorized" else load(case)
    async with modal_server(scenario) as modal, httpx.AsyncClient() as client:
        monkeypatch.setenv("MODAL_KEY", "wk-other.ws-other" if case == "unauthorized" else TOKEN)
        endpoint = await connect(modal.profile(), client, lambda _: None)
        with pytest.raises(EndpointRefused, match=what) as refused:
            await everything(endpoint)
    assert (refused.value.status, len(modal.seen)) == (status, 1)
    assert todo in refused.value.todo
    assert len(set(MODAL.statuses.values())) == len(MODAL.statuses)


async def test_a_model_that_the_server_does_not_have_is_no_stopped_app():
    body = '{"error":{"message":"The model `x` does not exist."}}'
    async with chat_server(Answer(status=404, body=body)) as server, httpx.AsyncClient() as client:
        profile = Profile(name="gpu", kind="modal", url=server.url, model="x", flavor="vllm")
        endpoint = await connect(profile, client, lambda _: None)
        with pytest.raises(EndpointRefused, match="does not exist") as refused:
            await everything(endpoint)
    assert "stopped, or was never" not in refused.value.what


@pytest.mark.parametrize(("scenario", "says"), [("too_many", "as many requests"), ("bad_gateway", "container")])
async def test_a_moment_without_room_or_container_is_waited_out(scenario, says):
    # However slowly the refusal comes, nothing is told before it.
    async with deployment(scenario, Answer(TEXT), timeouts=replace(QUICK, tick=5)) as (_, endpoint):
        items = await everything(endpoint)
    assert text(items) == TEXT
    assert says in waits(items)[0].what


async def test_containers_that_stay_full_are_given_up():
    full = Scenario(warm=True, chat=({"status": 429},))
    async with deployment(full, timeouts=Timeouts(full=0.1, retry_pause=0.03)) as (modal, endpoint):
        with pytest.raises(EndpointRefused, match="as many requests") as refused:
            await everything(endpoint)
    assert "--max-containers" in refused.value.todo
    assert len(modal.seen) >= 3


@pytest.mark.parametrize(
    ("scenario", "says"),
    [
        ("dies_mid_stream", "its container died"),
        ("cut_by_proxy", "a proxy or the network"),
        ("falls_silent", "silent"),
    ],
)
async def test_a_stream_that_ends_early_says_why_keeps_what_came_and_works_again(scenario, says):
    got = []
    async with deployment(scenario, Answer(TEXT)) as (modal, endpoint):
        with pytest.raises(StreamBroken, match=says) as broken:
            await everything(endpoint, got)
        again = await everything(endpoint)
    assert TEXT.startswith(text(got))
    assert text(got) == TEXT[:14] or scenario == "cut_by_proxy"  # a reset may overtake what was sent before it
    assert "kept" in broken.value.todo
    assert text(again) == TEXT
    assert modal.boots == (1 if scenario == "dies_mid_stream" else 0)


async def test_slow_tokens_are_no_failure():
    async with deployment("slow_tokens", Answer(TEXT)) as (_, endpoint):
        items = await everything(endpoint)
    assert text(items) == TEXT
    assert isinstance(items[-1], Finished)


async def test_waking_shows_the_boot_and_asks_the_model_nothing():
    told = []
    async with modal_server("cold_start") as modal, httpx.AsyncClient() as client:
        took = await wake(modal.profile(), client, told.append, waits=Waits(pause_s=0.05, tick_s=0.05))
        assert took >= modal.scenario.boot_s * 0.9
        assert len(told) >= 3
        assert {path for _, path in modal.seen} == {"/health"}
        assert 0 < EndpointMemory(modal.profile()).typical_start_s <= took + 0.01
        await wake(modal.profile(), client, told.append)
    assert modal.boots == 1


@pytest.mark.parametrize("scenario", ["never_up", Scenario(kind="web", boot_s=3600)])
async def test_waking_gives_up(scenario):
    async with modal_server(scenario) as modal, httpx.AsyncClient() as client:
        with pytest.raises(EndpointRefused, match="did not start a container in time"):
            await wake(modal.profile(), client, lambda _: None, waits=IMPATIENT)


async def test_how_warm_it_is_can_be_told_without_waking_it():
    async with deployment("warm", Answer(TEXT)) as (modal, endpoint):
        profile = modal.profile(idle_s=60)
        assert warmth(profile).state == "unknown"
        await everything(endpoint)
        asked = len(modal.seen)
        now = EndpointMemory(profile).last_answer
        up, down = warmth(profile, now=now + 10), warmth(profile, now=now + 61)
        assert len(modal.seen) == asked
    assert (up.state, down.state) == ("warm", "cold")
    assert up.sleeps_in_s == pytest.approx(50)
    assert warmth(profile.model_copy(update={"min_containers": 1}), now=now + 9999).state == "warm"
    assert warmth(profile.model_copy(update={"model": "another"}), now=now).state == "unknown"


@pytest.mark.parametrize(
    ("profile", "wording"),
    [
        (Profile(name="a", url="https://me--lift-inference-inference.us-east.modal.direct"), MODAL),
        (Profile(name="a", url="https://me--lift.modal.run"), MODAL),
        (Profile(name="a", kind="modal", url="http://127.0.0.1:1"), MODAL),
        (Profile(name="a", url="https://notmodal.run"), GENERIC),
        (Profile(name="a", url="https://modal.run.example.org"), GENERIC),
    ],
)
def test_a_deployment_on_modal_is_recognised(profile, wording):
    assert wording_for(profile) is wording
