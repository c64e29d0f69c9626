from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.errors import GrammarError
from engine.grammar import xgrammar_loader
from engine.grammar.xgrammar_loader import load_xgrammar

ROOT = Path(__file__).parents[2]

MATCH = """
import sys
sys.path.insert(0, {root!r})
sys.path.insert(0, {traps!r})
import engine.grammar
assert not any(name.split(".")[0] in ("xgrammar", "tvm_ffi") for name in sys.modules), "loaded too early"
from engine.grammar import Grammar, Verifier
verifier = Verifier(Grammar("a test", 'root ::= "a"'))
verifier.accept("a")
verifier.finish()
heavy = [name for name in sys.modules if name.split(".")[0] in {heavy!r}]
assert not heavy, heavy
print("matched")
import torch
"""

HEAVY = ("torch", "transformers", "numpy", "sentencepiece", "tiktoken")


def test_heavy_libraries_are_neither_needed_nor_touched(tmp_path: Path) -> None:
    for name in HEAVY:
        (tmp_path / f"{name}.py").write_text(f"raise RuntimeError('{name} was imported')\n")
    script = MATCH.format(root=str(ROOT), traps=str(tmp_path), heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "matched\n", done.stderr
    assert "torch was imported" in done.stderr, "the trap does not work, so the test shows nothing"


def test_every_call_returns_the_same_object_from_any_thread() -> None:
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: load_xgrammar(), range(32)))
    assert all(each is loaded[0] for each in loaded)
    assert loaded[0].version.startswith("0.2.")


def test_stand_ins_do_not_stay_behind() -> None:
    load_xgrammar()
    assert not [name for name in HEAVY if name in sys.modules]


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(xgrammar_loader, "_load", xgrammar_loader._load.__wrapped__)
    return monkeypatch


def test_other_versions_are_refused(unloaded: pytest.MonkeyPatch) -> None:
    unloaded.setattr(importlib.metadata, "version", lambda _: "0.3.0")
    with pytest.raises(GrammarError, match=r"xgrammar 0\.3\.0 is installed.*0\.2\.\*"):
        load_xgrammar()


def test_a_missing_package_is_named(unloaded: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    unloaded.setattr(importlib.metadata, "version", missing)
    with pytest.raises(GrammarError, match="not installed"):
        load_xgrammar()
