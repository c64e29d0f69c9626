"""The embedded endpoint without weights: what it remembers, what it says, and how it fails."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import stat
import sys
import time
from pathlib import Path

import pytest

from engine import paths
from engine.endpoints.local import manager, state, threads
from engine.endpoints.local.activity import IdleClock
from engine.endpoints.local.loads import remember_load, typical_load_s
from engine.errors import LocalEndpointFailed, WeightsError
from engine.weights import Model, adopt


@pytest.fixture(autouse=True)
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIFT_MODELS_DIR", raising=False)
    monkeypatch.setenv("LIFT_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LIFT_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def folder() -> Path:
    return paths.private_dir(paths.state_dir())


async def unusable_model(tmp_path: Path) -> Model:
    """A model whose verified file llama.cpp cannot load."""
    data = b"these are no weights"
    source = tmp_path / "unusable.gguf"
    source.write_bytes(data)
    model = Model("unusable", "unusable.gguf", len(data), hashlib.sha256(data).hexdigest(), "CC0-1.0", ())
    await adopt(model, source, progress=lambda _: None)
    return model


def a_state(**changes: object) -> state.ServerState:
    base = state.ServerState(
        pid=os.getpid(),
        base_url="http://127.0.0.1:9",
        token="secret-token",
        model="unusable",
        model_path="/nowhere",
        version=state.current_version(),
        started_at=time.time(),
        idle_s=600,
    )
    return base.model_copy(update=changes)


async def test_weights_that_are_not_here_are_said() -> None:
    model = Model("absent", "absent.gguf", 1, "0" * 64, "CC0-1.0", ())
    with pytest.raises(WeightsError, match="lift model pull absent"):
        await manager.ensure(model)


async def test_a_process_that_dies_while_loading_quotes_its_log(tmp_path: Path) -> None:
    model = await unusable_model(tmp_path)
    with pytest.raises(LocalEndpointFailed) as caught:
        await manager.ensure(model)
    assert "while loading" in caught.value.what
    assert "unusable.gguf" in caught.value.what
    assert "Traceback" not in caught.value.what
    assert str(state.log_path()) in caught.value.todo
    assert not (await manager.status()).running


async def test_two_callers_of_a_model_that_cannot_load_both_hear_it(tmp_path: Path) -> None:
    model = await unusable_model(tmp_path)
    outcomes = await asyncio.gather(manager.ensure(model), manager.ensure(model), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LocalEndpointFailed, LocalEndpointFailed]


async def test_a_program_that_cannot_be_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = await unusable_model(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(LocalEndpointFailed, match="cannot be started"):
        await manager.ensure(model)


async def test_nothing_runs_and_nothing_is_created_by_looking() -> None:
    assert (await manager.status()).phase == "stopped"
    assert await manager.stop() is False
    assert not paths.state_dir().exists()


async def test_a_state_file_left_by_a_killed_process_is_not_believed(folder: Path) -> None:
    # Its process id is ours, so it "lives"; without the life lock it is still not an endpoint.
    state.write_state(folder, a_state())
    assert not (await manager.status()).running
    assert await manager.stop() is False


async def test_a_process_that_lives_and_does_not_answer_is_shown_as_silent(folder: Path) -> None:
    lock = state.life_lock(folder)
    assert lock.try_acquire()
    state.write_state(folder, a_state())
    assert (await manager.status()).phase == "silent"
    lock.release()


async def test_a_loading_process_is_shown_as_loading(folder: Path) -> None:
    lock = state.life_lock(folder)
    assert lock.try_acquire()
    state.write_state(folder, a_state(base_url=None))
    assert (await manager.status()).phase == "loading"
    lock.release()


async def test_a_caller_that_waits_can_be_cancelled_and_frees_the_start(folder: Path, tmp_path: Path) -> None:
    model = await unusable_model(tmp_path)
    lock = state.life_lock(folder)
    assert lock.try_acquire()
    state.write_state(folder, a_state(base_url=None, model_path=str(paths.cache_dir() / "models/unusable.gguf")))
    heard: list[str] = []
    task = asyncio.create_task(manager.ensure(model, on_state=lambda now: heard.append(now.phase)))
    while "loading" not in heard:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not state.start_lock(folder).held_elsewhere()
    lock.release()


async def test_the_status_does_not_show_the_token(folder: Path) -> None:
    lock = state.life_lock(folder)
    assert lock.try_acquire()
    state.write_state(folder, a_state())
    assert "secret-token" not in json.dumps((await manager.status()).as_dict())
    lock.release()


def test_the_state_file_is_private(folder: Path) -> None:
    state.write_state(folder, a_state())
    assert stat.S_IMODE(state.state_file(folder).stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}'])
def test_a_state_file_that_makes_no_sense_is_no_state(folder: Path, text: str) -> None:
    state.state_file(folder).write_text(text)
    assert state.read_state(folder) is None


def test_the_typical_load_is_the_median_of_the_last_five(folder: Path) -> None:
    assert typical_load_s(folder, "m") is None
    for seconds in (100, 4, 5, 6, 50, 5):
        remember_load(folder, "m", seconds)
    assert typical_load_s(folder, "m") == 5
    assert typical_load_s(folder, "other") is None


class Metrics:
    """Counters as llama.cpp prints them."""

    def __init__(self) -> None:
        self.decoded = self.processing = self.deferred = 0

    def __call__(self) -> str:
        return (
            "# HELP llamacpp:n_decode_total Total number of llama_decode() calls\n"
            f"llamacpp:n_decode_total {self.decoded}\nllamacpp:requests_processing {self.processing}\n"
            f"llamacpp:requests_deferred {self.deferred}\n"
        )


@pytest.mark.parametrize("counter", ["decoded", "processing", "deferred"])
def test_the_idle_clock_restarts_with_every_kind_of_work(counter: str) -> None:
    now = [0.0]
    metrics = Metrics()
    clock = IdleClock(metrics, lambda: now[0])
    clock.seconds()
    now[0] = 10
    assert clock.seconds() == 10
    setattr(metrics, counter, 3)
    assert clock.seconds() == 0


def test_looking_is_not_work() -> None:
    now = [0.0]
    clock = IdleClock(Metrics(), lambda: now[0])
    for second in range(1, 6):
        now[0] = second
        clock.seconds()
    assert clock.seconds() == 4  # the first look, at second 1, is where counting begins


def test_threads_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFT_LOCAL_THREADS", "3")
    assert threads.compute_threads() == 3


@pytest.mark.parametrize("nonsense", ["", "0", "-1", "many"])
def test_threads_that_make_no_sense_are_ignored(monkeypatch: pytest.MonkeyPatch, nonsense: str) -> None:
    monkeypatch.setenv("LIFT_LOCAL_THREADS", nonsense)
    assert threads.compute_threads() != 0
    assert (threads.compute_threads() or 1) <= (os.cpu_count() or 1)


def test_the_halves_of_a_core_count_once_and_a_quota_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIFT_LOCAL_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3, 4, 5, 6, 7}, raising=False)
    for cpu in range(8):
        topology = tmp_path / f"cpu{cpu}/topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(f"{cpu % 4},{cpu % 4 + 4}\n")
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(threads, "_TOPOLOGY", tmp_path)
    monkeypatch.setattr(threads, "_QUOTA", quota)
    assert threads.compute_threads() == 4
    quota.write_text("max 100000\n")
    assert threads.compute_threads() == 4
    quota.write_text("250000 100000\n")
    assert threads.compute_threads() == 2
    quota.write_text("50000 100000\n")
    assert threads.compute_threads() == 1
