"""Health, warm-up, sleep and wake, against a server with vLLM's control routes."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from modal_app import boot
from modal_app.control import BootError, NotAnswering, VllmControl
from tests.modal_app.fake_vllm import TOKEN, FakeVllm


@pytest.fixture
def control(vllm: FakeVllm) -> VllmControl:
    return VllmControl(vllm.port, TOKEN, timeout_s=5)


@pytest.fixture
def nobody() -> VllmControl:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return VllmControl(port, TOKEN, timeout_s=1)


def running() -> int | None:
    return None


def test_health_is_polled_until_the_server_is_ready(vllm: FakeVllm, control: VllmControl):
    vllm.booting = 3
    boot.wait_until_healthy(control, running, timeout_s=30, poll_s=0.001)
    assert vllm.paths() == ["/health"] * 4


def test_a_server_that_ends_is_not_waited_for(nobody: VllmControl):
    codes = iter([None, None, 137])
    with pytest.raises(BootError, match="exit code 137"):
        boot.wait_until_healthy(nobody, lambda: next(codes), timeout_s=30, poll_s=0.001)


def test_a_server_that_never_gets_ready_is_given_up(vllm: FakeVllm, control: VllmControl):
    vllm.dead = True
    with pytest.raises(BootError, match="LIFT_MODAL_STARTUP_SECONDS"):
        boot.wait_until_healthy(control, running, timeout_s=0.02, poll_s=0.001)


def test_a_proxy_of_the_environment_is_not_asked(vllm: FakeVllm, control: VllmControl, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert control.healthy()


def test_the_warm_up_asks_freely_and_then_with_a_schema(vllm: FakeVllm, control: VllmControl):
    boot.warm_up(control, "acme/coder")
    free, constrained = vllm.bodies()
    assert free["model"] == constrained["model"] == "acme/coder"
    assert "response_format" not in free
    assert constrained["response_format"]["json_schema"]["schema"] == boot.WARM_UP_SCHEMA


@pytest.mark.parametrize("text", ["I am ready.", '{"ready":"yes"}', "[]", '{"ready":tru', "{}"])
def test_a_server_that_does_not_enforce_schemas_is_not_put_into_service(
    vllm: FakeVllm, control: VllmControl, text: str
):
    vllm.answers = ["Hello.", text]
    with pytest.raises(BootError, match="structured output is not enforced"):
        boot.warm_up(control, "acme/coder")


def test_a_refused_warm_up_says_what_the_server_said(vllm: FakeVllm, control: VllmControl):
    vllm.refusals["/v1/chat/completions"] = 400
    with pytest.raises(BootError, match=r"400.*refused"):
        boot.warm_up(control, "acme/coder")


def test_sleep_is_checked(vllm: FakeVllm, control: VllmControl):
    vllm.insomniac = 2
    boot.fall_asleep(control, timeout_s=30, poll_s=0.001)
    assert vllm.asleep
    assert vllm.paths() == ["/sleep?level=1", *["/is_sleeping"] * 3]


def test_a_server_that_stays_awake_is_not_snapshotted(vllm: FakeVllm, control: VllmControl):
    vllm.insomniac = 10_000
    with pytest.raises(BootError, match="still awake"):
        boot.fall_asleep(control, timeout_s=0.02, poll_s=0.001)


def test_waking_is_one_call_when_it_works(vllm: FakeVllm, control: VllmControl):
    vllm.asleep = True
    boot.wake(control)
    assert vllm.paths() == ["/wake_up", "/is_sleeping", "/health"]


def test_a_server_that_says_200_while_still_sleeping_is_waited_for(vllm: FakeVllm, control: VllmControl):
    vllm.asleep, vllm.drowsy = True, 3
    boot.wake(control, timeout_s=30, poll_s=0.001, again_s=30)
    assert vllm.paths() == ["/wake_up", *["/is_sleeping"] * 4, "/health"]


def test_a_server_that_missed_the_call_is_called_again(vllm: FakeVllm, control: VllmControl):
    vllm.asleep, vllm.deaf = True, 2
    boot.wake(control, timeout_s=30, poll_s=0.001, again_s=0)
    assert not vllm.asleep
    assert vllm.paths().count("/wake_up") == 3


def test_a_server_that_never_wakes_is_given_up(vllm: FakeVllm, control: VllmControl):
    vllm.asleep, vllm.deaf = True, 10_000
    with pytest.raises(BootError, match="still sleeping"):
        boot.wake(control, timeout_s=0.02, poll_s=0.001)


def test_a_server_that_is_gone_after_the_restore_is_given_up(nobody: VllmControl):
    with pytest.raises(BootError, match="not answering"):
        boot.wake(nobody, timeout_s=0.02, poll_s=0.001)


def test_a_server_whose_engine_died_is_not_put_into_service(vllm: FakeVllm, control: VllmControl):
    vllm.asleep, vllm.dead = True, True
    with pytest.raises(BootError, match="not healthy"):
        boot.wake(control)


def test_a_server_without_sleep_mode_says_so_at_once(vllm: FakeVllm, control: VllmControl):
    vllm.refusals["/wake_up"] = 404
    with pytest.raises(BootError, match=r"POST /wake_up with 404") as raised:
        boot.wake(control, timeout_s=30)
    assert not isinstance(raised.value, NotAnswering)


@pytest.mark.parametrize("call", ["sleep", "wake_up", "sleeping"])
def test_control_calls_carry_the_token(vllm: FakeVllm, call: str):
    with pytest.raises(BootError, match="404"):
        getattr(VllmControl(vllm.port, "another"), call)()
    outcome: Any = getattr(VllmControl(vllm.port, TOKEN), call)()
    assert outcome in (None, False)
