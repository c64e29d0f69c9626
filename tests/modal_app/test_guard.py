"""Who may reach which of the server's routes."""

from __future__ import annotations

from typing import Any

import pytest

from modal_app.guard import CONTROL_HEADER, CONTROL_TOKEN_VARIABLE, ControlGuard


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> ControlGuard:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    monkeypatch.setenv(CONTROL_TOKEN_VARIABLE, "secret")
    return ControlGuard(app)


async def ask(guard: ControlGuard, path: str, token: str | None = None, kind: str = "http") -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("the guard reads no body")

    headers = [] if token is None else [(CONTROL_HEADER.encode(), token.encode())]
    await guard({"type": kind, "path": path, "headers": headers}, receive, send)
    return sent


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models", "/health", "/metrics", "/version"])
async def test_public_routes_are_open(guard: ControlGuard, path: str):
    assert (await ask(guard, path))[0]["status"] == 200


@pytest.mark.parametrize(
    "path", ["/sleep", "/wake_up", "/collective_rpc", "/update_weights", "/server_info", "/v1", "/", "/healthz"]
)
@pytest.mark.parametrize("token", [None, "", "wrong", "secre", "sécret"])
async def test_other_routes_do_not_exist_without_the_token(guard: ControlGuard, path: str, token: str | None):
    start, body = await ask(guard, path, token)
    assert start["status"] == 404
    assert body["body"] == b""


async def test_the_container_itself_may_do_everything(guard: ControlGuard):
    assert (await ask(guard, "/sleep", "secret"))[0]["status"] == 200


async def test_a_websocket_is_closed_and_the_lifespan_passes(guard: ControlGuard):
    assert await ask(guard, "/sleep", kind="websocket") == [{"type": "websocket.close", "code": 1008}]
    assert (await ask(guard, "", kind="lifespan"))[0]["status"] == 200


@pytest.mark.parametrize("token", ["", None])
def test_a_guard_without_a_token_does_not_start(monkeypatch: pytest.MonkeyPatch, token: str | None):
    monkeypatch.delenv(CONTROL_TOKEN_VARIABLE, raising=False)
    if token is not None:
        monkeypatch.setenv(CONTROL_TOKEN_VARIABLE, token)
    with pytest.raises((ValueError, KeyError), match=CONTROL_TOKEN_VARIABLE):
        ControlGuard(lambda *_: None)  # pyright: ignore[reportArgumentType]
