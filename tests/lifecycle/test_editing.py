from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import SpecSyntaxError
from engine.ir.models import Provenance
from engine.lifecycle import editing, moving
from engine.lifecycle.creating import create
from engine.lifecycle.errors import BadAddress
from engine.lifecycle.material import Material, read
from engine.sessions.errors import NoSuchRecord, NotAllowed

SOLID = '''def clamp(value: int, low: int = 0) -> int:
    """Clamp."""
    ensures(result >= low, "never below")
    ensures(result <= value or result == low)
    raises(ValueError, low > 100)
    effect("none")
    example(clamp(5, 1) == 5)
    hole("nan", kind="signature", type=bool, ask="Reject NaN?", options=["yes", "no"])
'''


def by_model(text=SOLID):
    provenance = Provenance(source="agent", confidence=0.7)
    return Material("json", ir=editing.stamped(read(text, "spec").ir, provenance))


def head(store, session):
    return store.drafts.head(session).ir


def test_untouched_clauses_keep_their_provenance(store):
    session = create(store, by_model()).id
    edited = editing.edit_text(store, session, SOLID.replace("never below", "not below"), author="ada")
    assert [change.address_new for change in edited.changes] == ["ensures[0]"]
    sources = {address: clause.provenance.source for address, clause in head(store, session).clauses()}
    assert {address for address, source in sources.items() if source == "human"} == {"ensures[0]"}
    assert head(store, session).ensures[0].provenance.author == "ada"


def test_the_same_text_stores_nothing(store):
    session = create(store, by_model()).id
    edited = editing.edit_text(store, session, SOLID)
    assert (edited.changes, edited.draft.seq, edited.became_sibling) == ((), 1, False)
    assert len(store.drafts.list(session)) == 1


def test_a_text_can_be_the_first_draft(store):
    session = store.sessions.create("clamp").id
    edited = editing.edit_text(store, session, SOLID, author="ada")
    assert edited.draft.parent_id is None
    assert all(clause.provenance.source == "human" for _, clause in edited.draft.ir.clauses())


def test_a_broken_text_saves_nothing_and_names_the_place(store):
    session = create(store, by_model()).id
    with pytest.raises(SpecSyntaxError) as error:
        editing.edit_text(store, session, "def f(:\n")
    assert error.value.line == 1
    assert len(store.drafts.list(session)) == 1


def test_an_edit_with_errors_is_saved_and_they_are_told(store):
    session = create(store, by_model()).id
    edited = editing.edit_clause(store, session, "ensures[0]", "reslut >= low")
    assert edited.draft.seq == 2
    assert [(problem.address, problem.severity) for problem in edited.problems] == [("ensures[0]", "error")]


def test_an_edit_from_an_old_draft_becomes_a_sibling(store):
    session = create(store, by_model()).id
    base = store.heads.current(session)
    first = editing.edit_clause(store, session, "intent.summary", "Mine.", base=base)
    second = editing.edit_clause(store, session, "intent.summary", "Theirs.", base=base)
    assert (first.became_sibling, second.became_sibling) == (False, True)
    assert head(store, session).intent.summary == "Mine."
    moving.select(store, session, second.draft.seq)
    assert head(store, session).intent.summary == "Theirs."
    moving.undo(store, session)
    assert head(store, session).intent.summary == "Mine."


@pytest.mark.parametrize(
    ("address", "value", "expected"),
    [
        ("intent", "Limit.", "intent.summary == 'Limit.'"),
        ("intent.rationale", "Because.", "intent.rationale == 'Because.'"),
        ("signature.name", "limit", "signature.name == 'limit'"),
        ("signature.returns", "float", "signature.returns == 'float'"),
        ("signature.parameters[0].type_hint", "float", "signature.parameters[0].type_hint == 'float'"),
        ("signature.parameters[1].default", "", "signature.parameters[1].default is None"),
        ("signature.parameters[0]", "x: str", "signature.parameters[0].name == 'x'"),
        ("signature", "limit(value: float, extra: str) -> float", "signature.parameters[1].name == 'extra'"),
        ("signature", "def limit(low: int = 0):", "[p.name for p in ir.signature.parameters] == ['low']"),
        ("ensures[0].rationale", "why", "ensures[0].rationale == 'why'"),
        ("ensures[0]", "result > low", "ensures[0].rationale == 'never below'"),
        ("ensures[0]", "ensures(result > low)", "ensures[0].rationale == ''"),
        ("ensures[1]", 'result > low, "so"', "ensures[1].rationale == 'so'"),
        ("raises[0]", "KeyError, low > 5", "raises[0].condition == 'low > 5'"),
        ("raises[0].exception", "KeyError", "raises[0].condition == 'low > 100'"),
        ("effects[0]", "prints a line", "effects[0].description == 'prints a line'"),
        ("examples[0]", "clamp(1) == 1", "examples[0].result == '1'"),
        ("examples[0].result", "6", "examples[0].call == 'clamp(5, 1)'"),
        ("holes[0].options", "a | b", "holes[0].options == ['a', 'b']"),
        ("holes[0].options", '["a", "b|c"]', "holes[0].options == ['a', 'b|c']"),
        ("holes[0].kind", "effect", "holes[0].kind == 'effect'"),
        ("holes[0]", '"inf", kind="intent", ask="Infinity?"', "holes[0].identifier == 'inf'"),
    ],
)
def test_one_clause_or_field(store, address, value, expected):
    session = create(store, by_model()).id
    edited = editing.edit_clause(store, session, address, value)
    ir = head(store, session)
    assert eval(expected if "ir." in expected else f"ir.{expected}", {"ir": ir})
    assert edited.draft.author == ""
    assert any(clause.provenance.source == "human" for _, clause in ir.clauses()) or "low: int" in value


