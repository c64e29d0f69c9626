"""The rules of the house that no linter checks."""

from __future__ import annotations

import json
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import engine
from engine import prompts

ROOT = Path(__file__).parents[1]
LONGEST = 400
NEVER = ["textual", "tui", "modal_app"]  # httpx loads click and rich; that we do not is an import contract
APART = {"engine.inputs.child", "engine.inputs.strategies"}  # loaded in a process of their own
LATER = ["hypothesis", "huggingface_hub", "keyring", "modal", "torch", "xgrammar", "xllamacpp"]


def test_importing_the_engine_loads_no_face_and_nothing_heavy():
    modules = sorted({module.name for module in pkgutil.walk_packages(engine.__path__, "engine.")} - APART)
    assert "engine.stages.pipeline" in modules
    program = (
        f"import importlib, json, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        f"print(json.dumps([name for name in {NEVER + LATER!r} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def sources():
    """The Python files of the product and its tests."""
    rooms = ("engine", "tui", "modal_app", "bench", "tests")
    return sorted(file for room in rooms for file in (ROOT / room).rglob("*.py"))


def test_no_file_is_too_long():
    assert len(sources()) > 100
    long = {str(file.relative_to(ROOT)): n for file in sources() if (n := len(file.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_every_prompt_is_packaged():
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "engine" in packaged["packages"]
    assert not {"exclude", "only-include"} & packaged.keys()
    here = {file.name for file in (ROOT / "engine/prompts").iterdir() if file.suffix in (".md", ".jsonl")}
    used = set(re.findall(r'"([\w-]+\.(?:md|jsonl))"', Path(prompts.__file__).read_text()))
    assert here == used
    for name in here:
        assert prompts._read(name).strip()


def test_no_uv_lock():
    assert not (ROOT / "uv.lock").exists()


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name)
def test_a_lock_file_names_no_registry_and_pins_by_hash(lock):
    text = lock.read_text()
    assert "://" not in text
    assert "index-url" not in text
    pinned = re.findall(r"^[a-z0-9][\w.-]*(?:\[\w+\])?==\S+.*\\$", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 0


def test_the_lock_leaves_out_what_a_newcomer_does_not_need():
    names = set(re.findall(r"^([a-z0-9][\w.-]*)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert {"xgrammar", "xllamacpp", "modal", "textual"} <= names
    assert not {"torch", "transformers", "triton", "numpy", "pytest"} & names


def test_the_readme_and_the_makefile_agree():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {"run", "test"} <= named <= targets
    assert "make test" in (ROOT / ".ci/run").read_text()


def test_what_the_readme_shows_and_links_to_is_there():
    readme = (ROOT / "README.md").read_text()
    linked = [target for target in re.findall(r"\]\(([^)\s]+)\)", readme) if "://" not in target]
    assert {"docs/demo.svg", "docs/keys.md"} <= set(linked)
    assert [target for target in linked if not (ROOT / target).is_file()] == []


def test_the_recording_of_the_terminal_is_small_and_at_the_top_of_the_readme():
    first = (ROOT / "README.md").read_text().split("\n\n")[1]
    assert first.startswith("![")
    assert "docs/demo.svg" in first
    assert (ROOT / "docs/demo.svg").stat().st_size < 1_000_000
    head = json.loads((ROOT / "docs/demo.cast").read_text().partition("\n")[0])
    assert head["version"] == 2


def test_the_quick_start_is_two_commands():
    start = (ROOT / "README.md").read_text().partition("## Quick start")[2]
    assert start.split("```")[1].split("\n")[1:-1] == ["make run", "make test"]
