"""The ``vllm serve`` command line and its environment, as pure functions of the settings.

The flags are those of vLLM 0.32. The same list runs on a CPU: with ``snapshots`` off nothing in it needs a GPU.
"""

from __future__ import annotations

import json
from pathlib import PurePath

from modal_app.guard import CONTROL_TOKEN_VARIABLE, ControlGuard
from modal_app.settings import Settings

PORT = 8000
GUARD = f"{ControlGuard.__module__}.{ControlGuard.__qualname__}"
KEEP_ALIVE_SECONDS = 15

# ``disable_any_whitespace`` keeps JSON compact: free whitespace is up to a third of a draft's tokens.
STRUCTURED_OUTPUTS = {"backend": "xgrammar", "disable_any_whitespace": True}


def vllm_command(settings: Settings, weights: PurePath | str, *, port: int = PORT) -> list[str]:
    """The command that serves ``weights`` as ``settings.model``, one list item per argument.

    Args:
        settings: what to serve and how.
        weights: folder with the model at its pinned revision. A folder and not a repository name,
            so that a start never asks the network anything.
        port: TCP port to listen on, on all interfaces.
    """
    command = [
        *("vllm", "serve", str(weights)),
        *("--served-model-name", settings.model),
        *("--host", "0.0.0.0", "--port", str(port)),
        *("--dtype", "bfloat16"),
        *("--max-model-len", str(settings.context_tokens)),
        *("--max-num-seqs", str(settings.max_concurrency)),
        *("--gpu-memory-utilization", str(settings.gpu_memory_fraction)),
        *("--tensor-parallel-size", str(settings.gpu_count)),
        *("--structured-outputs-config", json.dumps(STRUCTURED_OUTPUTS, separators=(",", ":"))),
        # A model repository's own sampling defaults (a repetition penalty, for Qwen) would bend every request.
        *("--generation-config", "vllm"),
        *("--sse-keep-alive-interval", str(KEEP_ALIVE_SECONDS)),
        *("--disable-access-log-for-endpoints", "/health,/metrics"),
        "--enable-prefix-caching",
        "--enable-per-request-metrics",
        "--enable-prompt-tokens-details",
        "--disable-fastapi-docs",
    ]
    if settings.snapshots:
        command += ["--enable-sleep-mode", "--middleware", GUARD]
    if settings.eager:
        command.append("--enforce-eager")
    return command


def vllm_environment(settings: Settings, *, caches: PurePath | str, control_token: str = "") -> dict[str, str]:
    """Environment variables to add for the server process.

    Args:
        settings: what to serve and how.
        caches: folder that outlives the container, for compiled kernels and graphs.
        control_token: what :class:`modal_app.guard.ControlGuard` asks for; needed with snapshots.
    """
    environment = {
        "HF_HUB_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_CACHE_ROOT": f"{caches}/vllm",
        "TRITON_CACHE_DIR": f"{caches}/triton",
        "FLASHINFER_WORKSPACE_BASE": f"{caches}/flashinfer",
        "CUDA_CACHE_PATH": f"{caches}/cuda",
    }
    if settings.snapshots:
        environment |= {
            # Adds /sleep and /wake_up, but also routes that run code in the workers: hence the guard.
            "VLLM_SERVER_DEV_MODE": "1",
            CONTROL_TOKEN_VARIABLE: control_token,
            # After a restore, PyTorch's process group reports its vanished sockets over and over.
            "TORCH_CPP_LOG_LEVEL": "FATAL",
        }
    return environment
