"""Making endpoints cold: only those that Lift controls, and never another one."""

from __future__ import annotations

import pytest

from engine.bench import cold
from engine.bench.cold import chill_for
from engine.endpoints.profiles import Profile
from engine.errors import EndpointUnreachable, UsageError
from tests.modal_app.control_plane import TOKEN, ControlPlane, control_plane


@pytest.fixture
def plane(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("modal.config._user_config", {})
    with control_plane() as running:
        monkeypatch.setenv("MODAL_SERVER_URL", running.url)
        monkeypatch.setenv("MODAL_TOKEN_ID", TOKEN[0])
        monkeypatch.setenv("MODAL_TOKEN_SECRET", TOKEN[1])
        running.deployed = True
        yield running


def on_modal(plane: ControlPlane, **fields: object) -> Profile:
    return Profile.model_validate({"name": "gpu", "kind": "modal", "url": plane.server_url, **fields})


async def test_the_containers_of_the_deployment_end_and_the_app_stays(plane: ControlPlane, monkeypatch):
    monkeypatch.setattr(cold, "_LOOK_S", 0.0)
    plane.containers = 2
    await chill_for(on_modal(plane), app="lift-inference", server="Inference")()
    assert [request.task_id for request in plane.requests("ContainerStop")] == ["ta-0", "ta-1"]
    assert plane.containers == 0
    assert plane.deployed


async def test_containers_that_do_not_end_are_told(plane: ControlPlane, monkeypatch):
    monkeypatch.setattr(cold, "_GONE_S", -1.0)
    plane.containers = 1
    with pytest.raises(EndpointUnreachable, match="have not ended"):
        await chill_for(on_modal(plane), app="lift-inference", server="Inference")()


async def test_the_containers_of_another_deployment_are_left_alone(plane: ControlPlane):
    plane.containers = 1
    other = on_modal(plane, url="https://me--other.modal.direct")
    with pytest.raises(UsageError, match=r"but gpu is at https://me--other"):
        await chill_for(other, app="lift-inference", server="Inference")()
    assert plane.requests("ContainerStop") == []


async def test_the_embedded_endpoint_is_stopped(monkeypatch):
    stopped = []

    async def stop() -> bool:
        stopped.append(True)
        return True

    monkeypatch.setattr("engine.endpoints.local.manager.stop", stop)
    await chill_for(Profile(name="local", kind="local"))()
    assert stopped == [True]


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        (Profile(name="mine", url="http://127.0.0.1:1"), "did not start it"),
        (Profile(name="gpu", kind="modal", url="http://127.0.0.1:1", min_containers=1), "never cold"),
    ],
)
def test_what_cannot_be_made_cold_is_said_before_anything_is_measured(profile: Profile, says: str):
    with pytest.raises(UsageError, match=says):
        chill_for(profile)
