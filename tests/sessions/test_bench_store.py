from __future__ import annotations

from bench.store import fill, operations
from engine.sessions.store import SessionStore
from engine.sessions.summary import refresh


def test_generated_sessions_are_what_the_store_itself_would_have_written(path):
    fill(path, 60)
    with SessionStore(path) as store:
        assert store.damage() == []
        for session in list(store.listing.all()):
            with store.transaction():
                refresh(store._db, session.id, int(session.updated_at.timestamp() * 1000))
            again = store.sessions.get(session.id).model_copy(update={"updated_at": session.updated_at})
            assert again == session
            assert store.drafts.head(session.id).ir_text
        assert store.stats().sessions == 60


def test_every_operation_of_the_benchmark_runs(path):
    fill(path, 30)
    with SessionStore(path) as store:
        for operation in operations(path).values():
            for number in range(12):
                operation(store, number)
