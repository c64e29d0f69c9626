"""What importing the deployment loads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

NEVER = ["engine", "tui", "textual", "vllm", "torch", "huggingface_hub", "xgrammar", "xllamacpp"]
LISTED = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded(module: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LISTED, module],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_the_deployment_stands_alone():
    assert not loaded("modal_app.inference") & set(NEVER)


def test_the_guard_costs_the_server_nothing():
    assert not loaded("modal_app.guard") & {*NEVER, "modal", "pydantic"}


def test_the_settings_and_the_command_line_need_no_modal():
    assert not loaded("modal_app.vllm_command") & {*NEVER, "modal"}
