"""The container image: every layer pinned, from the base image's digest to the last wheel's hash."""

from __future__ import annotations

from pathlib import Path

import modal

from modal_app.settings import Settings
from modal_app.weights import WEIGHTS_ROOT, ensure_weights

VLLM_VERSION = "0.32.0"

# FlashInfer and Triton compile kernels at run time and need nvcc and gcc: hence a development image.
BASE_IMAGE = (
    "nvidia/cuda:13.0.2-devel-ubuntu24.04@sha256:5dc1bca23d05bd37b011be68ec470c03b403a5da07ec3a86e41af9470e9d0cc6"
)
PYTHON_VERSION = "3.12"
UV_VERSION = "0.13.0"

# vLLM and everything below it, resolved for Linux x86-64, with hashes. The .in file says how to renew it.
LOCK = Path(__file__).with_name("requirements-vllm.lock")

DOWNLOAD_SECONDS = 3600


def weights_volume() -> modal.Volume:
    """Where model files outlive the image and its containers."""
    return modal.Volume.from_name("lift-weights", create_if_missing=True)


def caches_volume() -> modal.Volume:
    """Where compiled kernels and graphs outlive a container."""
    return modal.Volume.from_name("lift-vllm-cache", create_if_missing=True)


def hub_secrets(settings: Settings) -> list[modal.Secret]:
    """The secret with ``HF_TOKEN``, for models that ask for one."""
    return [modal.Secret.from_name(settings.hub_secret)] if settings.hub_secret else []


def inference_image(settings: Settings) -> modal.Image:
    """The image for one deployment. Changed settings only rebuild the last, empty layer."""
    return (
        modal.Image.from_registry(BASE_IMAGE, add_python=PYTHON_VERSION)
        .entrypoint([])
        .uv_pip_install(
            requirements=[str(LOCK)],
            uv_version=UV_VERSION,
            extra_options="--require-hashes --no-deps --only-binary :all:",
        )
        .env({"HF_XET_HIGH_PERFORMANCE": "1"})
        .run_function(
            ensure_weights,
            args=(settings.model, settings.revision),
            volumes={WEIGHTS_ROOT: weights_volume()},
            secrets=hub_secrets(settings),
            timeout=DOWNLOAD_SECONDS,
        )
        .env(settings.to_environment())
        .add_local_python_source("modal_app")
    )
