"""The command line itself: what it loads, and how it fails."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine import paths
from engine.errors import ContractBroken, EndpointRefused, LiftError, UsageError, WeightsError
from tests.cli.conftest import ROOT

HEAVY = ["engine", "httpx", "modal", "pydantic", "rich", "sqlite_utils", "textual", "xgrammar", "xllamacpp"]


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], ["demo", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    program = (
        f"import sys; from tui.cli import main; code = main({arguments!r}); "
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "[]")
    assert "lift" in done.stdout


def test_what_asyncio_warns_of_is_not_drawn_into_the_screen():
    program = "import logging; from tui.cli import main; main(['--version']); logging.getLogger('asyncio').warning('x')"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "command",
    [[], ["run"], ["demo"], ["endpoint"], ["endpoint", "add"], ["doctor"], ["model"], ["bench"], ["bench", "report"]],
)
def test_every_command_explains_itself(lift, command):
    code, out, err = lift(*command, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: lift {' '.join(command)}".rstrip())


def test_help_names_the_exit_codes(lift):
    for command in ([], ["run"]):
        _, out, _ = lift(*command, "--help")
        words = " ".join(out.split())
        for code in ("0 done", "1 code was made", "2 wrong usage", "3 the endpoint", "4 the", "130 cancelled"):
            assert code in words


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["--nonsense"], ["endpoint", "nonsense"]])
def test_wrong_usage(lift, arguments):
    code, _, err = lift(*arguments)
    assert code == 2
    assert "Usage" in err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LiftError("It failed.", "Do this."), 1),
        (UsageError("It failed.", "Do this."), 2),
        (EndpointRefused("It failed.", "Do this.", status=500), 3),
        (WeightsError("It failed.", "Do this."), 3),
        (ContractBroken("It failed.", "Do this."), 4),
    ],
)
def test_an_expected_failure_is_two_lines(lift, monkeypatch, error, code):
    def fail(*_):
        raise error

    monkeypatch.setattr("engine.endpoints.profiles.Profiles.__init__", fail)
    assert lift("endpoint", "list") == (code, "", "It failed.\nDo this.\n")


def test_an_unexpected_failure_keeps_its_traceback_in_a_file(lift, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("by \x1b[31maccident")

    monkeypatch.setattr("engine.endpoints.profiles.Profiles.__init__", fail)
    code, out, err = lift("endpoint", "list")
    log = paths.state_dir() / "crash.log"
    assert (code, out) == (70, "")
    assert "defect of its own (ZeroDivisionError: by \\x1b[31maccident)" in err
    assert str(log) in err
    assert "Traceback" not in err
    assert "Traceback" in log.read_text()
    assert "in fail" in log.read_text()


def test_a_traceback_that_cannot_be_kept_is_told(lift, monkeypatch, tmp_path):
    def fail(*_):
        raise ZeroDivisionError("by accident")

    monkeypatch.setattr("engine.endpoints.profiles.Profiles.__init__", fail)
    (tmp_path / "file").touch()
    monkeypatch.setenv("LIFT_STATE_HOME", str(tmp_path / "file" / "state"))
    code, _, err = lift("endpoint", "list")
    assert code == 70
    assert "could not be saved" in err


def test_ctrl_c_anywhere(lift, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.endpoints.profiles.Profiles.__init__", stop)
    assert lift("endpoint", "list") == (130, "", "\nStopped.\n")


def test_the_installed_command_is_this_one():
    command = Path(sys.executable).with_name("lift")
    if not command.exists():
        pytest.skip("lift is not installed beside this Python")
    done = subprocess.run([command, "endpoint", "list", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert json.loads(done.stdout)[0]["name"] == "local"
