from __future__ import annotations

import itertools
import threading

from engine.sessions.store import SessionStore

WRITER = """
import sys
from pathlib import Path
from engine.ir.models import IR, Intent, Signature
from engine.sessions.store import SessionStore
path, session, name, edits = sys.argv[1:]
with SessionStore(Path(path), busy_timeout_s=30) as store:
    sys.stdin.readline()
    for number in range(int(edits)):
        head = store.heads.current(session)
        ir = IR(intent=Intent(summary=f"{name} {number}"), signature=Signature(name="f"))
        draft = store.drafts.add(session, ir, parent=head, author=name, reason=str(number))
        print(draft.id, int(draft.became_sibling), flush=True)
"""


def test_two_processes_lose_no_edit_and_are_told_of_each_other(store, spec, python):
    session = store.sessions.create("shared")
    store.drafts.add(session.id, spec(), parent=None)
    edits = 40
    processes = [python(WRITER, store.path, session.id, name, edits) for name in ("ada", "bob")]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs

    told = {}
    for output, _ in outputs:
        told.update({int(line.split()[0]): line.split()[1] == "1" for line in output.splitlines()})
    drafts = {draft.id: draft for draft in store.drafts.list(session.id)}
    assert len(told) == 2 * edits
    assert all(drafts[draft_id].became_sibling is sibling for draft_id, sibling in told.items())
    for name in ("ada", "bob"):
        reasons = [draft.reason for draft in drafts.values() if draft.author == name]
        assert reasons == [str(number) for number in range(edits)]

    # The line of heads is unbroken: each head was made from the head before it.
    moves = store.heads.moves(session.id)
    for before, after in itertools.pairwise(moves):
        assert drafts[after.draft_id].parent_id == before.draft_id
    assert store.damage() == []


def test_threads_share_one_store(store, spec):
    session = store.sessions.create("shared")
    first = store.drafts.add(session.id, spec(), parent=None)
    siblings = []

    def edit(number):
        siblings.append(store.drafts.add(session.id, spec(str(number)), parent=first.id).became_sibling)

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(siblings) == [False] + [True] * 7
    assert [draft.seq for draft in store.drafts.list(session.id)] == list(range(1, 10))


def test_data_version_tells_of_writes_by_anybody(path, store):
    seen = store.data_version()
    assert store.data_version() == seen
    with SessionStore(path) as other:
        other.sessions.create("theirs")
    after_theirs = store.data_version()
    assert after_theirs != seen
    store.sessions.create("ours")
    assert store.data_version() != after_theirs


def test_a_failed_transaction_leaves_nothing(store, spec):
    session = store.sessions.create("all or nothing")
    try:
        with store.transaction():
            store.drafts.add(session.id, spec(), parent=None)
            store.sessions.tag(session.id, "x")
            raise KeyError("stop")
    except KeyError:
        pass
    assert store.drafts.list(session.id) == []
    assert store.sessions.get(session.id).tags == ()
