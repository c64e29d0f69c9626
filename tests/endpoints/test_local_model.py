"""The embedded endpoint with a small real model: the process, its life and its HTTP side."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import click
import httpx
import pytest
import pytest_asyncio
from click.testing import CliRunner

from engine import paths, prompts
from engine.endpoints.local import manager, state
from engine.endpoints.local.manager import LocalEndpoint, LocalState
from engine.weights import Model
from tests.support.real_weights import require_weights
from tui.commands import local

pytestmark = [pytest.mark.model, pytest.mark.timeout(300)]


@pytest_asyncio.fixture
async def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Model]:
    """The small model, fetched once into the real cache; the state folder is the test's own."""
    entry = await require_weights("smollm2-135m")
    monkeypatch.setenv("LIFT_STATE_HOME", str(tmp_path / "state"))
    yield entry
    await manager.stop()


async def until(condition: Callable[[], Awaitable[bool]], limit_s: float = 60) -> None:
    async with asyncio.timeout(limit_s):
        while not await condition():
            await asyncio.sleep(0.1)


async def stopped() -> bool:
    return not (await manager.status()).running


def a_client(endpoint: LocalEndpoint) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=endpoint.base_url, headers={"Authorization": f"Bearer {endpoint.token}"}, timeout=240, trust_env=False
    )


