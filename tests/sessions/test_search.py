from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.sessions import search
from engine.sessions.cursors import BadCursor
from engine.sessions.search import MARK_END, MARK_START
from engine.sessions.store import SessionStore


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    with SessionStore(tmp_path_factory.mktemp("search") / "sessions.db") as store, store.transaction():
        for number in range(30):
            store.sessions.create(f'clamp the value_{number} to a range, naïvely; don\'t "quote" C++ code*')
        store.sessions.create("排序 the list")
        yield store


def found(store, query, **options):
    return [hit.session.title for hit in store.search.page(query, limit=50, **options).items]


def test_prompts_specs_and_code_are_searched(store, spec):
    session = store.sessions.create("keep a number in bounds")
    draft = store.drafts.add(session.id, spec("Clamp a value"), parent=None)
    store.codes.add(draft.id, "def clamp(value):\n    return min(value, ceiling)")
    store.sessions.rename(session.id, "Guardrail")
    for query, kind in (("bounds", "prompt"), ("clamp a", "spec"), ("ceiling", "code"), ("guardrail", "title")):
        (hit,) = store.search.page(query).items
        assert (hit.session.id, hit.kind, hit.number) == (session.id, kind, 1)
    assert found(store, "ceiling", kinds=["prompt", "spec"]) == []
    assert found(store, "ceiling", kinds=["code"]) == ["Guardrail"]


def test_snippets_mark_what_matched(store):
    store.sessions.create("one two three " * 20 + "clamp " + "four five six " * 20)
    (hit,) = store.search.page("CLAMP").items
    assert f"{MARK_START}clamp{MARK_END}" in hit.snippet
    assert len(hit.snippet.split()) <= search.SNIPPET_WORDS + 2


@pytest.mark.parametrize(
    ("query", "prefix", "hits"),
    [
        ("clamp value_7", False, 1),
        ("value_1", False, 1),
        ("val", False, 0),
        ("val", True, 30),
        ("val*", False, 30),
        ("clamp rang", True, 30),
        ("rang clamp", True, 0),
        ('"clamp the"', False, 30),
        ('"the clamp"', False, 0),
        ('"clamp the', False, 30),
        ("naively", False, 30),
        ("don't", False, 30),
        ("C++", False, 30),
        ("clamp ++ -- ()", False, 30),
        ("clamp AND nothing", False, 0),
        ("clamp NOT value", False, 0),
        ("body:clamp", False, 0),
        ("排", True, 1),
        ("a", True, 30),
        ("", True, 0),
        ("   ", True, 0),
        ("+*\"'", True, 0),
        ('""', False, 0),
    ],
)
def test_queries(library, query, prefix, hits):
    assert len(found(library, query, prefix=prefix)) == hits


@given(st.text(st.characters(exclude_categories=()), max_size=40), st.booleans())
@example("\x00", True)
@example("a\x00b", True)
@example("\ud800", True)
@example('"' * 9, True)
@example("NEAR(a b)", False)
@example("^clamp", True)
@example("(" * 300, True)
@example("a " * 2000, True)
@example("𞤀 clamp", True)
@example("x" * 100_000, True)
def test_no_query_breaks_the_search(library, query, prefix):
    library.search.page(query, prefix=prefix)


@given(st.text(min_size=1, max_size=30))
def test_what_was_written_is_found(library, text):
    """Any prompt is found by itself, unless there is no letter and no digit in it."""
    text = text.replace('"', " ").replace("*", " ")
    session = library.sessions.create(text, title="it")
    try:
        if any(char.isascii() and char.isalnum() for char in text):
            assert "it" in found(library, text, kinds=["prompt"])
    finally:
        library.sessions.delete(session.id)
        library.sessions.purge(session.id)


@pytest.mark.parametrize("few", [500, 0])
def test_pages_are_complete_and_name_each_session_once(store, spec, monkeypatch, few):
    """Both orders, with sessions whose older texts match as well."""
    monkeypatch.setattr(search, "FEW", few)
    sessions = [store.sessions.create(f"clamp {number}") for number in range(12)]
    for session in sessions[::3]:
        head = None
        for number in range(3):
            head = store.drafts.add(session.id, spec(f"Clamp {number}"), parent=head).id
    store.sessions.delete(sessions[5].id)
    seen, cursor = [], None
    while True:
        page = store.search.page("clamp", limit=4, cursor=cursor)
        seen += [hit.session.id for hit in page.items]
        cursor = page.next
        if cursor is None:
            break
        assert len(page.items) == 4
    assert sorted(seen) == sorted(session.id for session in sessions if session != sessions[5])


def test_many_matches_come_newest_first(store, monkeypatch):
    monkeypatch.setattr(search, "FEW", 3)
    made = [store.sessions.create(f"clamp {number}").id for number in range(6)]
    assert [hit.session.id for hit in store.search.page("clamp").items] == made[::-1]


def test_few_matches_come_best_first(store):
    long = store.sessions.create("clamp " + "and many other words " * 30)
    short = store.sessions.create("clamp clamp")
    store.sessions.create("nothing")
    assert [hit.session.id for hit in store.search.page("clamp").items] == [short.id, long.id]


@pytest.mark.parametrize("cursor", ["", "x", "é", "WyJzZWFyY2giXQ"])
def test_a_wrong_cursor_is_refused(library, cursor):
    with pytest.raises(BadCursor):
        library.search.page("clamp", cursor=cursor)


def test_the_index_agrees_with_the_texts_after_everything(store, spec):
    session = store.sessions.create("clamp \ud800 lone surrogate \x00 and nul")
    draft = store.drafts.add(session.id, spec(), parent=None)
    store.sessions.fork(draft.id)
    store.sessions.delete(session.id)
    store.sessions.purge(session.id)
    store._db.execute("INSERT INTO texts_index (texts_index, rank) VALUES ('integrity-check', 1)")
