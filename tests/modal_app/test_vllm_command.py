"""The command line and the environment of the server."""

from __future__ import annotations

import json

import pytest

from modal_app.settings import Settings
from modal_app.vllm_command import CONTROL_TOKEN_VARIABLE, vllm_command, vllm_environment


def flags(**chosen: object) -> dict[str, str]:
    """The command line as flag and value; a switch has no value."""
    command = vllm_command(Settings.choose(chosen), "/weights/model")
    assert command[:3] == ["vllm", "serve", "/weights/model"]
    assert all(isinstance(word, str) for word in command)
    read: dict[str, str] = {}
    for word in command[3:]:
        if word.startswith("--"):
            assert word not in read
            read[word] = ""
        else:
            read[list(read)[-1]] += word
    return read


def test_the_server_does_what_the_client_relies_on():
    read = flags()
    assert json.loads(read["--structured-outputs-config"]) == {"backend": "xgrammar", "disable_any_whitespace": True}
    switches = {"--enable-prefix-caching", "--enable-per-request-metrics", "--enable-prompt-tokens-details"}
    assert switches <= read.keys()
    assert read["--generation-config"] == "vllm"
    assert int(read["--sse-keep-alive-interval"]) > 0


def test_it_listens_where_modal_looks_for_it():
    assert (flags()["--host"], flags()["--port"]) == ("0.0.0.0", "8000")


def test_the_settings_decide():
    read = flags(profile="32b", context_tokens=8192, gpu="H100:2", target_concurrency=4, max_concurrency=9)
    assert read["--served-model-name"] == "Qwen/Qwen2.5-Coder-32B-Instruct"
    assert read["--max-model-len"] == "8192"
    assert read["--max-num-seqs"] == "9"
    assert read["--tensor-parallel-size"] == "2"
    assert read["--gpu-memory-utilization"] == "0.95"


def test_a_port_can_be_named():
    command = vllm_command(Settings.choose({}), "/w", port=1234)
    assert command[command.index("--port") + 1] == "1234"


def test_sleep_mode_comes_with_its_guard():
    assert "--enable-sleep-mode" in flags()
    assert flags()["--middleware"] == "modal_app.guard.ControlGuard"


def test_without_snapshots_nothing_needs_a_gpu_or_opens_a_development_route():
    read = flags(snapshots=False)
    assert not {"--enable-sleep-mode", "--middleware"} & read.keys()
    environment = vllm_environment(Settings.choose({"snapshots": False}), caches="/cache")
    assert not {"VLLM_SERVER_DEV_MODE", CONTROL_TOKEN_VARIABLE} & environment.keys()


def test_eager_is_a_choice():
    assert "--enforce-eager" not in flags()
    assert "--enforce-eager" in flags(eager=True)


def test_no_key_of_vllms_own_gives_a_false_sense_of_safety():
    assert "--api-key" not in flags()


@pytest.mark.parametrize(
    "name", ["VLLM_CACHE_ROOT", "TRITON_CACHE_DIR", "FLASHINFER_WORKSPACE_BASE", "CUDA_CACHE_PATH"]
)
def test_what_is_compiled_is_kept(name: str):
    assert vllm_environment(Settings.choose({}), caches="/cache", control_token="t")[name].startswith("/cache/")


def test_the_server_asks_no_network_and_reports_to_nobody():
    environment = vllm_environment(Settings.choose({}), caches="/cache", control_token="t")
    assert environment["HF_HUB_OFFLINE"] == environment["DO_NOT_TRACK"] == "1"
    assert (environment["VLLM_SERVER_DEV_MODE"], environment[CONTROL_TOKEN_VARIABLE]) == ("1", "t")