def a_request(**fields: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": "Count."}], "temperature": 0, "max_tokens": 12, **fields}


async def test_it_streams_an_answer_that_keeps_the_grammar(model: Model) -> None:
    heard: list[LocalState] = []
    endpoint = await manager.ensure(model, on_state=heard.append)
    body = a_request(
        stream=True,
        stream_options={"include_usage": True},
        grammar='%llguidance {}\nstart: "one" " two"',
    )
    text, last = "", {}
    async with a_client(endpoint) as client, client.stream("POST", "/v1/chat/completions", json=body) as response:
        assert response.status_code == 200
        async for line in response.aiter_lines():
            data = line.removeprefix("data: ")
            if line.startswith("data: ") and data != "[DONE]":
                last = json.loads(data)
                text += "".join(choice["delta"].get("content") or "" for choice in last["choices"])
    assert text == "one two"
    assert last["model"] == endpoint.model_name == model.name
    assert last["usage"]["completion_tokens"] > 0
    assert heard[-1].phase == "ready"
    assert "loading" in {now.phase for now in heard}


async def test_the_second_request_of_a_conversation_comes_from_the_cache(model: Model) -> None:
    endpoint = await manager.ensure(model)
    async with a_client(endpoint) as client:
        first = a_request(messages=[{"role": "user", "content": "Tell me about the sea. " * 20}])
        answer = (await client.post("/v1/chat/completions", json=first)).json()["choices"][0]["message"]
        more = [*first["messages"], answer, {"role": "user", "content": "More."}]  # type: ignore[misc]
        usage = (await client.post("/v1/chat/completions", json=a_request(messages=more))).json()["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] > usage["prompt_tokens"] // 2


async def test_a_second_start_has_read_already_what_drafts_begin_with(model: Model) -> None:
    await manager.ensure(model)
    folder = paths.state_dir() / "beginnings"

    async def kept() -> bool:
        return len([*folder.glob("*.slot")]) == 2

    await until(kept, limit_s=200)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    await manager.stop()
    endpoint = await manager.ensure(model)
    messages = [{"role": message.role, "content": message.content} for message in prompts.preamble()]
    body = a_request(messages=[*messages, {"role": "user", "content": "Double a number."}])
    async with a_client(endpoint) as client:
        usage = (await client.post("/v1/chat/completions", json=body)).json()["usage"]
    assert usage["prompt_tokens"] - usage["prompt_tokens_details"]["cached_tokens"] < 20


async def test_nobody_without_the_token_is_served(model: Model) -> None:
    endpoint = await manager.ensure(model)
    async with httpx.AsyncClient(base_url=endpoint.base_url, trust_env=False) as stranger:
        for path in ("/v1/models", "/slots", "/metrics"):
            assert (await stranger.get(path)).status_code == 401
        assert (await stranger.post("/v1/chat/completions", json=a_request())).status_code == 401
        assert (await stranger.get("/")).status_code == 404
    assert endpoint.base_url.startswith("http://127.0.0.1:")


async def test_what_it_writes_is_private_and_the_token_is_not_in_the_log(model: Model) -> None:
    endpoint = await manager.ensure(model)
    for file in (state.state_file(paths.state_dir()), state.log_path()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert endpoint.token not in state.log_path().read_text()
    arguments = Path(f"/proc/{endpoint.pid}/cmdline")
    if arguments.exists():
        assert endpoint.token.encode() not in arguments.read_bytes()


async def test_two_callers_at_once_start_one_process(model: Model) -> None:
    first, second = await asyncio.gather(manager.ensure(model), manager.ensure(model))
    assert first == second
    assert await manager.ensure(model) == first


async def test_a_killed_process_is_replaced(model: Model) -> None:
    first = await manager.ensure(model)
    os.kill(first.pid, signal.SIGKILL)
    await until(stopped)
    second = await manager.ensure(model)
    assert second.pid != first.pid
    async with a_client(second) as client:
        assert (await client.post("/v1/chat/completions", json=a_request())).status_code == 200


async def test_it_ends_after_the_idle_window_though_it_is_looked_at(model: Model) -> None:
    endpoint = await manager.ensure(model, idle_s=2)
    await until(stopped)  # looks ten times a second
    assert not state.state_file(paths.state_dir()).exists()
    assert "stopped" in state.log_path().read_text()
    assert (await manager.ensure(model)).pid != endpoint.pid


async def test_a_request_that_takes_longer_than_the_idle_window_is_finished(model: Model) -> None:
    endpoint = await manager.ensure(model, idle_s=0.5)
    async with a_client(endpoint) as client:
        body = a_request(max_tokens=60, ignore_eos=True)
        answer = (await client.post("/v1/chat/completions", json=body)).json()
    assert answer["usage"]["completion_tokens"] == 60


async def test_stop_ends_it_at_once_even_while_it_answers(model: Model) -> None:
    endpoint = await manager.ensure(model)

    async def ask() -> None:
        async with a_client(endpoint) as client:
            await client.post("/v1/chat/completions", json=a_request(max_tokens=4000, ignore_eos=True))

    async def working() -> bool:
        return bool((await manager.status()).busy)

    asking = asyncio.create_task(ask())
    await until(working)
    assert await manager.stop()
    with pytest.raises(httpx.HTTPError):
        await asking
    assert await stopped()
    assert not state.state_file(paths.state_dir()).exists()


async def test_it_outlives_a_hangup_and_an_interrupt(model: Model) -> None:
    endpoint = await manager.ensure(model)
    for number in (signal.SIGHUP, signal.SIGINT):
        os.kill(endpoint.pid, number)
    assert os.getsid(endpoint.pid) == endpoint.pid
    async with a_client(endpoint) as client:
        assert (await client.post("/v1/chat/completions", json=a_request())).status_code == 200


async def test_without_its_state_file_nobody_can_find_it_so_it_ends(model: Model) -> None:
    await manager.ensure(model)
    folder = paths.state_dir()
    state.state_file(folder).unlink()

    async def ended() -> bool:
        return not state.life_lock(folder).held_elsewhere()

    await until(ended)


async def test_one_of_an_older_version_is_replaced(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await manager.ensure(model)
    monkeypatch.setattr(manager, "current_version", lambda: "a newer one")
    # The new process reports the real version, so nothing ever matches: look only at the replacement.
    waiting = asyncio.create_task(manager.ensure(model))

    async def replaced() -> bool:
        now = state.living_state(paths.state_dir())
        return now is not None and now.pid != first.pid

    await until(replaced)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_the_commands_start_show_and_stop_it(model: Model) -> None:
    def run(command: click.Command, *arguments: str) -> str:
        outcome = CliRunner().invoke(command, arguments, catch_exceptions=False)
        assert outcome.exit_code == 0
        return outcome.stdout

    assert "not running" in run(local.status)
    assert f"{model.name} is ready at http://127.0.0.1:" in run(local.start, model.name)
    assert json.loads(run(local.status, "--json"))["model"] == model.name
    assert model.name in run(local.status)
    assert "model loaded" in run(local.logs)
    assert "Stopped" in run(local.stop)
    assert "was not running" in run(local.stop)
