"""What a container does: the hooks that Modal calls, with and without memory snapshots.

Containers import this module and not the deployment's, so that nothing there is evaluated twice. The classes
carry no ``app.server`` decorator here: :func:`modal_app.deployment.define` applies it to the one it chooses.
"""

from __future__ import annotations

import modal

from modal_app.server_process import ServerProcess
from modal_app.settings import Settings
from modal_app.weights import ensure_weights


def _start() -> ServerProcess:
    settings = Settings.from_environment()
    return ServerProcess.start(settings, ensure_weights(settings.model, settings.revision))


class SnapshotServer:
    """Starts once, sleeps into a snapshot of CPU and GPU memory, and wakes in every later container.

    Modal announces a container as ready only after the hooks behind the snapshot have returned, so no
    request reaches a sleeping server.
    """

    @modal.enter(snap=True)
    def start(self) -> None:
        """Before the snapshot."""
        self.server = _start()
        self.server.sleep()

    @modal.enter(snap=False)
    def wake(self) -> None:
        """After a restore, and in the container that the snapshot was taken of."""
        self.server.wake()
        self.server.watch()

    @modal.exit()
    def stop(self) -> None:
        """When the container ends."""
        self.server.stop()


class PlainServer:
    """Starts from nothing in every container: for GPUs, models or accounts without GPU snapshots."""

    @modal.enter()
    def start(self) -> None:
        """When the container starts."""
        self.server = _start()
        self.server.watch()

    @modal.exit()
    def stop(self) -> None:
        """When the container ends."""
        self.server.stop()
