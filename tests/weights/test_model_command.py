from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from engine import weights
from engine.errors import WeightsError
from tui.commands.model import model as command


@pytest.fixture(autouse=True)
def _registry(model, monkeypatch) -> None:
    monkeypatch.setattr(weights, "list_models", lambda: (model,))


def run(*arguments: str):
    return CliRunner().invoke(command, arguments)


def test_pull_prints_the_path_on_stdout_and_everything_else_on_stderr(hub, model) -> None:
    outcome = run("pull")
    assert outcome.exit_code == 0
    assert outcome.stdout == f"{weights.local_path(model)}\n"
    assert "Fetching from the model hub" in outcome.stderr


def test_pull_from_a_file(model, content, tmp_path) -> None:
    source = tmp_path / "download"
    source.write_bytes(content)
    assert run("pull", "--from", str(source)).exit_code == 0
    assert weights.local_path(model)


def test_list_shows_what_is_here(hub, model) -> None:
    assert "lift model pull test-model" in run("list").stdout
    run("pull")
    assert json.loads(run("list", "--json").stdout)[0]["path"] == str(weights.local_path(model))


def test_path_is_only_for_what_is_here(hub, model) -> None:
    outcome = run("path")
    assert isinstance(outcome.exception, WeightsError)
    assert outcome.stdout == ""
    run("pull")
    assert run("path").stdout == f"{weights.local_path(model)}\n"


def test_verify_hashes_again(hub, model) -> None:
    run("pull")
    assert "has the right bytes" in run("verify").stdout
    weights.model_file(model).write_bytes(b"broken")
    assert isinstance(run("verify").exception, WeightsError)
