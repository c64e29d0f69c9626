"""No variable of the user's own decides what these tests deploy, and no key of theirs is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.modal_app.control_plane import ControlPlane, control_plane
from tests.modal_app.fake_vllm import FakeVllm, fake_vllm


@pytest.fixture(autouse=True)
def no_settings_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("LIFT_MODAL_", "MODAL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MODAL_CONFIG_PATH", str(tmp_path / "modal.toml"))
    monkeypatch.setattr("modal.config._user_config", {})


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    with control_plane() as running:
        yield running


@pytest.fixture
def vllm() -> Iterator[FakeVllm]:
    with fake_vllm() as running:
        yield running
