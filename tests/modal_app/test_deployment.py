"""What a deployment asks Modal for, asserted on the requests themselves."""

from __future__ import annotations

import os
import pickle
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from modal._runtime.user_code_imports import _get_cls_or_user_cls

from modal_app.container import PlainServer, SnapshotServer
from modal_app.deployment import SERVER_NAME, define
from modal_app.image import LOCK, VLLM_VERSION
from modal_app.settings import PROFILES, Settings, SettingsError
from tests.modal_app.control_plane import TOKEN, ControlPlane

ROOT = Path(__file__).parents[2]


def deploy(plane: ControlPlane, **chosen: object) -> Settings:
    settings = Settings.choose(chosen)
    with plane.client() as client:
        define(settings).deploy(client=client)
    return settings


@pytest.mark.parametrize("snapshots", [True, False])
@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_is_deployed_as_it_says(plane: ControlPlane, profile: str, snapshots: bool):
    settings = deploy(plane, profile=profile, snapshots=snapshots, scale="demo")
    server = plane.server
    assert server.is_server
    assert server.resources.gpu_config.gpu_type == {"1.5b": "L4", "7b": "L40S", "32b": "H100"}[profile]
    assert server.resources.gpu_config.count == 1
    assert server.resources.memory_mb == settings.memory_mib
    assert server.startup_timeout_secs == server.http_config.startup_timeout == settings.startup_seconds
    assert server.max_concurrent_inputs == settings.max_concurrency
    scaling = server.autoscaler_settings
    assert (scaling.min_containers, scaling.max_containers, scaling.scaledown_window) == (0, 2, 600)
    assert scaling.target_concurrency_float == settings.target_concurrency
    assert server.checkpointing_enabled is snapshots
    assert dict(server.experimental_options) == ({"enable_gpu_snapshot": "True"} if snapshots else {})


@pytest.mark.parametrize(("scale", "idle_s", "most"), [("dev", 60, 1), ("demo", 600, 2), ("prod", 1200, 8)])
def test_each_scale_reaches_the_autoscaler_and_goes_down_to_nothing(
    plane: ControlPlane, scale: str, idle_s: int, most: int
):
    deploy(plane, scale=scale)
    scaling = plane.server.autoscaler_settings
    assert (scaling.min_containers, scaling.max_containers, scaling.scaledown_window) == (0, most, idle_s)


@pytest.mark.parametrize("snapshots", [True, False])
def test_a_caller_without_a_proxy_token_is_refused(plane: ControlPlane, snapshots: bool):
    deploy(plane, snapshots=snapshots)
    http = plane.server.http_config
    assert not http.unauthenticated
    assert http.port == 8000
    assert list(http.proxy_regions) == ["us-east"]
    assert http.exit_grace_period == 60


def test_weights_and_caches_live_on_volumes(plane: ControlPlane):
    deploy(plane)
    assert plane.mounts(plane.server) == {"/weights": "lift-weights", "/cache": "lift-vllm-cache"}
    assert plane.mounts(plane.build_step) == {"/weights": "lift-weights"}
    assert all(request.object_creation_type for request in plane.requests("VolumeGetOrCreate"))


def test_the_image_is_pinned_layer_by_layer(plane: ControlPlane):
    deploy(plane)
    assert plane.commands[0].startswith("FROM nvidia/cuda:13.0.2-devel-ubuntu24.04@sha256:")
    assert "COPY --from=ghcr.io/astral-sh/uv:0.13.0 /uv /.uv/uv" in plane.commands
    assert not [line for line in plane.commands if ":latest" in line]
    (install,) = [line for line in plane.commands if "uv pip install" in line]
    assert "--require-hashes" in install
    (lock,) = [file.data for layer in plane.layers for file in layer.context_files if file.filename.endswith(LOCK.name)]
    assert lock == LOCK.read_bytes()
    assert "ENTRYPOINT []" in plane.commands


