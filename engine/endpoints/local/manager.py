"""The embedded endpoint as its users see it: make sure it runs, look at it, stop it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import httpx

from engine import paths
from engine.endpoints.local.launch import died, launch, log_tail
from engine.endpoints.local.loads import remember_load, typical_load_s
from engine.endpoints.local.state import (
    ServerState,
    current_version,
    life_lock,
    living_state,
    log_path,
    note_use,
    start_lock,
    state_file,
)
from engine.errors import LocalEndpointFailed, WeightsError
from engine.weights import Model, local_path

_LOOK_S = 0.05
_LOAD_LIMIT_S = 180.0
_HEALTH_LIMIT_S = 5.0
_STOP_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class LocalEndpoint:
    """A running endpoint; clients add ``/v1/chat/completions`` to ``base_url`` and send ``token``."""

    base_url: str
    token: str
    pid: int
    model_name: str


@dataclass(frozen=True, slots=True)
class LocalState:
    """How far a start has come.

    Args:
        phase: ``starting`` until the process has reported, ``loading`` until the model is in memory.
        elapsed_s: seconds since :func:`ensure` was called.
        typical_load_s: median of the last starts in seconds, None when there was none.
    """

    phase: Literal["starting", "loading", "ready"]
    elapsed_s: float
    typical_load_s: float | None


@dataclass(frozen=True, slots=True)
class LocalStatus:
    """The endpoint at this moment; without its token, so it may be shown."""

    running: bool
    phase: Literal["stopped", "loading", "ready", "silent"]
    log: str
    pid: int | None = None
    base_url: str | None = None
    model: str | None = None
    started_at: float | None = None
    idle_s: float | None = None
    busy: bool | None = None
    typical_load_s: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """The status as plain data, for ``--json``."""
        return asdict(self)


async def ensure(
    model: Model, *, idle_s: float = 600, on_state: Callable[[LocalState], None] | None = None
) -> LocalEndpoint:
    """Return the endpoint of ``model``, starting it if it does not run.

    A running endpoint of another model or version is replaced. Of several callers, in one process
    or in many, one starts it and all get it. A caller that is cancelled leaves it loading.

    Args:
        idle_s: seconds without a request after which a newly started endpoint ends itself.
        on_state: hears about every twentieth of a second what is being waited for.

    Raises:
        WeightsError: the weights are not on this machine, or not verified.
        LocalEndpointFailed: the process does not start, dies while loading, or never becomes ready.
    """
    weights = local_path(model)
    if weights is None:
        raise WeightsError(f"The weights of {model.name} are not here.", f"Fetch them: lift model pull {model.name}")
    folder = paths.private_dir(paths.state_dir())
    start = _Start(folder, model, weights, idle_s, on_state or (lambda _: None))
    try:
        return await start.run()
    finally:
        start.lock.release()


class _Start:
    """One caller's attempt to get the endpoint running."""

    def __init__(
        self, folder: Path, model: Model, weights: Path, idle_s: float, on_state: Callable[[LocalState], None]
    ) -> None:
        self.lock = start_lock(folder)
        self._folder = folder
        self._model = model
        self._weights = weights
        self._idle_s = idle_s
        self._on_state = on_state
        self._began = time.monotonic()
        self._typical = typical_load_s(folder, model.name)
        self._process: subprocess.Popen[bytes] | None = None

    async def run(self) -> LocalEndpoint:
        """Look, start if need be, and look again until the endpoint answers."""
        while True:
            state = living_state(self._folder)
            ours = state is not None and self._matches(state)
            if state is not None and ours and (endpoint := await self._connect(state)):
                return endpoint
            if not ours and self._process is None and self.lock.try_acquire():
                await self._launch()
            self._raise_if_hopeless(loading=ours)
            self._report("loading" if ours else "starting")
            await asyncio.sleep(_LOOK_S)

    async def _launch(self) -> None:
        # Whoever held the start lock before may have finished in the meantime.
        state = living_state(self._folder)
        if state is not None and self._matches(state):
            self.lock.release()
            return
        if life_lock(self._folder).held_elsewhere():
            await stop()
        self._process = launch(self._weights, self._model.name, self._folder, self._idle_s)

    def _matches(self, state: ServerState) -> bool:
        wanted = (self._model.name, str(self._weights), current_version())
        return (state.model, state.model_path, state.version) == wanted

    def _raise_if_hopeless(self, *, loading: bool) -> None:
        # With another process loading the same model, ours may rightly have given up.
        if not loading and self._process is not None and self._process.poll() is not None:
            raise died(self._process)
        if self._elapsed() > _LOAD_LIMIT_S:
            if self._process is not None:
                self._process.kill()
            raise LocalEndpointFailed(
                f"The embedded model was not ready after {_LOAD_LIMIT_S:.0f} s.\n{log_tail()}",
                f"The whole log is {log_path()}. `lift endpoint stop` ends the process.",
            )

    async def _connect(self, state: ServerState) -> LocalEndpoint | None:
        """The endpoint, if it is loaded and answers."""
        if state.base_url is None:
            return None
        try:
            note_use(self._folder)
        except FileNotFoundError:
            return None
        if not await _answers(state.base_url, state.token):
            return None
        if self._process is not None:
            remember_load(self._folder, self._model.name, self._elapsed())
        self._report("ready")
        return LocalEndpoint(state.base_url, state.token, state.pid, state.model)

    def _report(self, phase: Literal["starting", "loading", "ready"]) -> None:
        self._on_state(LocalState(phase, self._elapsed(), self._typical))

    def _elapsed(self) -> float:
        return time.monotonic() - self._began


