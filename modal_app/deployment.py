"""The Modal app: one server class, told by the settings how to run.

``app.server`` and not ``app.cls`` with ``modal.web_server``, because:

* A cold start is a state that a client can show. A server scaled to zero answers 503 at once and boots; a
  web function holds the request and after 150 seconds answers 303, which turns the POST into a GET.
* Requests go straight to vLLM's port. A web function carries each one through Modal's input queue and a proxy
  inside the container; here a client that hangs up closes vLLM's own connection, which aborts the generation.
* A container counts as ready only when the hook that wakes vLLM has returned (modal 1.6.4:
  ``_LifecycleManager.lifecycle_postsnapshot`` reports readiness last), so no request meets a sleeping server.
* Requests without a proxy token are refused unless one opts out, and ``max_concurrency`` answers 429.

What it costs: nothing queues while a container boots, so clients have to poll; and requests enter through one
region, ``routing_region``.
"""

from __future__ import annotations

import modal

from modal_app.container import PlainServer, SnapshotServer
from modal_app.image import caches_volume, hub_secrets, inference_image, weights_volume
from modal_app.server_process import CACHES_ROOT
from modal_app.settings import Settings
from modal_app.vllm_command import PORT
from modal_app.weights import WEIGHTS_ROOT

SERVER_NAME = "Inference"

# Answers in flight when a container is told to go: the longest takes about a minute.
DRAIN_SECONDS = 60


def define(settings: Settings) -> modal.App:
    """The app for these settings; ``define(settings).deploy()`` deploys it.

    ``modal.Server.from_name(settings.app_name, SERVER_NAME).get_url()`` finds it again.
    """
    app = modal.App(settings.app_name)
    serve = app.server(
        name=SERVER_NAME,
        image=inference_image(settings),
        secrets=hub_secrets(settings),
        gpu=settings.gpu,
        memory=settings.memory_mib,
        volumes={WEIGHTS_ROOT: weights_volume(), CACHES_ROOT: caches_volume()},
        port=PORT,
        unauthenticated=False,
        routing_region=settings.routing_region,
        target_concurrency=settings.target_concurrency,
        max_concurrency=settings.max_concurrency,
        min_containers=settings.min_containers,
        max_containers=settings.max_containers,
        scaledown_window=settings.scaledown_seconds,
        startup_timeout=settings.startup_seconds,
        exit_grace_period=DRAIN_SECONDS,
        enable_memory_snapshot=settings.snapshots,
        experimental_options={"enable_gpu_snapshot": True} if settings.snapshots else None,
    )
    serve(SnapshotServer if settings.snapshots else PlainServer)
    return app
