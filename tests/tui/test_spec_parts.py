"""The specification pane's parts without a screen: forms of clauses, diagnostics with fixes, rows, the journal."""

from __future__ import annotations

import stat
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import paths
from engine.errors import SpecSyntaxError, StoreError
from engine.ir.models import IR, Effect, Parameter, Provenance
from engine.ir.text import parse
from engine.ir.validate import validate
from tui.clause_forms import add_form, form, set_form, split_parameter
from tui.clause_rows import clause_rows
from tui.diagnostics import clause_diagnostics, text_diagnostics
from tui.unsaved import Journal, Unsaved, read_unsaved

SPEC = '''\
def clamp(value: int, low: int, high: int = 3) -> int:
    """Clamp a value.

    Because some are too large.
    """
    param(low, "the lower, \\"soft\\" bound")
    requires(low <= high, "order")
    ensures(low <= result <= high)
    raises(ValueError, low > high)
    effect("writes a log")
    example(clamp(15, 0, 10) == 10)
    hole("nan", kind="signature", type=bool, ask="Reject NaN?", options=["yes", "no"])
'''
NOBODY = Provenance()


@pytest.fixture
def ir() -> IR:
    return parse(SPEC)


@pytest.mark.parametrize("address", [address for address, _ in parse(SPEC).clauses()])
def test_a_form_read_back_is_the_same_clause(ir: IR, address: str):
    assert set_form(ir, address, form(ir, address), NOBODY).content() == ir.content()


@given(st.text(max_size=30).filter(str.strip))
def test_an_effect_is_whatever_its_words_are(words: str):
    ir = parse(SPEC)
    ir.effects = [Effect(description=words.strip())]
    assert set_form(ir, "effects[0]", form(ir, "effects[0]"), NOBODY).effects[0].description == words.strip()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("low: int", ("low: int", "")),
        ('low: int = 0, "the, bound"', ("low: int = 0", "the, bound")),
        ('mode: Literal["a", "b"]', ('mode: Literal["a", "b"]', "")),
        ('mode: Literal["a", "b"] = "a", "how"', ('mode: Literal["a", "b"] = "a"', "how")),
    ],
)
def test_a_parameter_may_have_a_description_behind_it(text: str, parts: tuple[str, str]):
    assert split_parameter(text) == parts


def test_a_rationale_taken_out_of_the_form_is_gone(ir: IR):
    assert set_form(ir, "requires[0]", "low <= high", NOBODY).requires[0].rationale == ""


def test_a_new_clause_lands_where_it_was_wanted(ir: IR):
    new = add_form(ir, "signature.parameters[1]", 'step: float = 0.5, "how far"', NOBODY)
    assert new.signature.parameters[1] == Parameter(
        name="step", type_hint="float", default="0.5", description="how far", provenance=NOBODY
    )
    assert [effect.description for effect in add_form(ir, "effects[0]", "says hello", NOBODY).effects] == [
        "says hello",
        "writes a log",
    ]


def test_a_mistake_is_placed_in_the_form(ir: IR):
    with pytest.raises(SpecSyntaxError) as error:
        set_form(ir, "ensures[0]", "low <= result, rational='x'", NOBODY)
    assert (error.value.line, error.value.column) == (1, 16)


@pytest.mark.parametrize(
    ("address", "text", "fixed"),
    [
        ("ensures[0]", "low <= resul", "low <= result"),
        ("ensures[0]", "low = result", "low == result"),
        ("ensures[0]", "low <= result && low", "low <= result and low"),
        ("ensures[0]", 'low <= result, rational="x"', 'low <= result, rationale="x"'),
        ("raises[0]", "ValeError, low > high", "ValueError, low > high"),
        ("raises[0]", "ValueError, low > hig", "ValueError, low > high"),
        ("examples[0]", "clamp(1, 2, hig=3) == 2", "clamp(1, 2, high=3) == 2"),
        ("examples[0]", "clamp(1, 2) = 2", "clamp(1, 2) == 2"),
        ("signature", "def clamp(value: integer, low: int, high: int) -> int",
         "def clamp(value: int, low: int, high: int) -> int"),
        ("signature.parameters[0]", "lst: lst", "lst: list"),
    ],
)  # fmt: skip
def test_a_suggestion_is_carried_out(ir: IR, address: str, text: str, fixed: str):
    first = clause_diagnostics(ir, address, text, adding=False)[0]
    assert first.fix is not None
    assert first.fix.text == fixed
    assert [found for found in clause_diagnostics(ir, address, fixed, adding=False) if found.here] == []


