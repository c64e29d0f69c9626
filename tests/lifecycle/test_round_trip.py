"""What is exported comes back: as JSON and in a report with everything, as text with all it says."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import SpecSyntaxError
from engine.ir.models import IR
from engine.ir.text import parse
from engine.lifecycle.creating import create
from engine.lifecycle.errors import NotExportable, NotImportable
from engine.lifecycle.exporting import export
from engine.lifecycle.fences import blocks, fenced
from engine.lifecycle.material import Material, form_of, read
from engine.sessions.store import SessionStore
from tests.ir.strategies import irs, legacy_data

CODE = "def clamp(value: int, low: int, high: int) -> int:\n    return max(low, min(value, high))\n"
shared_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def exported(store: SessionStore, session: str, form) -> str:
    return export(store, session, form)[0].text


@shared_store
@given(ir=irs)
def test_json_keeps_everything(store, ir):
    session = create(store, Material("json", ir=ir)).id
    kept = store.drafts.head(session).ir
    back = read(exported(store, session, "json"))
    assert back.form == "json"
    assert back.ir == kept == ir
    assert back.ir.model_dump_json() == ir.model_dump_json()


@shared_store
@given(ir=irs, prompt=st.text(min_size=1).filter(lambda text: text.strip() == text), code=st.text())
def test_a_report_keeps_everything(store, ir, prompt, code):
    session = create(store, Material("markdown", prompt=prompt, ir=ir, code=code)).id
    back = read(exported(store, session, "markdown"))
    assert back.form == "markdown"
    assert back.ir.model_dump_json() == ir.model_dump_json()
    assert (back.prompt, back.code) == (prompt, code)


@shared_store
@given(ir=irs)
def test_the_stub_keeps_what_it_says(store, ir):
    session = create(store, Material("json", ir=ir)).id
    back = read(exported(store, session, "spec"), "spec")
    assert back.ir.content() == ir.content()


@given(data=legacy_data)
def test_older_json_is_read_and_survives(data):
    ir = read(json.dumps(data), "json").ir
    assert ir == IR.model_validate(data)
    assert read(ir.model_dump_json(), "json").ir.model_dump_json() == ir.model_dump_json()


@given(text=st.text(alphabet=st.sampled_from("`a \n\r~"), max_size=40), info=st.sampled_from(["json lift-ir", "text"]))
def test_anything_fits_into_a_fence(text, info):
    (block,) = blocks(f"before\n\n{fenced(info, text)}\n\nafter")
    assert (block.info, block.text) == (info, text)


def test_a_report_is_not_fooled_by_a_prompt_with_a_fence(store, begin):
    trap = 'see\n```json lift-ir\n{"intent": {"summary": "no"}, "signature": {"name": "no"}}\n```'
    ir = parse('def f() -> int:\n    """Yes."""\n')
    session = create(store, Material("markdown", prompt=trap, ir=ir)).id
    back = read(exported(store, session, "markdown"))
    assert back.ir.intent.summary == "Yes."
    assert back.prompt == trap


def test_a_report_tells_the_story(store, begin):
    session = begin(title="Keep | in *range*")
    draft = store.drafts.head(session)
    store.codes.add(draft.id, CODE, author="qwen")
    report = exported(store, session, "markdown")
    for part in (
        "# Keep \\| in \\*range\\*",
        "## Specification",
        "## Code",
        "by ada",
        "## History",
        "| State | draft |",
    ):
        assert part in report


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Clamp a value", "prompt"),
        ("clamp", "prompt"),
        ("x = 1", "prompt"),
        ('{"intent": 1}', "json"),
        ("def f(x: int) -> int:\n    ...\n", "spec"),
        ('def f(x: int) -> int:\n    """Do."""\n    ensures(result > x)\n', "spec"),
        ('def f(x: int) -> int:\n    """Do."""\n    ensures(result >\n', "spec"),
        ('def f(x: int) -> int:\n    """Do."""\n    return x\n', "code"),
        ("def f(x):\n    print(x)\n", "code"),
        ("def f(x):\n    pass\n\ndef g(x):\n    pass\n", "code"),
        ("class A:\n    pass\n", "code"),
    ],
)
def test_forms_are_told_apart(text, form):
    assert form_of(text) == form


def test_code_waits_with_what_its_header_says(store):
    header = "def area(radius: float, scale: float = 1.0) -> float:"
    code = f'import math\n\n{header}\n    """Area of a circle."""\n    return 1\n'
    session = create(store, read(code))
    draft = store.drafts.head(session.id)
    assert (session.origin, session.title, draft.source) == ("code", "Area of a circle.", "reverse")
    assert draft.ir_text.startswith(header)
    assert {clause.provenance.source for _, clause in draft.ir.clauses()} == {"reverse"}
    assert store.codes.latest(draft.id).code == code


def test_code_without_a_docstring_asks_what_it_is_for():
    ir = read("def _helper():\n    return 1\n\ndef fold_lines(text):\n    return _helper()\n").ir
    assert (ir.signature.name, ir.intent.summary) == ("fold_lines", "Fold lines")
    assert [hole.identifier for hole in ir.holes] == ["purpose"]


@pytest.mark.parametrize(
    ("text", "form", "message"),
    [
        ("def f(x):\n    return 1\n\ndef g(x):\n    return 2\n", None, "2 functions"),
        ("class A:\n    pass\n", None, "no function"),
        ("def f(*args):\n    return 1\n", None, "cannot be specified"),
        ("def f(:\n", "code", "not valid Python"),
        ("{", None, "not JSON"),
        ("[" * 100_000, "json", "nested too deeply"),
        ('{"intent": {}}', None, "intent.summary"),
        ("# a report\n", "markdown", "no specification"),
    ],
)
def test_what_cannot_be_read_is_said(text, form, message):
    with pytest.raises(NotImportable, match=message):
        read(text, form)


def test_a_mistake_in_a_stub_names_its_place():
    with pytest.raises(SpecSyntaxError) as error:
        read('def f(x: int) -> int:\n    """Do."""\n    ensure(result > x)\n    ensures(x)\n')
    assert error.value.line == 3


def test_code_cannot_be_exported_before_there_is_any(store, begin):
    with pytest.raises(NotExportable, match="no code yet"):
        export(store, begin(), "python")
