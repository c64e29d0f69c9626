from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sessions.errors import NoSuchRecord, NothingToUndo
from engine.sessions.heads import replay
from engine.sessions.store import SessionStore


def test_undo_and_redo_walk_over_the_drafts(store, spec):
    session = store.sessions.create("clamp")
    ids = []
    for number in range(3):
        ids.append(store.drafts.add(session.id, spec(str(number)), parent=ids[-1] if ids else None).id)
    assert [store.heads.undo(session.id), store.heads.undo(session.id)] == [ids[1], ids[0]]
    with pytest.raises(NothingToUndo):
        store.heads.undo(session.id)
    assert store.heads.redo(session.id) == ids[1]
    assert store.sessions.get(session.id).title == "1"
    edited = store.drafts.add(session.id, spec("other"), parent=ids[1])
    assert not edited.became_sibling
    with pytest.raises(NothingToUndo):
        store.heads.redo(session.id)
    assert len(store.drafts.list(session.id)) == 4


def test_undo_survives_a_restart_and_is_shared(path, store, spec):
    session = store.sessions.create("clamp")
    first = store.drafts.add(session.id, spec("a"), parent=None)
    second = store.drafts.add(session.id, spec("b"), parent=first.id)
    store.heads.undo(session.id)
    with SessionStore(path) as other:
        assert other.heads.current(session.id) == first.id
        assert other.heads.redo(session.id) == second.id
    assert store.heads.current(session.id) == second.id


def test_undo_of_a_selection_goes_back_to_where_one_was(store, spec):
    session = store.sessions.create("clamp")
    first = store.drafts.add(session.id, spec("a"), parent=None)
    mine = store.drafts.add(session.id, spec("b"), parent=first.id)
    sibling = store.drafts.add(session.id, spec("c"), parent=first.id)
    store.heads.select(session.id, sibling.id)
    store.heads.select(session.id, sibling.id)  # no move, so nothing to undo
    assert store.heads.undo(session.id) == mine.id


def test_a_head_must_be_a_draft_of_the_session(store, spec):
    one, other = store.sessions.create("one"), store.sessions.create("other")
    draft = store.drafts.add(one.id, spec(), parent=None)
    with pytest.raises(NoSuchRecord):
        store.heads.select(other.id, draft.id)


@given(st.lists(st.sampled_from(["draft", "undo", "redo"])))
def test_replay_agrees_with_a_list_and_a_finger(wishes):
    """The model: a list of positions and a finger; an edit cuts the list off behind the finger."""
    line, finger, moves, fresh = [], -1, [], iter(range(1000))
    for wish in wishes:
        if wish == "draft":
            line[finger + 1 :] = [next(fresh)]
            finger += 1
        elif wish == "undo" and finger > 0:
            finger -= 1
        elif wish == "redo" and finger + 1 < len(line):
            finger += 1
        else:
            continue
        moves.append((wish, line[finger]))
    position = replay(moves)
    assert position.head == (line[finger] if line else None)
    assert list(position.undo) == line[: max(finger, 0)]
    assert list(position.redo) == line[finger + 1 :][::-1]