def test_what_an_edit_breaks_elsewhere_is_told(ir: IR):
    found = clause_diagnostics(ir, "signature.parameters[1]", "lo: int", adding=False)
    assert {(problem.address, problem.here) for problem in found} == {
        ("requires[0]", False), ("ensures[0]", False), ("raises[0]", False),
    }  # fmt: skip


def test_an_old_problem_of_another_clause_is_not_told_again(ir: IR):
    ir.ensures[0].predicate = "nonsense"
    assert clause_diagnostics(ir, "requires[0]", "low < high", adding=False) == []
    assert clause_diagnostics(ir, "ensures[0]", "result > 0", adding=True) == []


def test_the_text_has_problems_at_their_places_with_fixes():
    text = SPEC.replace("low <= result", "low <= resul").replace("value: int", "value: integer")
    found = text_diagnostics(text)
    assert [(problem.line, problem.column, problem.severity) for problem in found] == [
        (1, 18, "error"),
        (8, 20, "error"),
    ]
    for problem in found:
        assert problem.fix is not None
        assert len(text_diagnostics(problem.fix.text)) == 1


def test_renaming_a_parameter_renames_it_in_its_clauses():
    text = 'def f(list: list[int]) -> int:\n    """Count the list."""\n    ensures(result == len(list))\n'
    fix = text_diagnostics(text)[0].fix
    assert fix is not None
    assert fix.text == (
        'def f(values: list[int]) -> int:\n    """Count the list."""\n    ensures(result == len(values))\n'
    )


def test_a_text_that_cannot_be_read_has_one_problem():
    found = text_diagnostics(SPEC.replace("ensures(low", "ensures((low"))
    assert [(problem.line, problem.severity) for problem in found] == [(8, "error")]
    assert text_diagnostics(SPEC) == []


def test_rows_tell_source_confidence_and_problems_in_words(ir: IR):
    ir.ensures[0].predicate = "lo <= result"
    ir.ensures[0].provenance = Provenance(
        source="agent", confidence=0.7, author="qwen", timestamp=datetime(2025, 1, 2, tzinfo=UTC)
    )
    rows = {row.address: row for row in clause_rows(ir, validate(ir))}
    assert rows["ensures[0]"].mark == "A  70%"
    assert rows["ensures[0]"].origin.startswith("the model (qwen), 70% sure, 2025-01-0")
    assert rows["ensures[0]"].problems == (("✗", "`lo` is not known here. Did you mean `low`?"),)
    assert rows["requires[0]"].notes == ("order",)
    assert (rows["holes[0]"].text, rows["holes[0]"].notes) == ("? Reject NaN?", ("nan (signature)", "1 yes · 2 no"))


def test_rows_let_nothing_drive_the_terminal(ir: IR):
    ir.intent.summary = "a\x1b[31mb"
    assert "\x1b" not in clause_rows(ir)[0].text


def test_the_journal_keeps_the_newest_in_a_private_file():
    journal, first, second = Journal(), Unsaved("a", 1), Unsaved("b", 1, "ensures[0]", adding=True)
    journal.keep("s", first)
    journal.keep("s", second)
    journal.flush()
    path = paths.state_dir() / "unsaved" / "s.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_unsaved("s", None) == second
    journal.saved("s", first)
    assert read_unsaved("s", None) == second
    journal.saved("s", second)
    assert not path.exists()


def test_the_journal_says_when_it_cannot_write():
    paths.private_dir(paths.state_dir())
    (paths.state_dir() / "unsaved").write_text("in the way")
    journal = Journal()
    journal.keep("s", Unsaved("a", 1))
    with pytest.raises(StoreError, match="cannot be kept"):
        journal.flush()
    (paths.state_dir() / "unsaved").unlink()
    journal.flush()
    assert read_unsaved("s", None) == Unsaved("a", 1)


def test_what_was_saved_after_all_is_not_given_back(ir: IR):
    journal = Journal()
    journal.keep("s", Unsaved(SPEC + "\n# saved in the last moment\n", 1))
    journal.flush()
    assert read_unsaved("s", ir) is None
    assert read_unsaved("s", parse(SPEC.replace("15", "16"))) is not None


def test_an_unreadable_journal_is_as_good_as_none():
    paths.write_private(paths.state_dir() / "unsaved" / "s.json", '{"text": 1, "what": 2}')
    assert read_unsaved("s", None) is None
