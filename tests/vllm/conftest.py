"""Real vLLM on this machine's CPU, started by the very code that starts it in a container.

``make test-vllm`` installs it into an environment of its own; without that, these tests are skipped.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.endpoints.profiles import Profile
from modal_app.server_process import ServerProcess
from modal_app.settings import Settings
from tests.support.real_weights import require_weights

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SETTINGS = Settings.choose(
    {
        "model": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "revision": "0" * 40,  # converted here, from the weights of the package index
        "gpu": "L4",
        "context_tokens": 8192,
        "target_concurrency": 8,
        "max_concurrency": 8,
        "snapshots": False,  # sleep mode needs a GPU
        "eager": True,
        "startup_seconds": 900,
    }
)


@pytest.fixture(scope="session")
def environment() -> Path:
    """The environment that vLLM is installed in."""
    folder = Path(os.environ.get("LIFT_VLLM", ROOT / ".venv-vllm"))
    if not (folder / "bin" / "vllm").exists():
        pytest.skip("vLLM is not installed: make test-vllm")
    return folder


@pytest.fixture(scope="session")
def vllm_python(environment: Path) -> Callable[..., str]:
    """Runs a script of this folder in vLLM's environment and returns its output."""

    def run(script: str, *arguments: object, given: str = "") -> str:
        done = subprocess.run(
            [environment / "bin" / "python", HERE / script, *map(str, arguments)],
            input=given,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"},
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def model(environment: Path, vllm_python: Callable[..., str]) -> Path:
    """SmolLM2-135M-Instruct as a folder that vLLM reads."""
    from engine import weights

    entry = asyncio.run(require_weights("smollm2-135m"))
    folder = environment / "models" / entry.name
    vllm_python("prepare.py", weights.local_path(entry), folder)
    return folder


@pytest.fixture(scope="session")
def server(environment: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """vLLM, healthy and warm, behind the command line of the container."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}")
        patch.setenv("VLLM_CPU_KVCACHE_SPACE", "1")
        # Threads that spin at barriers cost a machine with other work to do most of its speed.
        patch.setenv("VLLM_CPU_OMP_THREADS_BIND", "nobind")
        patch.setenv("OMP_NUM_THREADS", "1")
        running = ServerProcess.start(SETTINGS, model, caches=str(tmp_path_factory.mktemp("caches")), port=port)
    yield running
    running.stop()


@pytest.fixture
def profile(server: ServerProcess) -> Profile:
    """The server as an endpoint."""
    url = f"http://127.0.0.1:{server.control.port}"
    return Profile(name="vllm", url=url, model=SETTINGS.model, flavor="vllm")


@pytest.fixture(scope="session")
def inspected(vllm_python: Callable[..., str]) -> Callable[[list[list[str]]], dict[str, Any]]:
    """What vLLM makes of command lines; see ``inspect_vllm.py``."""
    return lambda commands: json.loads(vllm_python("inspect_vllm.py", given=json.dumps(commands)).splitlines()[-1])
