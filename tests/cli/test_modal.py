"""``lift modal`` against a control plane and a deployment on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from grpclib.const import Status
from keyring.backend import KeyringBackend

from engine.endpoints.credentials import api_key, key_file
from engine.endpoints.memory import EndpointMemory
from engine.endpoints.modal_prices import PriceTable
from engine.endpoints.profiles import Profiles
from engine.sessions.store import SessionStore, default_db_path
from engine.stages.events import Span
from tests.modal_app.control_plane import TOKEN as ACCOUNT
from tests.modal_app.control_plane import ControlPlane, control_plane
from tests.support.modal_server import Scenario
from tests.support.scripts import PROMPT

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """Nothing of the user's own account or deployments."""
    for name in [name for name in os.environ if name.startswith(("LIFT_MODAL_", "MODAL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MODAL_CONFIG_PATH", str(tmp_path / "modal.toml"))
    monkeypatch.setattr("modal.config._user_config", {})
    monkeypatch.setattr("modal.config.user_config_path", str(tmp_path / "modal.toml"))


@pytest.fixture
def plane(no_account, monkeypatch: pytest.MonkeyPatch):
    with control_plane() as running:
        monkeypatch.setenv("MODAL_SERVER_URL", running.url)
        monkeypatch.setenv("MODAL_TOKEN_ID", ACCOUNT[0])
        monkeypatch.setenv("MODAL_TOKEN_SECRET", ACCOUNT[1])
        yield running


@pytest.mark.parametrize("command", [["deploy"], ["status"], ["url"], ["logs"], ["stop", "--yes"]])
def test_without_credentials_the_commands_to_run_are_named(lift, command):
    code, out, err = lift("modal", *command)
    assert (code, out) == (2, "")
    assert "There are no credentials for Modal" in err
    assert "  modal token new" in err
    assert "  lift modal deploy" in err
    assert not Profiles().path.exists()


def test_without_credentials_nothing_of_the_deployment_is_loaded():
    program = "import sys\nfrom tui.cli import main\ncode = main(['modal', 'deploy'])\n"
    program += "print(code, [m for m in ('modal_app.deployment', 'grpclib', 'xgrammar') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ}, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("2 ")
    assert "modal_app.deployment" not in done.stdout
    assert "xgrammar" not in done.stdout


def test_help_loads_nothing():
    program = "import sys\nfrom tui.cli import main\nmain(['modal', '--help'])\n"
    program += "print([m for m in ('modal', 'pydantic', 'engine') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]"


def test_deploy_makes_a_current_endpoint_with_a_token(lift, plane: ControlPlane):
    code, out, err = lift("modal", "deploy", "--profile", "1.5b", "--scaledown-seconds", "90", "--max-containers", 3)
    assert code == 0, err
    assert plane.server.resources.gpu_config.gpu_type == "L4"
    assert plane.server.autoscaler_settings.scaledown_window == 90
    assert plane.server.autoscaler_settings.max_containers == 3
    profile = Profiles().get()
    assert (profile.name, profile.kind, profile.flavor, profile.url) == ("modal", "modal", "vllm", plane.server_url)
    assert (profile.model, profile.gpu, profile.idle_s) == ("Qwen/Qwen2.5-Coder-1.5B-Instruct", "L4", 90)
    assert profile.usd_per_second == pytest.approx(PriceTable().rate("L4", 16 * 1024).total)
    assert api_key(profile) == "wk-1.ws-secret"
    assert key_file().stat().st_mode & 0o777 == 0o600
    assert str(key_file()) in out
    assert "ws-secret" not in out + err + Profiles().path.read_text()


def test_deploying_again_keeps_a_token_that_works_and_replaces_one_that_does_not(lift, plane: ControlPlane):
    lift("modal", "deploy")
    code, out, _ = lift("modal", "deploy", "--profile", "32b")
    assert code == 0
    assert "from the last deployment" in out
    assert plane.tokens == ["wk-1"]
    assert Profiles().get().gpu == "H100"
    plane.tokens.clear()
    _, out, _ = lift("modal", "deploy")
    assert "is new" in out
    assert plane.tokens == ["wk-1"]


def test_a_keyring_is_used_where_there_is_one(lift, plane: ControlPlane):
    class Memory(KeyringBackend):
        priority = 1
        kept: dict[tuple[str, str], str] = {}  # noqa: RUF012

        def get_password(self, service, username):
            return self.kept.get((service, username))

        def set_password(self, service, username, password):
            self.kept[service, username] = password

        def delete_password(self, service, username):
            del self.kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    try:
        _, out, _ = lift("modal", "deploy")
    finally:
        keyring.set_keyring(before)
    assert "the OS keyring" in out
    assert Memory.kept == {("lift-workbench", "modal"): "wk-1.ws-secret"}
    assert not key_file().exists()


def test_a_token_of_the_users_own(lift, plane: ControlPlane, monkeypatch):
    code, _, err = lift("modal", "deploy", "--key-env", "MY_TOKEN")
    assert code == 2
    assert "export MY_TOKEN=" in err
    monkeypatch.setenv("MY_TOKEN", "wk-mine.ws-mine")
    code, out, _ = lift("modal", "deploy", "--key-env", "MY_TOKEN", "--name", "big")
    assert code == 0
    assert "$MY_TOKEN" in out
    assert plane.tokens == []
    assert api_key(Profiles().get("big")) == "wk-mine.ws-mine"


def test_who_may_not_make_tokens_keeps_the_endpoint_and_is_told_what_to_do(lift, plane: ControlPlane):
    plane.refusals["WebhookTokenCreate"] = Status.PERMISSION_DENIED
    code, _, err = lift("modal", "deploy")
    assert code == 3
    assert "--key-env LIFT_PROXY_TOKEN" in err
    assert Profiles().get().url == plane.server_url


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--gpu", "???"], "--gpu"),
        (["--min-containers", "5", "--max-containers", "2"], "min_containers"),
        (["--model", "acme/coder"], "--revision"),
    ],
)
def test_a_wrong_setting_is_told_before_modal_is_asked(lift, plane: ControlPlane, options, says):
    code, out, err = lift("modal", "deploy", *options)
    assert (code, out) == (2, "")
    assert says in err
    assert plane.calls == []


