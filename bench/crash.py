"""Kills the writer and looks whether anything was lost: ``python -m bench.crash [--kills 1000]``.

A child process edits, streams, migrates or exports, and says through a pipe what the store has
acknowledged. It is killed with SIGKILL at a random moment. Then the database is opened as the next
start would open it: it must be sound, hold everything that was acknowledged, and its interrupted
runs must be marked, keep the text they had streamed, and go on. The last line that is printed is
``N kills, N acknowledged edits, N lost``; the exit code is 1 when anything was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.crash_writers import WRITERS, Writer, old_file
from engine.endpoints.profiles import Profile
from engine.errors import LiftError
from engine.ir.models import IR
from engine.lifecycle.material import read
from engine.lifecycle.requests import interrupted_run, resume_request
from engine.sessions.recorder import Recorder
from engine.sessions.store import SessionStore

LIFE = 25
"""How many kills one database lives through before the next begins with a fresh one."""

MOST_SAID = 12
"""The kill comes after up to this many things were said, so that every kind of work is hit at any speed, …"""

WINDOW_S = 0.03
"""… and then at a random moment of this many seconds."""

Said = dict[str, Any]
"""What the writer said was done; ``kind`` says what it is."""


class Killed(NamedTuple):
    """What a writer said before it was killed; ``fault`` is why it ended by itself, if it did."""

    said: list[Said]
    fault: str


def kill_one(writer: Writer, folder: Path, after: int, delay_s: float) -> Killed:
    """Run ``writer`` in a child and kill it ``delay_s`` after it has begun and said ``after`` things."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _child(writer, folder, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        pipe.readline()  # it has begun
        heard = b"".join(pipe.readline() for _ in range(after))
        time.sleep(delay_s)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        lines = (heard + pipe.read()).split(b"\n")
    # What follows the last line end was cut off: it was not said.
    said = [json.loads(line) for line in lines[:-1]]
    died = not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL
    return Killed(said, "the writer died by itself" if died else "")


def _child(writer: Writer, folder: Path, pipe: int) -> None:
    """Write until killed; never returns."""

    def say(**said: Any) -> None:
        os.write(pipe, json.dumps(said).encode() + b"\n")

    try:
        say(kind="begun")
        writer(folder, say)
    except BaseException:  # noqa: BLE001 - nothing may climb out of the child into the parent's code
        traceback.print_exc()
    finally:
        os._exit(1)


def faults_of(store: SessionStore, folder: Path, said: list[Said]) -> Iterator[str]:
    """Everything that was said and is not there, and everything that is there by half."""
    yield from store.damage()
    latest: dict[tuple[str, str], int] = {}
    for item in said:
        try:
            if not _CHECKS[item["kind"]](store, item):
                yield f"lost: {item}"
        except LiftError as error:
            yield f"lost: {item} ({error})"
        if item["kind"] == "export":
            latest[item["name"], item["folder"]] = item["version"]
    for file in (folder / "exports").glob("[!.]*"):
        try:
            ir = _exported(file)
            if ir.intent.summary.split()[-1] < f"{latest.get((file.name, str(file.parent)), 0):09}":
                yield f"lost: the newest export of {file.name}"
        except (LiftError, ValueError) as error:
            yield f"half an export: {file.name} ({error})"
    yield from _unresumable(store)


def _exported(file: Path) -> IR:
    material = read(file.read_text(encoding="utf-8"))
    assert material.ir is not None
    return material.ir


def _unresumable(store: SessionStore) -> Iterator[str]:
    """Runs that did not end well although their process is gone, and sessions that cannot go on."""
    for session in store.listing.all():
        run = next(iter(reversed(store.runs.list(session.id))), None)
        if run is None or run.status in ("finished", "cancelled"):
            continue
        if run.status != "interrupted":
            yield f"run {run.id} is {run.status}, not interrupted"
            continue
        request = resume_request(store, interrupted_run(store, session.id), Profile(name="local", kind="local"))
        with Recorder(store) as recorder:
            begun = recorder.begin(endpoint="local", model="m", session_id=request.session_id)
            store.runs.finish(begun.run_id, "cancelled")