def test_the_lock_pins_vllm_and_everything_below_it_by_hash():
    entries = LOCK.read_text().replace("\\\n", "").splitlines()
    names = {entry.partition("==")[0]: entry for entry in entries}
    assert names["vllm"].startswith(f"vllm=={VLLM_VERSION} ")
    assert {"torch", "xgrammar", "flashinfer-python", "huggingface-hub", "transformers", "pydantic"} <= names.keys()
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    assert f"vllm=={VLLM_VERSION}" in LOCK.with_suffix(".in").read_text().splitlines()


def test_the_weights_are_fetched_while_the_image_is_built(plane: ControlPlane):
    settings = deploy(plane)
    (step,) = [layer for layer in plane.layers if layer.HasField("build_function")]
    assert "snapshot_download" in step.build_function.definition
    arguments, _ = pickle.loads(step.build_function.input.args)
    assert tuple(arguments) == (settings.model, settings.revision)
    assert plane.build_step.timeout_secs == 3600
    assert not plane.build_step.resources.gpu_config.gpu_type


def test_other_settings_do_not_touch_the_layers_below_the_last(plane: ControlPlane):
    deploy(plane, gpu="A100")
    first = [layer.SerializeToString(deterministic=True) for layer in plane.layers]
    plane.calls.clear()
    deploy(plane, gpu="H100")
    second = [layer.SerializeToString(deterministic=True) for layer in plane.layers]
    assert first[:-1] == second[:-1]
    assert first[-1] != second[-1]


def test_the_container_gets_the_settings_and_the_code(plane: ControlPlane):
    settings = deploy(plane, context_tokens=4096)
    set_there = dict(line.removeprefix("ENV ").split("=", 1) for line in plane.commands if line.startswith("ENV LIFT_"))
    assert Settings.from_environment(set_there) == settings
    files = {file.filename for request in plane.requests("MountGetOrCreate") for file in request.files}
    modules = {f"/root/modal_app/{path.name}" for path in (ROOT / "modal_app").glob("*.py")}
    assert modules <= files
    assert not [name for name in files if "/engine/" in name or "/tui/" in name]


@pytest.mark.parametrize(("snapshots", "kind"), [(True, SnapshotServer), (False, PlainServer)])
def test_modals_runner_finds_the_class_under_one_public_name(plane: ControlPlane, snapshots: bool, kind: type):
    deploy(plane, snapshots=snapshots)
    assert plane.server.function_name == SERVER_NAME
    assert _get_cls_or_user_cls(plane.server, None) is kind
    (published,) = plane.requests("AppPublish")
    assert (published.name, list(published.function_ids)) == ("lift-inference", [SERVER_NAME])


def test_a_secret_is_attached_only_where_one_is_named(plane: ControlPlane):
    deploy(plane)
    assert not plane.requests("SecretGetOrCreate")
    plane.calls.clear()
    deploy(plane, hub_secret="my-hub-token")
    assert {request.deployment_name for request in plane.requests("SecretGetOrCreate")} == {"my-hub-token"}
    assert list(plane.server.secret_ids) == list(plane.build_step.secret_ids) == ["st-my-hub-token"]


def test_the_documented_command_deploys_what_the_environment_says(plane: ControlPlane):
    variables = {
        "MODAL_SERVER_URL": plane.url,
        "MODAL_TOKEN_ID": TOKEN[0],
        "MODAL_TOKEN_SECRET": TOKEN[1],
        "LIFT_MODAL_PROFILE": "32b",
        "LIFT_MODAL_SNAPSHOTS": "off",
    }
    done = subprocess.run(
        [sys.executable, "-m", "modal", "deploy", "modal_app/inference.py"],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert plane.server.resources.gpu_config.gpu_type == "H100"
    assert plane.server.module_name == "modal_app.container"
    assert not plane.server.checkpointing_enabled
    assert plane.requests("AppPublish")


def test_a_wrong_variable_stops_the_deployment_before_modal_is_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIFT_MODAL_GPUS", "H100")
    with pytest.raises(SettingsError, match=r"LIFT_MODAL_GPUS is not a setting \(did you mean LIFT_MODAL_GPU\?\)"):
        runpy.run_path(str(ROOT / "modal_app" / "inference.py"))
