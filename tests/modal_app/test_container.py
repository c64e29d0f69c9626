"""The hooks of a container, with a real process that answers as vLLM does."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from modal._partial_function import _find_callables_for_obj, _PartialFunctionFlags

from modal_app import container
from modal_app.container import PlainServer, SnapshotServer
from modal_app.control import BootError
from modal_app.server_process import ServerProcess
from modal_app.settings import Settings
from modal_app.vllm_command import vllm_command
from tests.modal_app.fake_vllm import install

BEFORE = _PartialFunctionFlags.ENTER_PRE_SNAPSHOT
AFTER = _PartialFunctionFlags.ENTER_POST_SNAPSHOT
EXIT = _PartialFunctionFlags.EXIT


def hooks(server: object, flag: _PartialFunctionFlags) -> list[str]:
    return list(_find_callables_for_obj(server, flag))


def call(server: object, flag: _PartialFunctionFlags) -> None:
    """Call the hooks as Modal's runner does."""
    for hook in _find_callables_for_obj(server, flag).values():
        hook()


class Machine:
    """A container's surroundings: where vLLM is installed, and which port is free."""

    def __init__(self, note: Path, port: int) -> None:
        self.note = note
        self.port = port

    def started(self) -> dict[str, Any]:
        return json.loads(self.note.read_text())


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    programs = tmp_path / "programs"
    programs.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = ServerProcess.start

    def on_free_port(settings: Settings, weights: str) -> ServerProcess:
        return start(settings, weights, port=port)

    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(ServerProcess, "start", on_free_port)
    monkeypatch.setattr(container, "ensure_weights", lambda model, revision: f"/weights/{model}/{revision}")
    machine = Machine(install(programs), port)
    yield machine
    # A test that fails halfway must not leave a server behind.
    if machine.note.exists() and not gone(pid := machine.started()["pid"]):
        os.kill(pid, signal.SIGKILL)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_hooks_on_either_side_of_the_snapshot():
    snapshot, plain = SnapshotServer(), PlainServer()
    assert (hooks(snapshot, BEFORE), hooks(snapshot, AFTER), hooks(snapshot, EXIT)) == (["start"], ["wake"], ["stop"])
    assert (hooks(plain, BEFORE), hooks(plain, AFTER), hooks(plain, EXIT)) == ([], ["start"], ["stop"])


def test_a_container_with_snapshots_sleeps_wakes_and_ends(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    settings = Settings.choose({"profile": "1.5b"})
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)
    server = SnapshotServer()
    call(server, BEFORE)
    control = server.server.control
    assert control.sleeping()
    call(server, AFTER)
    assert not control.sleeping()
    assert control.healthy()
    started = machine.started()
    folder = f"/weights/{settings.model}/{settings.revision}"
    assert started["argv"] == vllm_command(settings, folder, port=machine.port)[1:]
    assert started["environment"]["LIFT_CONTROL_TOKEN"] == control.token
    assert len(control.token) > 20
    assert str(Path(container.__file__).parents[1]) in started["environment"]["PYTHONPATH"].split(os.pathsep)
    call(server, EXIT)
    assert gone(started["pid"])


def test_a_container_without_snapshots_starts_awake(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIFT_MODAL_SNAPSHOTS", "off")
    server = PlainServer()
    call(server, AFTER)
    assert server.server.control.healthy()
    assert "--enable-sleep-mode" not in machine.started()["argv"]
    assert "LIFT_CONTROL_TOKEN" not in machine.started()["environment"]
    call(server, EXIT)
    assert gone(machine.started()["pid"])


@pytest.mark.parametrize(("mode", "said"), [("dies", "exit code 3"), ("unconstrained", "not enforced")])
def test_a_start_that_fails_leaves_no_process_behind(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, mode: str, said: str
):
    monkeypatch.setenv("FAKE_VLLM", mode)
    with pytest.raises(BootError, match=said):
        call(PlainServer(), AFTER)
    assert gone(machine.started()["pid"])


def test_a_server_that_dies_takes_its_container_with_it(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    died = threading.Event()
    monkeypatch.setattr(ServerProcess, "watch", lambda self, watch=ServerProcess.watch: watch(self, died.set))
    server = PlainServer()
    call(server, AFTER)
    os.kill(machine.started()["pid"], signal.SIGKILL)
    assert died.wait(10)
    call(server, EXIT)


def test_a_server_that_is_stopped_on_purpose_raises_no_alarm(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    died = threading.Event()
    monkeypatch.setattr(ServerProcess, "watch", lambda self, watch=ServerProcess.watch: watch(self, died.set))
    before = set(threading.enumerate())
    server = PlainServer()
    call(server, AFTER)
    call(server, EXIT)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert not died.is_set()


def test_a_server_that_ignores_the_polite_signal_is_killed(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FAKE_VLLM", "stubborn")
    monkeypatch.setattr("modal_app.server_process.STOP_SECONDS", 0.05)
    server = PlainServer()
    call(server, AFTER)
    call(server, EXIT)
    assert server.server.process.returncode == -signal.SIGKILL


def test_the_alarm_asks_modals_runner_to_end_the_container(monkeypatch: pytest.MonkeyPatch):
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr("os.kill", lambda pid, number: sent.append((pid, number)))
    from modal_app.server_process import end_container

    end_container()
    assert sent == [(os.getpid(), signal.SIGTERM)]
