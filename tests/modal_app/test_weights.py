"""Fetching the model's files once, at one commit."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from modal_app.weights import ensure_weights, weights_folder

REVISION = "0" * 40


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A hub that notes what it is asked for and writes one file."""
    asked: list[dict[str, Any]] = []

    def snapshot_download(model: str, **options: Any) -> str:
        asked.append({"model": model, **options})
        options["local_dir"].mkdir(parents=True)
        (options["local_dir"] / "model.safetensors").touch()
        return str(options["local_dir"])

    module = types.ModuleType("huggingface_hub")
    module.snapshot_download = snapshot_download  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    return asked


def test_a_model_is_fetched_once(tmp_path: Path, hub: list[dict[str, Any]]):
    folder = ensure_weights("acme/coder", REVISION, str(tmp_path))
    assert folder == ensure_weights("acme/coder", REVISION, str(tmp_path))
    assert folder == str(weights_folder("acme/coder", REVISION, str(tmp_path)))
    (asked,) = hub
    assert (asked["model"], asked["revision"]) == ("acme/coder", REVISION)
    assert "*.safetensors" in asked["allow_patterns"]


def test_another_commit_is_another_folder(tmp_path: Path, hub: list[dict[str, Any]]):
    ensure_weights("acme/coder", REVISION, str(tmp_path))
    ensure_weights("acme/coder", "1" * 40, str(tmp_path))
    assert [asked["revision"] for asked in hub] == [REVISION, "1" * 40]


def test_an_interrupted_download_is_taken_up_again(tmp_path: Path, hub: list[dict[str, Any]]):
    folder = ensure_weights("acme/coder", REVISION, str(tmp_path))
    Path(folder, ".complete").unlink()
    Path(folder, "model.safetensors").unlink()
    Path(folder).rmdir()
    ensure_weights("acme/coder", REVISION, str(tmp_path))
    assert len(hub) == 2