def test_an_option_goes_before_a_variable(lift, plane: ControlPlane, monkeypatch):
    monkeypatch.setenv("LIFT_MODAL_GPU", "H100")
    monkeypatch.setenv("LIFT_MODAL_SNAPSHOTS", "on")
    lift("modal", "deploy", "--gpu", "L40S", "--no-snapshots", "--context-tokens", "4096")
    assert plane.server.resources.gpu_config.gpu_type == "L40S"
    assert not plane.server.checkpointing_enabled
    monkeypatch.setenv("LIFT_MODAL_GPUS", "H100")
    code, _, err = lift("modal", "deploy")
    assert code == 2
    assert "did you mean LIFT_MODAL_GPU?" in err


def test_status_url_and_logs(lift, plane: ControlPlane):
    code, out, err = lift("modal", "status")
    assert (code, out) == (3, "")
    assert "no app lift-inference" in err
    lift("modal", "deploy")
    _, out, _ = lift("modal", "url")
    assert out == f"{plane.server_url}\n"
    _, out, _ = lift("modal", "status")
    assert "lift-inference: deployed, version 3" in out
    assert "none up: the next request starts one" in out
    assert "modal: Qwen/Qwen2.5-Coder-7B-Instruct on L40S" in out
    plane.containers = 2
    EndpointMemory(Profiles().get()).answered()
    _, out, _ = lift("modal", "status")
    assert "2 up" in out
    assert "scales to zero in" in out
    _, out, _ = lift("modal", "status", "--json")
    document = json.loads(out)
    assert (document["state"], document["containers"], document["endpoint"]) == ("deployed", 2, "modal")
    assert document["warmth"]["state"] == "warm"
    plane.log = ["INFO ready\n", "\x1b[31mred"]
    _, out, _ = lift("modal", "logs", "-n", "5")
    assert out.startswith("INFO ready\n")
    assert "\x1b" not in out


