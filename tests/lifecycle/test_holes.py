from __future__ import annotations

import pytest

from engine.errors import UsageError
from engine.lifecycle import editing, moving
from engine.lifecycle.errors import UnknownHole
from engine.lifecycle.holes import resolve

HEAD = '''def clamp(value: int, low: int, high: int) -> int:
    """Clamp."""
    effect("none")
'''


def settled(store, begin, hole, **answer):
    """The specification after one hole was resolved, and the session."""
    session = begin(f"{HEAD}    hole({hole})\n")
    identifier = hole.split('"')[1]
    resolve(store, session, identifier, author="ada", **answer)
    ir = store.drafts.head(session).ir
    assert ir.holes == []
    return ir


def test_a_pick_becomes_a_rule(store, begin):
    ir = settled(store, begin, '"nan", kind="intent", ask="Reject NaN?", options=["yes", "no"]', pick=2)
    assert ir.intent.rationale == "Reject NaN? No."
    assert (ir.intent.provenance.source, ir.intent.provenance.author) == ("human", "ada")


def test_rules_add_up(store, begin):
    session = begin(f'{HEAD}    hole("a", ask="One?")\n    hole("b", ask="Which order")\n')
    resolve(store, session, "a", answer="no")
    resolve(store, session, "b", answer="the first one wins")
    assert store.drafts.head(session).ir.intent.rationale == "One? No.\nWhich order: The first one wins."


@pytest.mark.parametrize(
    ("hole", "answer", "place", "expected"),
    [
        ('"value", kind="signature", options=["int", "float"]', "float", "signature.parameters[0].type_hint", "float"),
        ('"type_of_high", kind="signature"', "int | None", "signature.parameters[2].type_hint", "int | None"),
        ('"returns", kind="signature", options=["int", "float"]', "float", "signature.returns", "float"),
        (
            '"returns", kind="signature", ask="What if empty?", options=["None", "0"]',
            "None",
            "signature.returns",
            "int",
        ),
        ('"high", kind="signature", ask="May it be missing?"', "yes", "signature.parameters[2].type_hint", "int"),
        ('"nan", kind="signature", ask="Type?"', "float", "signature.parameters[0].type_hint", "int"),
        ('"log", kind="effect"', "writes a log file", "effects[0].description", "writes a log file"),
        ('"log", kind="effect", ask="Does it log?"', "no", "effects[0].description", "none"),
        ('"bound", kind="assertion"', "result <= high", "ensures[0].predicate", "result <= high"),
        ('"order", kind="assertion"', "low <= high", "requires[0].predicate", "low <= high"),
        ('"doubt", kind="assertion"', "clamp(5, 0, 3) == 3", "examples[0].result", "3"),
        ('"doubt", kind="assertion"', "clamp(5, 3, 0) == ValueError", "examples[0].call", "clamp(5, 3, 0)"),
        (
            '"again", kind="assertion"',
            "clamp(low, low, high) == low",
            "ensures[0].predicate",
            "clamp(low, low, high) == low",
        ),
        ('"order", kind="assertion"', "low is small", "intent.rationale", "order: low is small."),
        ('"order", kind="assertion"', "lwo <= high", "intent.rationale", "order: lwo <= high."),
        ('"order", kind="assertion", ask="Which?"', "first", "intent.rationale", "Which? first."),
        ('"how", kind="implementation", ask="How?"', "with a heap", "intent.rationale", "How? With a heap."),
    ],
)
def test_where_an_answer_goes(store, begin, hole, answer, place, expected):
    ir = settled(store, begin, hole, answer=answer)
    assert eval(f"ir.{place}", {"ir": ir}) == expected


def test_a_rejected_question_leaves_nothing_but_its_record(store, begin):
    session = begin()
    before = store.drafts.head(session).ir
    edited = resolve(store, session, "nan", reject=True, author="bob")
    after = edited.draft.ir
    assert after.intent == before.intent
    assert [hole.identifier for hole in after.holes] == ["value"]
    (answer,) = store.drafts.answers(edited.draft.id)
    assert (answer.hole, answer.action, answer.author) == ("nan", "reject", "bob")


def test_a_pick_is_recorded_and_can_be_undone(store, begin):
    session = begin()
    edited = resolve(store, session, "value", pick=2)
    (answer,) = store.drafts.answers(edited.draft.id)
    assert (answer.action, answer.answer) == ("option", "float")
    assert edited.draft.reason == "hole value: answered “float”"
    assert [hole.identifier for hole in moving.undo(store, session).ir.holes] == ["nan", "value"]
    assert [hole.identifier for hole in moving.redo(store, session).ir.holes] == ["nan"]


def test_an_answer_to_an_old_draft_becomes_a_sibling(store, begin):
    session = begin()
    base = store.heads.current(session)
    editing.edit_clause(store, session, "intent.summary", "Something else.")
    assert resolve(store, session, "nan", pick=1, base=base).became_sibling


def test_errors_name_what_there_is(store, begin):
    session = begin()
    with pytest.raises(UnknownHole, match=r"(?s)no open hole “nam”.*nan: Should NaN.*1 yes; 2 no.*value:"):
        resolve(store, session, "nam", pick=1)
    with pytest.raises(UnknownHole, match=r"(?s)no option 3.*1 yes; 2 no"):
        resolve(store, session, "nan", pick=3)
    for wrong in ({}, {"pick": 1, "reject": True}, {"answer": "  "}):
        with pytest.raises(UsageError):
            resolve(store, session, "nan", **wrong)
    assert len(store.drafts.list(session)) == 1
    resolve(store, session, "nan", pick=1)
    resolve(store, session, "value", pick=1)
    with pytest.raises(UnknownHole, match="every question is answered"):
        resolve(store, session, "nan", pick=1)