def _text_is_kept(store: SessionStore, said: Said) -> bool:
    """What was streamed is kept as such until the specification that was made of it is stored."""
    expected = "".join(f"{number} " for number in range(said["pieces"]))
    if store.runs.text(said["run"]).get("draft", "").startswith(expected):
        return True
    head = store.drafts.head(store.runs.get(said["run"]).session_id)
    return head is not None and head.ir.intent.rationale.startswith(expected.strip())


_CHECKS: dict[str, Callable[[SessionStore, Said], bool]] = {
    "draft": lambda store, said: store.drafts.get(said["draft"]).ir_text == said["text"],
    "answer": lambda store, said: [a.hole for a in store.drafts.answers(said["draft"])] == [said["hole"]],
    "move": lambda store, said: store.heads.moves(said["session"])[said["moves"] - 1].draft_id == said["draft"],
    "event": lambda store, said: store.sessions.events(said["session"])[said["events"] - 1].value == said["value"],
    "text": _text_is_kept,
    "code": lambda store, said: store.codes.get(said["code"]).code == said["text"],
    "finished": lambda store, said: store.runs.get(said["run"]).status == "finished",
    "prompt": lambda store, said: [p.text for p in store.sessions.prompts(said["session"])] == [said["text"]],
    "export": lambda _, said: (Path(said["folder"]) / said["name"]).exists(),
}


def run(kills: int, seed: int, tell: Callable[[str], None]) -> tuple[int, list[str]]:
    """Kill that many writers; returns the number of acknowledged edits, and everything that was lost."""
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    lost: list[str] = []
    done = 0
    while done < kills:
        batch = min(LIFE, kills - done)
        with tempfile.TemporaryDirectory(prefix="lift-crash-") as name:
            shared, ledger = Path(name) / "shared", list[Said]()
            for number in range(done + 1, done + batch + 1):
                scenario = chance.choice([*WRITERS])
                migrating = scenario == "migrations"
                folder = Path(name) / f"old-{number}" if migrating else shared
                folder.mkdir(exist_ok=True)
                known = old_file(folder, chance) if migrating else []
                after = 0 if migrating else chance.randrange(MOST_SAID)
                killed = kill_one(WRITERS[scenario], folder, after, chance.uniform(0, WINDOW_S))
                counts[scenario] += len(killed.said)
                faults = [killed.fault] if killed.fault else []
                faults += _examine(folder, known + killed.said)
                lost += [f"kill {number} ({scenario}): {fault}" for fault in faults]
                if not migrating:
                    ledger += killed.said
            lost += [f"by kill {done + batch}: {fault}" for fault in _examine(shared, ledger)]
        done += batch
        if done % 100 < LIFE:
            tell(f"{done} kills, {counts.total()} acknowledged, {len(lost)} lost")
    for fault in lost:
        tell(fault)
    for scenario, count in sorted(counts.items()):
        tell(f"{scenario}: {count} acknowledged")
    return counts.total(), lost


def _examine(folder: Path, said: list[Said]) -> list[str]:
    if not (folder / "sessions.db").exists():
        return ["the database is gone"] if said else []
    try:
        with SessionStore(folder / "sessions.db") as store:
            return [*faults_of(store, folder, said)]
    except LiftError as error:
        return [f"the database does not open: {error}"]


def main() -> int:
    """Kill, look, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    sys.stdout.write(f"seed {options.seed}\n")
    acknowledged, lost = run(options.kills, options.seed, lambda line: print(line, file=sys.stderr))  # noqa: T201
    sys.stdout.write(f"{options.kills} kills, {acknowledged} acknowledged edits, {len(lost)} lost\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