def test_stop_has_to_be_confirmed(lift, plane: ControlPlane):
    lift("modal", "deploy")
    code, _, err = lift("modal", "stop")
    assert (code, plane.deployed) == (2, True)
    assert "--yes" in err
    code, out, _ = lift("modal", "stop", "--yes")
    assert (code, plane.deployed) == (0, False)
    assert "lift modal deploy" in out
    assert lift("modal", "stop", "--yes")[0] == 3


def test_warm_shows_the_boot_once_and_then_how_long_it_took(lift, deployed):
    modal = deployed(Scenario(boot_s=1.5))
    code, out, err = lift("modal", "warm")
    assert code == 0
    assert err.splitlines()[-1] == "gpu is starting a container …"
    assert "gpu is up after" in out
    assert modal.boots == 1
    assert modal.requests == []
    _, out, _ = lift("modal", "warm")
    assert "gpu is up" in out
    assert modal.boots == 1
    modal.become(Scenario(boot_s=1.5))
    _, out, err = lift("modal", "warm", "gpu")
    assert "usually for" in err
    assert "(the last times:" in out


@pytest.mark.parametrize(("scenario", "says"), [("stopped", "is stopped"), ("foreign_token", "does not let it in")])
def test_warm_of_what_cannot_be_woken(lift, deployed, scenario, says):
    deployed(scenario)
    code, out, err = lift("modal", "warm")
    assert (code, out) == (3, "")
    assert says in err


@pytest.mark.parametrize("command", ["warm", "cost"])
def test_without_an_endpoint_on_modal_it_is_said_how_to_get_one(lift, command):
    code, out, err = lift("modal", command)
    assert (code, out) == (2, "")
    assert "lift modal deploy" in err
    assert lift("modal", command, "local")[0] == 2


def test_cost_of_nothing(lift, deployed):
    deployed("warm")
    code, out, _ = lift("modal", "cost")
    assert code == 0
    assert "No request to it has been recorded yet." in out


def test_cost_of_real_runs_and_of_cold_ones(lift, deployed):
    deployed("warm")
    assert lift("run", PROMPT)[0] == 0
    with SessionStore(default_db_path()) as store:
        session = store.sessions.create("x", origin="prompt")
        cold = store.runs.start(session.id, endpoint="gpu", model="m")
        names = (("queue", 0, 40), ("prefill", 40, 1), ("decode", 41, 9))
        store.runs.add_spans(cold.id, [Span(stage="draft", name=n, start_s=s, duration_s=d) for n, s, d in names])
    code, out, err = lift("modal", "cost", "--gpu", "H100")
    assert (code, err) == (0, "")
    assert "gpu on H100: $0.001110 a second" in out
    assert "prices as of 2026-05-01" in out
    assert "3 requests in 2 runs" in out
    stages = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.startswith("  ")}
    assert stages["draft"][0] == "2"
    assert stages["implement"][0] == "1"
    assert "40.0" in out
    assert "40.0 s of it starting" in out
    _, out, _ = lift("modal", "cost", "--json", "--volume", 50, "--volume", 5000)
    document = json.loads(out)
    assert document["usd_per_second"]["gpu"] == PriceTable().gpu["L40S"]
    recorded = document["recorded"]
    assert recorded["starting_usd"] == pytest.approx(40 * document["usd_per_second"]["total"])
    assert (recorded["cold"]["requests"], recorded["warm"]["requests"]) == (1, 2)
    assert [month["requests"] for month in recorded["months"]] == [50, 5000]
    assert all(month["usd"] > 0 for month in recorded["months"])


def test_cost_with_the_users_own_prices(lift, deployed, tmp_path):
    deployed("warm")
    lift("run", PROMPT)
    prices = tmp_path / "mine.toml"
    prices.write_text("as_of = 2026-11-20\ncpu_core = 0\nmemory_gib = 0\n[gpu]\nL40S = 0.25\n")
    _, out, _ = lift("modal", "cost", "--prices", prices)
    assert "$0.250000 a second, $900.00 an hour" in out
    assert "2026-11-20" in out
    code, _, err = lift("modal", "cost", "--gpu", "B999")
    assert code == 2
    assert "no price for the GPU" in err
