from __future__ import annotations

import pytest

from engine.sessions import ids
from engine.sessions.errors import AmbiguousId, NoSuchRecord, NotAllowed
from engine.sessions.listing import Filter


def test_ids_are_short_sort_by_time_and_never_repeat():
    made, last = [], None
    for now in [1_760_000_000_000] * 500 + [1_759_999_999_000] * 5 + [1_900_000_000_000]:
        last = ids.new_id(now, after=last)
        made.append(last)
    assert made == sorted(set(made))
    assert {len(one) for one in made} == {ids.LENGTH}


def test_a_session_is_found_by_the_start_of_its_id(store):
    session = store.sessions.create("clamp")
    assert store.sessions.find(session.id[:5].upper()) == session
    assert store.sessions.find(session.id.replace("1", "l").replace("0", "O")) == session
    store.sessions.create("another")
    with pytest.raises(AmbiguousId) as ambiguous:
        store.sessions.find(session.id[:2])
    assert session.id in ambiguous.value.matches
    for wrong in ("zzzz", "", "u'; --", "é", session.id + "0"):
        with pytest.raises(NoSuchRecord):
            store.sessions.find(wrong)


def test_the_prompt_gives_the_title_until_the_spec_or_a_person_does(store, spec):
    session = store.sessions.create("  clamp a\tvalue\nbetween low and high " + "x" * 200, author="ada")
    assert session.title == "clamp a value"
    assert store.sessions.prompts(session.id)[0].text.endswith("x")
    draft = store.drafts.add(session.id, spec("Clamp a number"), parent=None)
    assert store.sessions.get(session.id).title == "Clamp a number"
    store.sessions.rename(session.id, "Mine")
    store.drafts.add(session.id, spec("Something else"), parent=draft.id)
    assert store.sessions.get(session.id).title == "Mine"
    with pytest.raises(NotAllowed):
        store.sessions.rename(session.id, " \n ")


def test_tags_states_and_titles_keep_their_history(store):
    session = store.sessions.create("clamp", tags=["b"])
    store.sessions.tag(session.id, "a", author="ada")
    store.sessions.tag(session.id, "a")
    store.sessions.untag(session.id, "b")
    store.sessions.untag(session.id, "never")
    store.sessions.set_state(session.id, "finalized", reason="signed off")
    store.sessions.set_state(session.id, "finalized")
    after = store.sessions.set_state(session.id, "draft")
    assert (after.tags, after.state) == (("a",), "draft")
    assert [(event.kind, event.value) for event in store.sessions.events(session.id)] == [
        ("create", "prompt"), ("tag", "b"), ("tag", "a"), ("untag", "b"), ("state", "finalized"), ("state", "draft"),
    ]  # fmt: skip
    for wrong in ("", "two words", "-x", "a" * 41, "x\n"):
        with pytest.raises(NotAllowed):
            store.sessions.tag(session.id, wrong)


def test_a_fork_begins_with_the_draft_it_was_made_from(store, spec):
    session = store.sessions.create("clamp it")
    draft = store.drafts.add(session.id, spec("one", holes=1), parent=None, author="model", source="agent")
    fork = store.sessions.fork(draft.id, author="ada")
    copy = store.drafts.head(fork.id)
    assert (fork.origin, fork.forked_from, fork.holes_open) == ("fork", draft.id, 1)
    assert (copy.ir, copy.ir_text, copy.source) == (draft.ir, draft.ir_text, "agent")
    assert store.sessions.prompts(fork.id)[0].text == "clamp it"
    store.drafts.add(fork.id, spec("two"), parent=copy.id)
    assert store.sessions.get(session.id).title == "one"