@pytest.mark.parametrize(
    ("address", "value", "error"),
    [
        ("ensures[9]", "True", BadAddress),
        ("ensure[0]", "True", BadAddress),
        ("ensures", "True", BadAddress),
        ("ensures[0].colour", "red", BadAddress),
        ("holes[0].kind", "nonsense", BadAddress),
        ("intent", ["a", "b"], BadAddress),
        ("ensures[0]", "result >", SpecSyntaxError),
        ("ensures[0]", "a)\n    ensures(b", SpecSyntaxError),
        ("effects[0]", "effect(3)", SpecSyntaxError),
        ("signature", "nothing like it", SpecSyntaxError),
        ("signature.parameters[0]", "a: int, b: int", SpecSyntaxError),
    ],
)
def test_what_is_no_clause_changes_nothing(store, address, value, error):
    session = create(store, by_model()).id
    with pytest.raises(error):
        editing.edit_clause(store, session, address, value)
    assert len(store.drafts.list(session)) == 1


def test_the_place_of_a_mistake_counts_in_what_was_typed(store):
    session = create(store, by_model()).id
    with pytest.raises(SpecSyntaxError) as error:
        editing.edit_clause(store, session, "ensures[0]", "result >= $")
    assert (error.value.line, error.value.column) == (1, 11)


def test_clauses_come_go_and_move(store):
    session = create(store, by_model()).id
    editing.add_clause(store, session, "ensures", "result != 7", place=0)
    editing.add_clause(store, session, "parameters", "high: int = 9")
    editing.add_clause(store, session, "effect", "prints")
    assert head(store, session).ensures[0].predicate == "result != 7"
    assert head(store, session).signature.parameters[2].default == "9"
    assert [e.description for e in head(store, session).effects] == ["none", "prints"]
    editing.move_clause(store, session, "ensures[0]", 2)
    assert head(store, session).ensures[2].predicate == "result != 7"
    editing.remove_clause(store, session, "ensures[2]")
    assert len(head(store, session).ensures) == 2
    with pytest.raises(BadAddress):
        editing.move_clause(store, session, "ensures[0]", 2)
    with pytest.raises(BadAddress):
        editing.remove_clause(store, session, "ensures[0].predicate")
    with pytest.raises(BadAddress):
        editing.add_clause(store, session, "colours", "red")


def test_a_finalized_or_deleted_session_is_not_edited(store):
    session = create(store, by_model(SOLID.replace("    hole", "    # hole"))).id
    store.sessions.set_state(session, "finalized")
    for operation in (
        lambda: editing.edit_clause(store, session, "intent", "x"),
        lambda: moving.undo(store, session),
        lambda: moving.select(store, session, 1),
    ):
        with pytest.raises(NotAllowed, match="finalized"):
            operation()
    store.sessions.delete(session)
    with pytest.raises(NotAllowed, match="deleted"):
        editing.edit_clause(store, session, "intent", "x")


def test_nothing_to_edit(store):
    session = store.sessions.create("clamp").id
    with pytest.raises(NoSuchRecord, match="no specification"):
        editing.edit_clause(store, session, "intent", "x")


WRITER = """
import sys
from pathlib import Path
from engine.lifecycle.editing import edit_clause
from engine.sessions.store import SessionStore
with SessionStore(Path(sys.argv[1])) as store:
    base = store.heads.current(sys.argv[2])
    print("ready", flush=True)
    sys.stdin.readline()
    edited = edit_clause(store, sys.argv[2], "intent.summary", sys.argv[3], base=base)
    print(int(edited.became_sibling), edited.draft.seq, flush=True)
"""


def test_two_processes_on_the_same_draft_are_both_kept(store, path):
    session = create(store, by_model()).id
    command = [sys.executable, "-c", WRITER, path, session]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": Path(__file__).parents[2]}
    writers = [subprocess.Popen([*command, name], **pipes) for name in ("Ada.", "Bob.")]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    outcomes = [writer.communicate("go\n")[0].split() for writer in writers]
    assert sorted(told for told, _ in outcomes) == ["0", "1"]
    summaries = {store.drafts.by_seq(session, int(number)).ir.intent.summary for _, number in outcomes}
    assert summaries == {"Ada.", "Bob."}
    (winner,) = [int(number) for told, number in outcomes if told == "0"]
    assert store.drafts.head(session).seq == winner
