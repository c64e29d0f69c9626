"""English to checked code, on the real embedded model, through the command line that users type."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.endpoints.profiles import DEFAULT_LOCAL_MODEL
from engine.ir.models import IR
from engine.ir.text import parse
from engine.ir.validate import validate
from engine.sessions.store import SessionStore
from tests.support.real_weights import require_weights

pytestmark = [pytest.mark.model, pytest.mark.timeout(1500)]

PROMPT = "Count the words of a text. An empty text has 0 words."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory):
    """The user's folders, with the weights in place; the endpoint that the tests start is stopped afterwards."""
    asyncio.run(require_weights(DEFAULT_LOCAL_MODEL))
    folder = tmp_path_factory.mktemp("home")
    kinds = {f"LIFT_{kind}_HOME": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")}
    yield {**os.environ, **kinds}
    lift({**os.environ, **kinds}, "endpoint", "stop")


def lift(environment: dict[str, str], *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, timeout=1200)


@pytest.fixture(scope="module")
def outcome(home: dict[str, str]) -> dict:
    """One run of the whole pipeline; the tests below look at different sides of it."""
    done = lift(home, "run", "--json", PROMPT)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return json.loads(done.stdout)


def test_the_draft_is_a_valid_specification(outcome: dict) -> None:
    ir = IR.model_validate(outcome["ir"])
    assert [p for p in validate(ir) if p.severity == "error"] == []
    assert parse(outcome["ir_text"]) == ir.content()
    assert ir.signature.parameters
    assert ir.examples


def test_the_code_compiles_and_has_the_specified_header(outcome: dict) -> None:
    compile(outcome["code"], "<generated>", "exec", dont_inherit=True)
    assert f"def {outcome['ir']['signature']['name']}(" in outcome["code"]
    by_kind = {check["kind"]: check["status"] for check in outcome["checks"]}
    assert by_kind["parse"] == by_kind["signature"] == "passed"


def test_the_code_counts_words(outcome: dict) -> None:
    examples = [check for check in outcome["checks"] if check["kind"] == "example"]
    assert examples
    assert "passed" in {check["status"] for check in examples}


def test_a_warm_endpoint_has_read_the_instructions_already(outcome: dict, home: dict[str, str]) -> None:
    assert outcome["usage"]["completion_tokens"] > 20
    again = json.loads(lift(home, "run", "--json", "Return the larger of two integers.").stdout)
    assert again["usage"]["cached_tokens"] > again["usage"]["prompt_tokens"] * 0.5


def test_every_phase_is_timed(outcome: dict) -> None:
    seen = {(span["stage"], span["name"]) for span in outcome["spans"]}
    for stage in ("draft", "implement"):
        assert {(stage, name) for name in ("connect", "queue", "prefill", "decode", "verify", "assemble")} <= seen
    assert ("check", "check.examples") in seen
    assert ("save", "save") in seen


def test_the_session_is_saved(outcome: dict, home: dict[str, str]) -> None:
    with SessionStore(Path(home["LIFT_DATA_HOME"]) / "sessions.db") as store:
        draft = store.drafts.head(outcome["session_id"])
        assert draft is not None
        assert draft.ir_text == outcome["ir_text"]
        code = store.codes.latest(draft.id)
        assert code is not None
        assert code.code == outcome["code"]


def test_a_specification_goes_straight_to_code(home: dict[str, str], tmp_path: Path) -> None:
    spec = tmp_path / "clamp.py"
    spec.write_text(
        "def clamp(value: int, low: int, high: int) -> int:\n"
        '    """Clamp a value between a minimum and a maximum, both inclusive."""\n'
        "    requires(low <= high)\n"
        "    ensures(low <= result <= high)\n"
        "    example(clamp(15, 0, 10) == 10)\n"
        "    example(clamp(5, 0, 10) == 5)\n"
    )
    done = lift(home, "run", "--json", str(spec))
    document = json.loads(done.stdout)
    assert done.returncode == 0, document["checks"]
    assert "def clamp(value: int, low: int, high: int) -> int:" in document["code"]
    assert {span["stage"] for span in document["spans"]} == {"implement", "check", "compare", "save"}