async def status() -> LocalStatus:
    """Look at the endpoint without starting it; looking does not count as using it."""
    folder = paths.state_dir()
    state = living_state(folder) if folder.is_dir() else None
    if state is None:
        return LocalStatus(running=False, phase="stopped", log=str(log_path()))
    busy = await _busy(state.base_url, state.token) if state.base_url else None
    phase = "loading" if state.base_url is None else "silent" if busy is None else "ready"
    return LocalStatus(
        running=True,
        phase=phase,
        log=str(log_path()),
        pid=state.pid,
        base_url=state.base_url,
        model=state.model,
        started_at=state.started_at,
        idle_s=state.idle_s,
        busy=busy,
        typical_load_s=typical_load_s(folder, state.model),
    )


async def stop() -> bool:
    """End the endpoint; True if there was one. Requests it is answering break off.

    Raises:
        LocalEndpointFailed: the process does not end.
    """
    folder = paths.state_dir()
    state = living_state(folder) if folder.is_dir() else None
    if state is None:
        return False
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        try:
            os.kill(state.pid, number)
        except ProcessLookupError:
            break
        if await _ended(folder):
            break
    else:
        raise LocalEndpointFailed(f"Process {state.pid} does not end.", f"Its log is {log_path()}.")
    # A process that was killed could not clean up.
    if living_state(folder) is None:
        state_file(folder).unlink(missing_ok=True)
    return True


async def _ended(folder: Path) -> bool:
    deadline = time.monotonic() + _STOP_LIMIT_S
    while life_lock(folder).held_elsewhere():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_LOOK_S)
    return True


async def _answers(base_url: str, token: str) -> bool:
    response = await _get(f"{base_url}/v1/models", token)
    return response is not None and response.is_success


async def _busy(base_url: str, token: str) -> bool | None:
    """Whether a request is being answered; None when the server does not say."""
    response = await _get(f"{base_url}/slots", token)
    if response is None or not response.is_success:
        return None
    return any(slot["is_processing"] for slot in response.json())


async def _get(url: str, token: str) -> httpx.Response | None:
    # Plain HTTP on loopback: no proxy of the outside world may see the token, and reading the
    # certificate store would cost more than the request.
    async with httpx.AsyncClient(timeout=_HEALTH_LIMIT_S, trust_env=False, verify=False) as client:
        try:
            return await client.get(url, headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError:
            return None
