from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sessions import cursors
from engine.sessions.cursors import BadCursor
from engine.sessions.listing import NARROW, Filter
from engine.sessions.store import SessionStore
from engine.stages.events import CheckResult

SORTS = ("updated", "created", "title")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Sixty sessions of all sorts, several with the same time or title."""
    chance = random.Random(3)
    path = tmp_path_factory.mktemp("listing") / "sessions.db"
    from engine.ir.models import IR, Intent, Signature, TypedHole

    with SessionStore(path, clock=lambda: 1_760_000_000_000 + chance.randrange(4) * 1000) as store:
        with store.transaction():
            for number in range(60):
                session = store.sessions.create(f"prompt {number}")
                for tag in chance.sample(["red", "blue", "tea"], chance.randrange(3)):
                    store.sessions.tag(session.id, tag)
                if chance.random() < 0.8:
                    holes = [TypedHole(identifier=f"h{index}") for index in range(chance.randrange(2))]
                    intent = Intent(summary=chance.choice(["alpha", "Beta", "ünder", "Alpha", ""]))
                    run = store.runs.start(session.id, model=chance.choice(["small", "large"]))
                    ir = IR(intent=intent, signature=Signature(name="f"), holes=holes)
                    draft = store.drafts.add(session.id, ir, parent=None)
                    code = store.codes.add(draft.id, "x = 1")
                    verdict = chance.choice(["passed", "failed", "skipped"])
                    store.codes.add_checks(code.id, [CheckResult(kind="k", name="n", status=verdict)])
                    store.runs.finish(run.id, "finished")
                store.sessions.set_state(session.id, chance.choice(["draft", "finalized", "abandoned"]))
                if chance.random() < 0.1:
                    store.sessions.delete(session.id)
        yield store


def everything(store):
    rows = store._db.rows("SELECT id FROM sessions")
    return [store.sessions.get(row["id"]) for row in rows]


def fits(session, where):
    return (
        (session.deleted_at is not None) == where.deleted
        and where.state in (None, session.state)
        and where.model in (None, session.model)
        and (where.tag is None or where.tag in session.tags)
        and where.has_holes in (None, session.holes_open > 0)
        and where.failing in (None, session.checks_failed > 0)
    )


def key(session, sort):
    if sort == "title":
        return "".join(char.lower() if char.isascii() else char for char in session.title), session.num
    return (session.updated_at if sort == "updated" else session.created_at), session.num


filters = st.builds(
    Filter,
    state=st.sampled_from([None, "draft", "finalized", "abandoned"]),
    tag=st.sampled_from([None, "red", "blue", "unused"]),
    model=st.sampled_from([None, "small", "large", "none"]),
    has_holes=st.sampled_from([None, True, False]),
    failing=st.sampled_from([None, True, False]),
    deleted=st.booleans(),
)


@given(
    where=filters,
    sort=st.sampled_from(SORTS),
    descending=st.sampled_from([None, True, False]),
    limit=st.integers(1, 70),
    wide=st.booleans(),
)
def test_pages_hold_exactly_what_fits_in_order(filled, where, sort, descending, limit, wide):
    filled.listing.narrow = 0 if wide else NARROW  # both ways of looking for a tag
    found, cursor = [], None
    while True:
        page = filled.listing.page(where, sort=sort, descending=descending, limit=limit, cursor=cursor)
        assert len(page.items) == limit or page.next is None
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    backwards = sort != "title" if descending is None else descending
    expected = sorted(
        (session for session in everything(filled) if fits(session, where)),
        key=lambda session: key(session, sort),
        reverse=backwards,
    )
    assert found == expected
    assert filled.listing.count(where) == len(expected)
    order = filled.listing.order(where, sort=sort, descending=descending)
    assert list(order) == [session.num for session in expected]
    assert filled.listing.at(order) == {session.num: session for session in expected}


def test_sessions_written_meanwhile_make_neither_gaps_nor_duplicates(store):
    ids = [store.sessions.create(f"s{number}").id for number in range(10)]
    first = store.listing.page(sort="created", limit=4)
    store.sessions.create("new")
    store.sessions.delete(ids[5])
    second = store.listing.page(sort="created", limit=10, cursor=first.next)
    seen = [session.id for session in (*first.items, *second.items)]
    assert seen == [one for one in reversed(ids) if one != ids[5]]


def test_all_and_tags(filled):
    live = [session for session in everything(filled) if session.deleted_at is None]
    assert {session.id for session in filled.listing.all()} == {session.id for session in live}
    counted = {tag: sum(tag in session.tags for session in live) for tag in ("blue", "red", "tea")}
    assert filled.listing.tags() == counted


def test_models_in_use(filled):
    live = [session for session in everything(filled) if session.deleted_at is None]
    counted = {model: sum(session.model == model for session in live) for model in ("large", "small")}
    assert filled.listing.models() == counted


def test_numbers_of_purged_sessions_are_left_out(store):
    kept, purged = store.sessions.create("kept"), store.sessions.create("purged")
    store.sessions.delete(purged.id)
    store.sessions.purge(purged.id)
    assert store.listing.at([purged.num, kept.num]) == {kept.num: store.sessions.get(kept.id)}
    assert store.listing.at([]) == {}


@given(st.one_of(st.text(), st.just(cursors.encode("title-asc", "x", 1)), st.builds(cursors.encode, st.text())))
def test_a_wrong_cursor_is_refused(filled, cursor):
    with pytest.raises(BadCursor):
        filled.listing.page(cursor=cursor)


@pytest.mark.parametrize("where", [Filter(), Filter(state="draft"), Filter(model="m"), Filter(has_holes=True),
                                   Filter(failing=True), Filter(deleted=True), Filter(tag="red")])  # fmt: skip
def test_no_list_sorts_or_scans_the_table_itself(filled, where, monkeypatch):
    """The query plan of the usual list: an index gives the order, and no row is read to decide a filter."""
    statements = []
    rows = filled._db.rows
    monkeypatch.setattr(
        filled._db, "rows", lambda sql, params=(): statements.append((sql, params)) or rows(sql, params)
    )
    filled.listing.narrow = 0
    filled.listing.page(where)
    sql, params = statements[-1]
    inner = sql[sql.index("SELECT num AS listed") : sql.index(") ON num = listed")]
    plan = [row["detail"] for row in rows("EXPLAIN QUERY PLAN " + inner, params)]
    assert "COVERING INDEX" in plan[0] or where.deleted, plan
    if not where.deleted:
        assert not any("TEMP B-TREE" in step for step in plan), plan
