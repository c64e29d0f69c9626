"""The account on Modal, against a control plane on loopback."""

from __future__ import annotations

import pytest
from grpclib.const import Status

from engine.endpoints import modal as account_module
from engine.endpoints.modal import ModalRefused, NotDeployed, account, require_credentials
from engine.errors import EndpointUnreachable, SettingsError
from tests.modal_app.control_plane import TOKEN, ControlPlane, control_plane


@pytest.fixture
def plane(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """A control plane that the environment names, as it would name Modal's."""
    monkeypatch.setattr("modal.config._user_config", {})
    with control_plane() as running:
        monkeypatch.setenv("MODAL_SERVER_URL", running.url)
        monkeypatch.setenv("MODAL_TOKEN_ID", TOKEN[0])
        monkeypatch.setenv("MODAL_TOKEN_SECRET", TOKEN[1])
        yield running


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("modal.config._user_config", {})
    for name in ("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET", "MODAL_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def test_without_credentials_two_commands_are_named_at_once(no_account, monkeypatch):
    monkeypatch.setattr("modal.Client.from_credentials", lambda *_: pytest.fail("asked Modal"))
    with pytest.raises(SettingsError) as missing:
        require_credentials()
    assert "modal token new" in missing.value.todo
    assert "lift modal deploy" in missing.value.todo


async def test_the_deployed_app_is_found(plane: ControlPlane):
    plane.deployed, plane.containers = True, 2
    async with account() as modal:
        found = await modal.find("lift-inference", "Inference")
    assert (found.url, found.state, found.version) == (plane.server_url, "deployed", 3)
    assert (found.containers, found.deployed_by) == (2, "me")
    (asked,) = plane.requests("FunctionGet")
    assert (asked.app_name, asked.object_tag) == ("lift-inference", "Inference")


async def test_an_app_that_is_not_there_is_told(plane: ControlPlane):
    async with account() as modal:
        with pytest.raises(NotDeployed, match="no app lift-inference") as missing:
            await modal.find("lift-inference", "Inference")
        with pytest.raises(NotDeployed):
            await modal.stop("lift-inference")
        with pytest.raises(NotDeployed):
            _ = [line async for line in modal.logs("lift-inference", lines=3, follow=False)]
    assert "lift modal deploy" in missing.value.todo


async def test_it_is_stopped(plane: ControlPlane):
    plane.deployed = True
    async with account() as modal:
        await modal.stop("lift-inference")
    assert [request.app_id for request in plane.requests("AppStop")] == ["ap-1"]
    assert not plane.deployed


async def test_its_log_is_read(plane: ControlPlane):
    plane.deployed, plane.log = True, ["one\n", "two\n"]
    async with account() as modal:
        lines = [line.text async for line in modal.logs("lift-inference", lines=7, follow=False)]
    assert lines[:2] == ["one\n", "two\n"]
    assert plane.requests("AppFetchLogs")[0].limit == 7


async def test_proxy_tokens_are_made_and_known(plane: ControlPlane):
    async with account() as modal:
        key = await modal.new_proxy_token("lift")
        assert key == "wk-1.ws-secret"
        assert await modal.knows_proxy_token(key)
        assert not await modal.knows_proxy_token("wk-gone.ws-secret")
    assert [request.name for request in plane.requests("WebhookTokenCreate")] == ["lift"]


async def test_who_may_not_make_a_token_is_told_how_to_do_it_by_hand(plane: ControlPlane):
    plane.refusals["WebhookTokenCreate"] = Status.PERMISSION_DENIED
    async with account() as modal:
        with pytest.raises(ModalRefused, match="does not let this account") as refused:
            await modal.new_proxy_token("lift")
    assert "https://modal.com/settings/proxy-auth-tokens" in refused.value.todo
    assert "--key-env" in refused.value.todo


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (Status.UNAUTHENTICATED, SettingsError, "does not accept the credentials"),
        (Status.PERMISSION_DENIED, ModalRefused, "may not do that"),
        (Status.FAILED_PRECONDITION, ModalRefused, "could not do it"),
    ],
)
async def test_what_the_control_plane_refuses_is_an_error_of_ours(plane: ControlPlane, status, kind, says):
    plane.refusals["ClientHello"] = status
    with pytest.raises(kind, match=says):
        async with account():
            pass


async def test_a_control_plane_that_says_nothing_is_not_waited_for(plane: ControlPlane, monkeypatch):
    monkeypatch.setattr(account_module, "ANSWER_S", 0.2)
    plane.silent.add("ClientHello")
    with pytest.raises(EndpointUnreachable, match="does not answer") as silent:
        async with account():
            pass
    assert "status.modal.com" in silent.value.todo


async def test_nobody_there(plane: ControlPlane, monkeypatch):
    monkeypatch.setattr(account_module, "ANSWER_S", 0.5)
    monkeypatch.setenv("MODAL_SERVER_URL", "http://127.0.0.1:9")
    with pytest.raises(EndpointUnreachable, match="does not answer"):
        async with account():
            pass
