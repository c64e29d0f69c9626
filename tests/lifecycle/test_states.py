from __future__ import annotations

import pytest

from engine.lifecycle import editing, moving, states
from engine.lifecycle.compare import compare, steps
from engine.lifecycle.errors import StillOpen
from engine.lifecycle.finding import find_draft, find_session
from engine.lifecycle.holes import resolve
from engine.sessions.errors import NoSuchRecord, NotAllowed


def test_finalize_is_refused_and_names_everything_that_is_open(store, begin):
    session = begin()
    editing.edit_clause(store, session, "ensures[0]", "reslut > 0")
    with pytest.raises(StillOpen) as refused:
        states.finalize(store, session)
    told = str(refused.value)
    for part in ("hole nan", "hole value", "ensures[0]: `reslut`", "3 things"):
        assert part in told
    assert refused.value.exit_code == 2
    assert [hole.identifier for hole in refused.value.holes] == ["nan", "value"]
    assert store.sessions.get(session).state == "draft"


def test_a_sound_specification_is_finalized_and_reopened(store, begin):
    session = begin()
    resolve(store, session, "nan", pick=1)
    resolve(store, session, "value", pick=1)
    assert states.finalize(store, session, author="ada", reason="agreed").state == "finalized"
    with pytest.raises(NotAllowed):
        states.finalize(store, session)
    assert states.reopen(store, session).state == "draft"
    with pytest.raises(NotAllowed):
        states.reopen(store, session)
    assert states.abandon(store, session).state == "abandoned"
    with pytest.raises(NotAllowed):
        states.abandon(store, session)
    assert [event.value for event in store.sessions.events(session) if event.kind == "state"] == [
        "finalized",
        "draft",
        "abandoned",
    ]


def test_an_empty_session_cannot_be_finalized(store):
    with pytest.raises(NoSuchRecord, match="no specification"):
        states.finalize(store, store.sessions.create("x").id)


def test_sessions_are_found_by_what_people_type(store, begin):
    with pytest.raises(NoSuchRecord, match="no session yet"):
        find_session(store, "@")
    first, second = begin(), begin()
    assert find_session(store, first).id == first
    assert find_session(store, "@").id == find_session(store, "last").id == second
    editing.edit_clause(store, first, "intent.summary", "Newer.")
    assert find_session(store, "@").id == first
    with pytest.raises(NoSuchRecord, match="no deleted session"):
        find_session(store, "@", deleted=True)
    store.sessions.delete(second)
    assert find_session(store, "@", deleted=True).id == second


def test_drafts_are_compared_by_number(store, begin):
    session = begin()
    with pytest.raises(NoSuchRecord, match="made from nothing"):
        compare(store, session)
    editing.edit_clause(store, session, "intent.summary", "Two.")
    editing.edit_clause(store, session, "signature.returns", "float")
    assert [change.address_new for change in compare(store, session).changes] == ["signature"]
    both = compare(store, session, 1, 3)
    assert [change.address_new for change in both.changes] == ["intent", "signature"]
    assert [change.address_new for change in compare(store, session, 3, 2).changes] == ["signature"]
    assert compare(store, session, 2, 2).changes == ()
    with pytest.raises(NoSuchRecord):
        compare(store, session, 1, 9)
    assert find_draft(store, session, 2).ir.intent.summary == "Two."


def test_the_history_says_who_changed_what_and_why(store, begin):
    session = begin()
    editing.edit_clause(store, session, "intent.summary", "Two.", author="bob", reason="shorter")
    moving.undo(store, session, author="ada")
    told = [
        (step.entry.kind, step.entry.author, step.entry.reason, len(step.changes)) for step in steps(store, session)
    ]
    assert told[1:] == [
        ("spec", "ada", "read from the text form", 0),
        ("spec", "bob", "shorter", 1),
        ("undo", "ada", "", 0),
    ]


def test_a_fork_goes_its_own_way(store, begin):
    session = begin()
    editing.edit_clause(store, session, "intent.summary", "Two.")
    forked = moving.fork(store, session, 1, author="bob").id
    editing.edit_clause(store, forked, "intent.summary", "Forked.")
    assert store.drafts.head(session).ir.intent.summary == "Two."
    assert store.sessions.get(forked).forked_from == store.drafts.by_seq(session, 1).id