def test_deleting_hides_and_undeleting_brings_everything_back(store, spec):
    session = store.sessions.create("clamp")
    store.drafts.add(session.id, spec(), parent=None)
    before = store.sessions.get(session.id)
    store.sessions.delete(session.id)
    assert store.listing.page().items == ()
    assert store.search.page("clamp").items == ()
    assert [item.id for item in store.listing.page(Filter(deleted=True)).items] == [session.id]
    for change in (lambda: store.sessions.tag(session.id, "x"), lambda: store.sessions.delete(session.id)):
        with pytest.raises(NotAllowed):
            change()
    assert store.sessions.undelete(session.id) == before
    assert len(store.search.page("clamp").items) == 1
    with pytest.raises(NotAllowed):
        store.sessions.undelete(session.id)


def test_purging_takes_a_deleted_session_and_nothing_else(store, spec):
    from engine.stages.events import CheckResult, Span, Usage

    kept = store.sessions.create("keep")
    session = store.sessions.create("purge")
    draft = store.drafts.add(session.id, spec(), parent=None)
    second = store.drafts.add(session.id, spec("b"), parent=draft.id)
    run = store.runs.start(session.id, prompt_id=store.sessions.prompts(session.id)[0].id)
    store.runs.append_text(run.id, "draft", "{")
    store.runs.add_spans(run.id, [Span(stage="draft", name="decode", start_s=0, duration_s=1)])
    store.runs.add_usage(run.id, "draft", Usage())
    code = store.codes.add(second.id, "x = 1", run_id=run.id)
    store.codes.add_checks(code.id, [CheckResult(kind="parse", name="p", status="passed")], run_id=run.id)
    store.sessions.tag(session.id, "t")
    fork = store.sessions.fork(draft.id)

    with pytest.raises(NotAllowed):
        store.sessions.purge(session.id)
    store.sessions.delete(session.id)
    store.sessions.purge(session.id)
    with pytest.raises(NoSuchRecord):
        store.sessions.get(session.id)
    assert store.damage() == []
    assert store.sessions.get(fork.id).forked_from is None
    assert {item.id for item in store.listing.page().items} == {kept.id, fork.id}
    for table in ("runs", "streams", "spans", "usage", "codes", "checks", "session_tags"):
        assert store._db.scalar(f"SELECT count(*) FROM {table}") == 0, table
    store._db.execute("INSERT INTO texts_index (texts_index, rank) VALUES ('integrity-check', 1)")


def test_the_starter_sessions_can_be_removed(store):
    mine = store.sessions.create("mine")
    for number in range(3):
        store.sessions.create(f"sample {number}", origin="starter")
    assert store.sessions.prune("starter") == 3
    assert [item.id for item in store.listing.page().items] == [mine.id]
    assert store.sessions.prune("starter") == 0


def test_the_history_tells_who_did_what_in_order(store, spec):
    session = store.sessions.create("clamp", author="ada")
    run = store.runs.start(session.id, model="qwen")
    first = store.drafts.add(session.id, spec(), parent=None, author="qwen", source="agent")
    store.codes.add(first.id, "x", author="qwen", run_id=run.id)
    store.drafts.add(session.id, spec("b"), parent=first.id, author="ada", reason="typo")
    store.heads.undo(session.id, author="bob")
    store.sessions.set_state(session.id, "abandoned", reason="too hard")
    entries = store.history(session.id)
    assert [(entry.kind, entry.author, entry.number) for entry in entries] == [
        ("create", "ada", None), ("prompt", "ada", 1), ("run", "qwen", None), ("spec", "qwen", 1),
        ("code", "qwen", 1), ("spec", "ada", 2), ("undo", "bob", 1), ("state", "", None),
    ]  # fmt: skip
    assert [entry.reason for entry in entries if entry.reason] == ["typo", "too hard"]


def test_a_title_from_a_spec_is_one_short_line(store, spec):
    session = store.sessions.create("clamp")
    store.drafts.add(session.id, spec(" two\nlines " + "x" * 200), parent=None, ir_text="def clamp(): ...")
    title = store.sessions.get(session.id).title
    assert title.startswith("two lines")
    assert len(title) == 100
