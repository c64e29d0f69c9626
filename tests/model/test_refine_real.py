"""Refining and assisting with the real embedded model, through the command line that users type."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.endpoints.profiles import DEFAULT_LOCAL_MODEL
from engine.ir.models import IR
from engine.ir.validate import validate
from tests.support.real_weights import require_weights

pytestmark = [pytest.mark.model, pytest.mark.timeout(1500)]

SPEC = '''def reverse_words(text: str) -> list[str]:
    """Return the words of a text in reverse order.

    A text without words gives an empty list.
    Words are separated by white space.
    """
    example(reverse_words("the quick brown fox") == ["fox", "brown", "quick", "the"])
    example(reverse_words("") == [])
    hole("case", ask="Is upper case kept, or are the words lower-cased?")
    hole("most", type=int, ask="How many words are returned at most?")
'''
Lift = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def lift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lift]:
    """Calls ``lift session … --json``; the endpoint that this starts is stopped afterwards."""
    asyncio.run(require_weights(DEFAULT_LOCAL_MODEL))
    folder = tmp_path_factory.mktemp("home")
    kinds = {f"LIFT_{kind}_HOME": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")}
    environment = {**os.environ, **kinds, "LIFT_DB": str(folder / "sessions.db")}
    command = [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())"]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments], capture_output=True, text=True, env=environment, timeout=1200, check=False
        )

    def call(*arguments: str) -> dict[str, Any]:
        done = run("session", *arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    yield call
    run("endpoint", "stop")


@pytest.fixture(scope="module")
def session(lift: Lift, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("spec") / "reverse_words.py"
    path.write_text(SPEC, encoding="utf-8")
    return lift("new", str(path))["session"]["id"]


def test_options_are_proposed_for_an_open_question(lift: Lift, session: str) -> None:
    options = lift("assist", session, "case")["options"]["options"]
    assert 2 <= len(options) <= 4
    assert len(set(options)) == len(options)
    resolved = lift("resolve", session, "case", "--pick", "1")
    assert options[0].rstrip(".").lower() in resolved["draft"]["ir_text"].lower()


def test_options_are_of_the_type_of_the_hole(lift: Lift, session: str) -> None:
    options = lift("assist", session, "most")["options"]["options"]
    assert all(str(int(option)) == option for option in options)
    lift("resolve", session, "most", "--reject")


def test_a_wish_changes_what_it_must_and_nothing_else(lift: Lift, session: str) -> None:
    document = lift("refine", session, "also accept None, return an empty list", "--accept", "all", "--override-human")
    before, decision = document["ir"], document["decision"]
    after = decision["draft"]["ir"]
    assert "None" in after["signature"]["parameters"][0]["type_hint"]
    assert after["signature"]["name"] == before["signature"]["name"] == "reverse_words"
    assert after["signature"]["returns"] == before["signature"]["returns"]
    calls = [(example["call"], example["result"]) for example in after["examples"]]
    assert all((example["call"], example["result"]) in calls for example in before["examples"])
    assert decision["left_out"] == []
    refined = IR.model_validate(after)
    assert [problem for problem in validate(refined) if problem.severity == "error"] == []
    changed = {change["change"]["address_new"] for change in document["proposal"]["changes"]}
    provenance = {address: clause.provenance.source for address, clause in refined.clauses() if clause.provenance}
    assert {provenance[address] for address in changed if address} == {"refinement"}
    spans = {(span["stage"], span["name"]) for span in document["spans"]}
    assert {("refine", "prefill"), ("refine", "decode"), ("refine", "verify")} <= spans
