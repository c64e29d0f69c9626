"""The vLLM server as a process of the container: started, watched, stopped."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from modal_app import boot
from modal_app.control import VllmControl
from modal_app.settings import Settings
from modal_app.vllm_command import PORT, vllm_command, vllm_environment

CACHES_ROOT = "/cache"

# The health wait ends before Modal's own limit, so that its message reaches the log.
STARTUP_MARGIN_SECONDS = 20
STOP_SECONDS = 15

log = logging.getLogger(__name__)


def end_container() -> None:
    """Ask Modal's runner to end this container in order: a server that died would answer nobody."""
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass
class ServerProcess:
    """A started server. Build it with :meth:`start`."""

    process: subprocess.Popen[bytes]
    control: VllmControl
    _stopping: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def start(cls, settings: Settings, weights: Path | str, *, caches: str = CACHES_ROOT, port: int = PORT) -> Self:
        """Start the server, and return when it is healthy and warm.

        Raises:
            BootError: it ended, is not ready in time, or fails its first requests; no process is left behind.
        """
        deadline = time.monotonic() + settings.startup_seconds - STARTUP_MARGIN_SECONDS
        token = secrets.token_urlsafe(32)
        environment = os.environ | vllm_environment(settings, caches=caches, control_token=token)
        # The guard is loaded by name: the server must find this package.
        environment["PYTHONPATH"] = os.pathsep.join(
            [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        # A session of its own: a signal to the container's group must not cut answers that may still finish.
        process = subprocess.Popen(vllm_command(settings, weights, port=port), env=environment, start_new_session=True)
        server = cls(process, VllmControl(port, token))
        try:
            boot.wait_until_healthy(server.control, process.poll, timeout_s=deadline - time.monotonic())
            boot.warm_up(server.control, settings.model)
        except boot.BootError:
            server.stop()
            raise
        return server

    def sleep(self) -> None:
        """Make it ready for a snapshot."""
        boot.fall_asleep(self.control)

    def wake(self) -> None:
        """Bring it back after a restore."""
        boot.wake(self.control)

    def watch(self, on_death: Callable[[], None] = end_container) -> None:
        """Call ``on_death`` once if the process ends without :meth:`stop`."""

        def wait() -> None:
            code = self.process.wait()
            if not self._stopping.is_set():
                log.error("vLLM ended with exit code %s; this container ends too", code)
                on_death()

        threading.Thread(target=wait, name="vllm-watch", daemon=True).start()

    def stop(self) -> None:
        """End the server and its workers: politely, then surely."""
        self._stopping.set()
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
